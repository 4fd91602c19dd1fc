// What is replayed is what was recorded. The seed of a failure is printed; give it back in
// HEADMON_SEED to run that one alone.
#include "recording/replay.hpp"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <catch2/catch.hpp>

#include "app/service_tree.hpp"
#include "monitor/run_state.hpp"
#include "recording/file_reader.hpp"
#include "recording/recorder.hpp"
#include "simulator/scenario.hpp"
#include "supervisor/supervisor.hpp"
#include "tests/recording/planned_nodes.hpp"
#include "updates/json.hpp"

namespace recording_replay_test {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

/// The monitor over planned nodes, recorded, with all that it published.
class Recorded {
  public:
    Recorded(const simulator::Scenario& scenario, unsigned seed, std::string directory,
             recording::WriterLimits limits = {}, std::uint64_t file_bytes_max = 1 << 26,
             base::Duration file_age_max = std::chrono::hours{1})
        : nodes{clock, scenario, seed},
          recorder{
              clock,      nodes,
              candidates, monitor::MonitorOptions{},
              broadcast,  {std::move(directory), limits, file_bytes_max, file_age_max, "test"}},
          context{loop.get_executor(),       clock,    recorder.access(), candidates, broadcast,
                  monitor::MonitorOptions{}, &recorder},
          runs{context.options, recorder.now()} {
        listening_ = broadcast.listen([this](const updates::Message& message) {
            if (const auto* update =
                    std::get_if<std::shared_ptr<const updates::Update>>(&message)) {
                lines.push_back(updates::to_json(**update));
            }
        });
    }
    Recorded(const Recorded&) = delete;
    Recorded& operator=(const Recorded&) = delete;
    ~Recorded() { stop(); }

    void start() {
        supervisor::Environment environment;
        environment.executor = loop.get_executor();
        environment.clock = &clock;
        app::publish_services(environment, broadcast);
        std::vector<supervisor::Child> children;
        children.push_back(app::monitor_child(context, runs));
        root_ = std::make_unique<supervisor::Supervisor>("root", std::move(environment),
                                                         std::move(children));
        boost::asio::co_spawn(
            loop, root_->run(),
            boost::asio::bind_cancellation_slot(
                cancel_.slot(), [this](const std::exception_ptr&) { has_ended_ = true; }));
        clock.advance(0ns);
    }

    void stop() {
        if (root_ && !has_ended_) {
            cancel_.emit(boost::asio::cancellation_type::terminal);
            for (int i = 0; i < 20 && !has_ended_; ++i) {
                clock.advance(1s);
            }
        }
    }

    boost::asio::io_context loop;
    tests::ManualClock clock{loop};
    tests::PlannedNodes nodes;
    monitor::CandidateList candidates{loop.get_executor()};
    updates::Broadcast broadcast{loop.get_executor()};
    recording::Recorder recorder;
    monitor::MonitorContext context;
    monitor::RunState runs;
    std::vector<std::string> lines;

