// A year of mainnet as headmon's history: made through the recorder that headmon itself writes
// with, and asked what reports ask.
//   history_year make FILE [DAYS [NODES]]    writes it, and says how fast
//   history_year ask FILE [DAYS]             says how long each question takes, in milliseconds:
//   the least of five times
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <functional>
#include <limits>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include "history/batch.hpp"
#include "history/file.hpp"
#include "history/record_job.hpp"
#include "history/sqlite_database.hpp"
#include "history/worst.hpp"
#include "updates/update.hpp"

namespace {

using namespace std::chrono_literals;
using Seconds = std::chrono::duration<double>;

constexpr base::WallTime kBegin{1'735'689'600s};  // 2025-01-01
constexpr std::uint64_t kSlotsPerEpoch = 32;

/// Slots in order, with what happens to several nodes: late and missed blocks, one node that is
/// slow and one whose stream is reset once an hour.
class Year {
  public:
    Year(const std::string& path, std::size_t nodes)
        : database_{loop_.get_executor(), options(path)} {
        for (std::size_t i = 0; i < nodes; ++i) {
            nodes_.emplace_back("node-" + std::to_string(i + 1));
        }
        slot(0);
        add(updates::SlotTime{chain::SlotClock{kBegin, 12s}, updates::SlotTimeSource::kNode,
                              nodes_.front()},
            0s);
        add(updates::RunStarted{nodes_}, 1us);
        for (const updates::NodeId node : nodes_) {
            add(updates::StreamOpened{node}, 2us);
            updates::NodeStatus status{node, updates::StreamState::kOpen};
            status.network_check = updates::NetworkCheck::kMatch;
            add(status, 3us);
        }
    }

    void live(std::uint64_t number) {
        slot(number);
        const bool is_missed = random_() % 100 == 0;
        if (!is_missed) {
            block();
        }
        add(updates::ClockSkew{updates::ClockSkew::Level::kNone, 3ms, 20ms, true}, 10s);
        updates::SlotVerdict verdict;
        verdict.slot = chain::Slot{number};
        verdict.verdict = is_missed     ? updates::Verdict::kMissed
                          : first_ > 4s ? updates::Verdict::kLate
                                        : updates::Verdict::kOnTime;
        verdict.deadline = {4s, false};
        if (!is_missed) {
            verdict.first_reported_by = first_by_;
            verdict.root = root_;
            verdict.delay = first_;
        }
        add(verdict, 23s + 999ms);
        if (number % kSlotsPerEpoch == 0) {
            for (const updates::NodeId node : nodes_) {
                add(
                    updates::Finalized{
                        node, {root_, root_, chain::Epoch{number / kSlotsPerEpoch}, false}},
                    11s);
            }
        }
        if (number % 300 == 7) {
            add(updates::StreamEnded{nodes_.back(), updates::StreamEndReason::kReset, "peer", 1},
                5s);
            add(updates::StreamOpened{nodes_.back()}, 17s);
        }
    }
    void write(bool is_last = false) {
        std::stable_sort(batch_.begin(), batch_.end(),
                         [](const auto& a, const auto& b) { return at_of(a) < at_of(b); });
        history::Batch batch{++number_, std::move(batch_), start_ + 24s, is_last};
        batch_.clear();
        const auto job = std::make_shared<history::RecordJob>(
            std::make_shared<const history::Batch>(std::move(batch)));
        history::Result<void> result;
        bool is_done = false;
        const auto work = [&]() -> base::Task<void> {
            result = co_await database_.run(history::Lane::kWrite, job);
            is_done = true;
        };
        boost::asio::co_spawn(loop_, work(), boost::asio::detached);
        // The thread's answer is posted to the loop, which is empty until then.
        const auto guard = boost::asio::make_work_guard(loop_);
        while (!is_done) {
            loop_.restart();
            (void)loop_.run_one();
        }
        if (!result) {
            throw std::runtime_error{to_string(result.error())};
        }
        bytes_ = job->file_bytes();
    }
    [[nodiscard]] std::size_t waiting() const { return batch_.size(); }
    [[nodiscard]] std::uint64_t updates() const { return updates_; }
    [[nodiscard]] std::uint64_t bytes() const { return bytes_; }

  private:
    static history::SqliteOptions options(const std::string& path) {
        history::SqliteOptions options;
        options.path = path;
        return options;
    }
    static base::WallTime at_of(const updates::Message& message) {
        return std::get<std::shared_ptr<const updates::Update>>(message)->at.wall;
    }
    void slot(std::uint64_t number) {
        slot_ = number;
        start_ = kBegin + 12s * static_cast<std::int64_t>(number);
    }
    void add(updates::Fact fact, base::Duration after) {
        const auto at = start_ + std::chrono::duration_cast<base::WallTime::duration>(after);
        batch_.emplace_back(
            std::make_shared<const updates::Update>(updates::Update{std::move(fact), {{}, at}}));
        ++updates_;
    }
    void block() {
        for (auto& byte : root_.bytes) {
            byte = static_cast<std::uint8_t>(random_());
        }
        std::lognormal_distribution<double> block_delay{0.4, 0.35};
        std::exponential_distribution<double> behind{8.0};
        const auto seconds = [](double value) {
            return std::chrono::duration_cast<base::Duration>(Seconds{value});
        };
        const base::Duration came = seconds(block_delay(random_));
        std::vector<std::pair<base::Duration, updates::NodeId>> reports;
        for (std::size_t i = 0; i < nodes_.size(); ++i) {
            // The first node is slower than the others; the third one sometimes reports nothing.
            const bool is_silent = i == 2 && random_() % 40 == 0;
            if (!is_silent) {
                reports.emplace_back(came + seconds(behind(random_) * (i == 0 ? 3 : 1)), nodes_[i]);
            }
        }
        std::sort(reports.begin(), reports.end(),
                  [](const auto& a, const auto& b) { return a.first < b.first; });
        first_ = reports.front().first;
        first_by_ = reports.front().second;
        for (const auto& [delay, node] : reports) {
            updates::NodeHead head{node, {}};
            head.head.slot = chain::Slot{slot_};
            head.head.block = root_;
            head.is_latest = true;
            head.is_first = node == first_by_;
            head.lag = delay - first_;
            head.timing.delay = delay;
            head.timing.deadline = chain::AttestationDeadline{4s, false};
            if (head.is_first) {
                add(updates::BestHead{node, head.head}, delay + 1us);
            }
            add(head, delay);
        }
        add(updates::HeadProven{root_, chain::Slot{slot_}, parent_}, reports.back().first + 100ms);
        parent_ = root_;
    }

    boost::asio::io_context loop_;
    history::SqliteDatabase database_;
    std::uint64_t bytes_ = 0;
    std::mt19937_64 random_{1};
    std::vector<updates::NodeId> nodes_;
    std::vector<updates::Message> batch_;
    std::uint64_t number_ = 0;
    std::uint64_t updates_ = 0;
    std::uint64_t slot_ = 0;
    base::WallTime start_;
    chain::Root root_;
    chain::Root parent_;
    base::Duration first_{};
    updates::NodeId first_by_{"node-1"};
};

double cpu_seconds() {
    rusage use{};
    ::getrusage(RUSAGE_SELF, &use);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    return seconds(use.ru_utime) + seconds(use.ru_stime);
}

int make(const std::string& path, std::uint64_t days, std::size_t nodes) {
    Year year{path, nodes};
    const auto begin = std::chrono::steady_clock::now();
    const std::uint64_t slots = days * 7200;
    for (std::uint64_t slot = 0; slot < slots; ++slot) {
        year.live(slot);
        if (year.waiting() >= 2000) {
            year.write();
        }
    }
    year.write(true);
    const double seconds = Seconds{std::chrono::steady_clock::now() - begin}.count();
    const std::uint64_t bytes = year.bytes();
    std::printf("slots %llu updates %llu bytes %llu wall_s %.1f cpu_s %.1f updates_per_s %.0f\n",
                static_cast<unsigned long long>(slots),
                static_cast<unsigned long long>(year.updates()),
                static_cast<unsigned long long>(bytes), seconds, cpu_seconds(),
                static_cast<double>(year.updates()) / seconds);
    return 0;
}

void time(const char* name, const std::function<std::size_t()>& question) {
    double least = std::numeric_limits<double>::max();
    std::size_t answer = 0;
    for (int i = 0; i < 5; ++i) {
        const auto begin = std::chrono::steady_clock::now();
        answer = question();
        least = std::min(least, Seconds{std::chrono::steady_clock::now() - begin}.count());
    }
    std::printf("%-24s %8.1f ms (%zu)\n", name, 1000 * least, answer);
    std::fflush(stdout);
}

/// The answer, or the end of the program.
template <class T>
T value(history::Result<T> result) {
    if (!result) {
        throw std::runtime_error{to_string(result.error())};
    }
    return std::move(*result);
}

int ask(const std::string& path, std::uint64_t days) {
    const base::WallTime end = kBegin + std::chrono::hours{24 * static_cast<std::int64_t>(days)};
    const auto summary = [&](std::chrono::hours span, history::Detail detail) {
        return [&, span, detail] {
            history::WindowChoice window;
            window.from = end - span;
            window.to = end;
            const auto result = value(history::summarize_file(path, window, detail));
            return static_cast<std::size_t>(result.nodes.empty() ? 0 : result.nodes.front().heads);
        };
    };
    time("summary 24 h", summary(24h, history::Detail::kNumbers));
    time("summary 24 h, plots", summary(24h, history::Detail::kPlots));
    time("summary 90 d", summary(24h * 90, history::Detail::kNumbers));
    time("summary 90 d, plots", summary(24h * 90, history::Detail::kPlots));
    time("worst 100 of a node", [&] {
        history::RowsRequest request{.kind = "heads", .from = kBegin, .to = end, .node = "node-1"};
        return value(history::worst_file(path, request, 100)).size();
    });
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    const std::vector<std::string> arguments{argv + 1, argv + argc};
    try {
        if (arguments.size() >= 2 && arguments[0] == "make") {
            const std::uint64_t days = arguments.size() > 2 ? std::stoull(arguments[2]) : 365;
            const std::size_t nodes = arguments.size() > 3 ? std::stoull(arguments[3]) : 5;
            return make(arguments[1], days, nodes);
        }
        if (arguments.size() >= 2 && arguments[0] == "ask") {
            return ask(arguments[1], arguments.size() > 2 ? std::stoull(arguments[2]) : 365);
        }
    } catch (const std::exception& error) {
        (void)std::fprintf(stderr, "history_year: %s\n", error.what());
        return 1;
    }
    (void)std::fprintf(stderr, "usage: history_year make FILE [DAYS [NODES]] | ask FILE [DAYS]\n");
    return 2;
}