  private:
    boost::asio::cancellation_signal cancel_;
    bool has_ended_ = false;
    std::unique_ptr<updates::Broadcast::Subscription> listening_;
    std::unique_ptr<supervisor::Supervisor> root_;
};

/// A directory that is gone with the test.
struct Directory {
    Directory() {
        std::string name = (fs::temp_directory_path() / "headmon-XXXXXX").string();
        REQUIRE(::mkdtemp(name.data()) != nullptr);
        path = name;
    }
    Directory(const Directory&) = delete;
    Directory& operator=(const Directory&) = delete;
    ~Directory() { fs::remove_all(path); }
    std::string path;
};

std::vector<std::string> replayed(const std::string& directory,
                                  recording::ReplayOptions options = {}) {
    std::vector<std::string> lines;
    recording::Replay replay{std::move(options), [&](const updates::Update& update) {
                                 lines.push_back(updates::to_json(update));
                             }};
    auto reader = recording::FileReader::open(directory).value();
    while (const auto entry = reader.next().value()) {
        replay.apply(*entry);
    }
    CHECK(reader.torn().empty());
    return lines;
}

/// Where two lists of lines differ first; empty when they are the same.
std::string first_difference(const std::vector<std::string>& one,
                             const std::vector<std::string>& other) {
    for (std::size_t i = 0; i < std::min(one.size(), other.size()); ++i) {
        if (one[i] != other[i]) {
            return std::to_string(i) + ":\n" + one[i] + "\n" + other[i];
        }
    }
    return one.size() == other.size()
               ? ""
               : std::to_string(one.size()) + " and " + std::to_string(other.size()) + " lines";
}

simulator::Scenario healthy(unsigned seed) {
    simulator::Scenario made = simulator::healthy_scenario(4);
    made.seed = seed;
    made.slot_duration = 12s;
    made.skipped_percent = 10;
    return made;
}

simulator::Scenario scenario(unsigned seed) {
    simulator::Scenario made = healthy(seed);
    const auto fault = [&made](std::size_t node, simulator::FaultKind kind, std::uint64_t from,
                               std::uint64_t to) {
        simulator::Fault added;
        added.kind = kind;
        added.from_slot = from;
        added.to_slot = to;
        made.nodes[node].faults.push_back(added);
    };
    fault(1, simulator::FaultKind::kForked, 5, 9);
    fault(2, simulator::FaultKind::kOptimistic, 12, 14);
    fault(3, simulator::FaultKind::kMalformed, 16, 17);
    return made;
}

/// Twenty-four slots in which the list changes twice.
void play(Recorded& recorded, unsigned seed) {
    tests::Random random{seed};
    const auto put = [&](std::vector<monitor::Candidate> list) {
        (void)recorded.candidates.replace(std::move(list)).value();
    };
    put({recorded.nodes.candidate(0), recorded.nodes.candidate(1), recorded.nodes.candidate(2),
         recorded.nodes.candidate(3)});
    recorded.start();
    for (unsigned slot = 0; slot < 24; ++slot) {
        if (slot == 8 + random.below(3)) {
            put({recorded.nodes.candidate(0), recorded.nodes.candidate(1, 1),
                 recorded.nodes.candidate(3)});
        }
        if (slot == 18) {
            put({recorded.nodes.candidate(2), recorded.nodes.candidate(1, 1),
                 recorded.nodes.candidate(3)});
        }
        if (slot == 20) {
            recorded.clock.step_wall(random.one_in(2) ? 40s : -40s);
        }
        recorded.nodes.play_slot();
    }
    recorded.stop();
}

TEST_CASE("a replay publishes what was published, byte for byte, and again", "[recording]") {
    for (const unsigned seed : tests::seeds(25)) {
        INFO("HEADMON_SEED=" << seed);
        const Directory directory;
        std::vector<std::string> lines;
        {
            Recorded recorded{scenario(seed), seed, directory.path};
            play(recorded, seed);
            CHECK(recorded.recorder.lost() == 0);
            lines = recorded.lines;
        }
        REQUIRE(lines.size() > 300);
        CHECK(first_difference(lines, replayed(directory.path)).empty());
        CHECK(first_difference(lines, replayed(directory.path)).empty());
    }
}

TEST_CASE("a recording in many files replays as one", "[recording]") {
    const Directory directory;
    std::vector<std::string> lines;
    {
        Recorded recorded{scenario(3), 3, directory.path, {}, 20'000};
        play(recorded, 3);
        lines = recorded.lines;
    }
    CHECK(recording::list_files(directory.path)->size() > 5);
    CHECK(first_difference(lines, replayed(directory.path)).empty());
}

TEST_CASE("a file lasts so long at most, and the recording replays as one", "[recording]") {
    const Directory directory;
    std::vector<std::string> lines;
    {
        Recorded recorded{scenario(9), 9, directory.path, {}, 1 << 26, 60s};
        play(recorded, 9);
        lines = recorded.lines;
    }
    // 24 slots of 12 s, but for the moments until the next entry.
    const std::size_t files = recording::list_files(directory.path)->size();
    CHECK(files >= 4);
    CHECK(files <= 5);
    CHECK(first_difference(lines, replayed(directory.path)).empty());
}

TEST_CASE("a recording whose first files are gone replays what follows", "[recording]") {
    const Directory directory;
    std::vector<std::string> lines;
    {
        Recorded recorded{scenario(4), 4, directory.path, {}, 20'000};
        play(recorded, 4);
        lines = recorded.lines;
    }
    const auto files = recording::list_files(directory.path).value();
    for (std::size_t i = 0; i < files.size() / 2; ++i) {
        fs::remove(files[i].path);
    }
    const auto rest = replayed(directory.path);
    REQUIRE(rest.size() > 50);
    CHECK(rest.size() < lines.size());
    // The heads of the last slots are the same, whatever was known before.
    const auto last_head = [](const std::vector<std::string>& all) {
        const auto found = std::find_if(all.rbegin(), all.rend(), [](const std::string& line) {
            return line.starts_with(R"({"update":"best_head")");
        });
        REQUIRE(found != all.rend());
        return *found;
    };
    CHECK(last_head(rest) == last_head(lines));
}

TEST_CASE("what is lost is said in the next file, and a replay begins anew behind it",
          "[recording]") {
    const Directory directory;
    recording::WriterLimits limits;
    limits.retry_after = 0ms;
    std::uint64_t lost = 0;
    {
        Recorded recorded{healthy(8), 8, directory.path, limits, 20'000};
        (void)recorded.candidates
            .replace({recorded.nodes.candidate(0), recorded.nodes.candidate(1)})
            .value();
        recorded.start();
        recorded.nodes.play_slot();
        // The second file cannot be made for a while.
        const std::string second = directory.path + "/" + recording::file_name(2);
        std::ofstream{second}.flush();
        while (recorded.recorder.counts().failures == 0) {
            recorded.nodes.play_slot();
        }
        fs::remove(second);
        for (int slot = 0; slot < 8; ++slot) {
            recorded.nodes.play_slot();
        }
        lost = recorded.recorder.lost();
    }
    CHECK(lost > 0);
    std::uint64_t told = 0;
    std::uint64_t starts = 0;
    auto reader = recording::FileReader::open(directory.path).value();
    while (const auto entry = reader.next().value()) {
        if (const auto* started = std::get_if<recording::Started>(&entry->event)) {
            told += started->lost;
            starts += started->is_continuation && started->lost == 0 ? 0 : 1;
        }
    }
    CHECK(told == lost);
    CHECK(starts == 2);
    const auto lines = replayed(directory.path);
    CHECK(std::count_if(lines.begin(), lines.end(), [](const std::string& line) {
              return line.starts_with(R"({"update":"run_started")");
          }) == 2);
}

TEST_CASE("a recording that begins in the middle of a run goes on with it", "[recording]") {
    const Directory directory;
    {
        Recorded recorded{healthy(7), 7, directory.path, {}, 20'000};
        (void)recorded.candidates
            .replace({recorded.nodes.candidate(0), recorded.nodes.candidate(1)})
            .value();
        recorded.start();
        for (int slot = 0; slot < 16; ++slot) {
            recorded.nodes.play_slot();
        }
        recorded.stop();
    }
    const auto files = recording::list_files(directory.path).value();
    REQUIRE(files.size() > 2);
    fs::remove(files.front().path);
    const auto rest = replayed(directory.path);
    const auto has = [&rest](std::string_view kind) {
        return std::any_of(rest.begin(), rest.end(), [&](const std::string& line) {
            return line.starts_with(R"({"update":")" + std::string{kind} + '"');
        });
    };
    for (const char* kind : {"run_started", "stream_opened", "best_head", "slot_verdict"}) {
        INFO(kind);
        CHECK(has(kind));
    }
}

TEST_CASE("with the same settings, given anew, no fact is another one", "[recording]") {
    const Directory directory;
    std::vector<std::string> lines;
    {
        Recorded recorded{scenario(5), 5, directory.path};
        play(recorded, 5);
        lines = recorded.lines;
    }
    recording::ReplayOptions options;
    options.own_turns = true;
    options.settings.emplace();
    const auto again = replayed(directory.path, options);
    const auto count = [](const std::vector<std::string>& all, std::string_view kind) {
        return std::count_if(all.begin(), all.end(), [&](const std::string& line) {
            return line.starts_with(R"({"update":")" + std::string{kind} + '"');
        });
    };
    for (const char* kind : {"run_started", "run_ended", "stream_opened", "stream_ended",
                             "slot_verdict", "best_head", "head_proven"}) {
        INFO(kind);
        CHECK(count(again, kind) == count(lines, kind));
    }
}

TEST_CASE("other limits give other verdicts of a stream", "[recording]") {
    const Directory directory;
    {
        Recorded recorded{scenario(6), 6, directory.path};
        play(recorded, 6);
    }
    recording::ReplayOptions options;
    options.own_turns = true;
    options.settings.emplace();
    for (const auto& node : scenario(6).nodes) {
        options.settings->nodes[node.name] = {{3s, std::nullopt}, true};
    }
    const auto silent = [](const std::vector<std::string>& all) {
        return std::count_if(all.begin(), all.end(), [](const std::string& line) {
            return line.find(R"("reason":"silent")") != std::string::npos;
        });
    };
    CHECK(silent(replayed(directory.path)) == 0);
    CHECK(silent(replayed(directory.path, options)) > 5);
}

}  // namespace recording_replay_test
