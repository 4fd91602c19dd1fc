// A node that lies about one thing, among an honest majority: what is published of the others and
// of slots is the same as without it, and an issue says what is wrong with it. The seed of a
// failure is printed; give it back in HEADMON_SEED to run that one alone.
#include <algorithm>
#include <exception>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <catch2/catch.hpp>

#include "app/service_tree.hpp"
#include "monitor/monitor_context.hpp"
#include "monitor/run_state.hpp"
#include "simulator/lies.hpp"
#include "supervisor/supervisor.hpp"
#include "tests/monitor/candidates.hpp"
#include "tests/monitor/random.hpp"
#include "tests/scenarios/scenario_fixture.hpp"
#include "tests/scenarios/simulated_nodes.hpp"
#include "tests/support/update_recorder.hpp"
#include "updates/broadcast.hpp"
#include "updates/node_health.hpp"

namespace asio = boost::asio;
using namespace std::chrono_literals;
using simulator::Lie;
using simulator::Scenario;
using updates::NodeId;

namespace {

constexpr std::array kLies{Lie::kRoot,   Lie::kSlot,   Lie::kState, Lie::kParent,
                           Lie::kHeader, Lie::kStatus, Lie::kTime,  Lie::kTopic,
                           Lie::kReorg,  Lie::kDate,   Lie::kSpec,  Lie::kGenesis};
constexpr std::array kHonest{"one", "two", "three"};
constexpr const char* kLiar = "liar";
constexpr std::uint64_t kFirstLie = 4;

/// Three honest nodes, and a liar where there is a lie. What it makes up comes before all others;
/// where its heads are true it is last, for who is first with a true head is first.
Scenario scenario_with(unsigned seed, std::optional<Lie> lie) {
    Scenario scenario;
    scenario.seed = seed;
    scenario.slot_duration = 12s;
    scenario.skipped_percent = 5;
    for (const char* const name : kHonest) {
        auto script = tests::node(name, "grandine", 900);
        script.jitter = 800ms;
        scenario.nodes.push_back(std::move(script));
    }
    if (lie) {
        const bool makes_up = *lie == Lie::kRoot || *lie == Lie::kParent;
        auto script = tests::node(kLiar, "grandine", makes_up ? 20 : 2500);
        auto fault = tests::fault(simulator::FaultKind::kLie, kFirstLie, tests::kForEver);
        fault.about = *lie;
        script.faults.push_back(fault);
        scenario.nodes.push_back(std::move(script));
    }
    return scenario;
}

/// The monitor over simulated nodes without sockets.
class Story {
  public:
    Story(unsigned seed, std::optional<Lie> lie) : scenario_{scenario_with(seed, lie)} {
        listening_ = recorder_.listen_to(broadcast_);
        std::vector<monitor::Candidate> list;
        for (const auto& node : scenario_.nodes) {
            list.push_back(tests::candidate(node.name));
        }
        (void)candidates_.replace(std::move(list)).value();
        asio::co_spawn(
            loop_, root_.run(),
            asio::bind_cancellation_slot(
                stop_.slot(), [this](const std::exception_ptr& /*error*/) { has_ended_ = true; }));
        for (std::uint64_t slot = 0; slot < kSlots; ++slot) {
            nodes_.play(slot);
            note_issues(slot);
        }
    }
    Story(const Story&) = delete;
    Story& operator=(const Story&) = delete;
    ~Story() {
        stop_.emit(asio::cancellation_type::terminal);
        clock_.advance(1s);
        REQUIRE(has_ended_);
    }

    /// What was published of honest nodes and of slots, in an order of its own.
    [[nodiscard]] std::vector<std::string> statements() const {
        std::vector<std::string> out = issues_;
        for (const updates::Update& update : recorder_.all()) {
            std::visit([&](const auto& fact) { state(out, fact); }, update.fact);
        }
        std::sort(out.begin(), out.end());
        return out;
    }
    /// Slots after its first lie until the liar had an issue.
    [[nodiscard]] std::optional<std::uint64_t> found_after() const { return found_after_; }

  private:
    static constexpr std::uint64_t kSlots = 14;

    void note_issues(std::uint64_t slot) {
        for (const auto& [node, known] : broadcast_.snapshot().nodes) {
            const auto issues = updates::find_issues(known.status);
            if (node.name() != kLiar) {
                issues_.push_back("issues of " + node.name() + " in " + std::to_string(slot) +
                                  ": " + issues.to_string());
            } else if (issues.any() && slot >= kFirstLie && !found_after_) {
                found_after_ = slot - kFirstLie;
            }
        }
    }

    using Statements = std::vector<std::string>;
    static void state(Statements& out, const updates::NodeHead& fact) {
        if (fact.node.name() != kLiar) {
            out.push_back("head " + fact.node.name() + " " + to_string(fact.head.block) + " " +
                          std::to_string(fact.head.slot.value) + " " +
                          std::string{to_string(fact.timing.timeliness)} +
                          (fact.timing.delay ? std::to_string(fact.timing.delay->count()) : ""));
        }
    }
    static void state(Statements& out, const updates::BestHead& fact) {
        out.push_back("best " + to_string(fact.head.block) + " " +
                      std::to_string(fact.head.slot.value) + to_string(fact.head.state));
    }
    static void state(Statements& out, const updates::StreamEnded& fact) {
        if (fact.node.name() != kLiar) {
            out.push_back("ended " + fact.node.name());
        }
    }
    static void state(Statements& out, const updates::HeadProven& fact) {
        out.push_back("proven " + to_string(fact.block));
    }
    static void state(Statements& out, const updates::Reorg& fact) {
        const bool is_liars = fact.reported_by && fact.reported_by->name() == kLiar;
        if (!is_liars || fact.certainty == updates::Certainty::kConfirmed) {
            out.push_back("reorg " + to_string(fact.old_head) + to_string(fact.new_head));
        }
    }
    static void state(Statements& out, const updates::HeadSplit& fact) {
        // That the liar is alone is true.
        const bool is_liars = std::any_of(
            fact.branches.begin(), fact.branches.end(),
            [](const auto& branch) { return branch.nodes == std::vector{NodeId{kLiar}}; });
        if (!is_liars && !fact.is_over) {
            out.push_back("split");
        }
    }
    static void state(Statements& out, const updates::NodeBehind& fact) {
        if (fact.node.name() != kLiar) {
            out.push_back("behind " + fact.node.name());
        }
    }
    static void state(Statements& out, const updates::SlotVerdict& fact) {
        out.push_back("slot " + std::to_string(fact.slot.value) + " " +
                      std::string{to_string(fact.verdict)} +
                      (fact.first_reported_by ? " " + fact.first_reported_by->name() : "") +
                      (fact.root ? " " + to_string(*fact.root) : "") +
                      (fact.delay ? " " + std::to_string(fact.delay->count()) : ""));
    }
    static void state(Statements& out, const updates::ClockSkew& fact) {
        if (fact.level != updates::ClockSkew::Level::kNone) {
            out.push_back("clock " + std::string{to_string(fact.level)});
        }
    }
    static void state(Statements& /*out*/, const auto& /*fact*/) {}

    supervisor::Environment environment() {
        supervisor::Environment made;
        made.executor = loop_.get_executor();
        made.clock = &clock_;
        return made;
    }
    std::vector<supervisor::Child> children() {
        auto child = app::monitor_child(context_, runs_);
        child.health.reset();
        return {std::move(child)};
    }

    Scenario scenario_;
    asio::io_context loop_;
    tests::ManualClock clock_{loop_};
    tests::SimulatedNodes nodes_{loop_, clock_, scenario_};
    monitor::CandidateList candidates_{loop_.get_executor()};
    updates::Broadcast broadcast_{loop_.get_executor()};
    monitor::MonitorContext context_{loop_.get_executor(), clock_,     nodes_,
                                     candidates_,          broadcast_, {}};
    monitor::RunState runs_{context_.options, clock_.instant()};
    tests::UpdateRecorder recorder_;
    std::unique_ptr<updates::Broadcast::Subscription> listening_;
    supervisor::Supervisor root_{"root", environment(), children()};
    asio::cancellation_signal stop_;
    bool has_ended_ = false;
    Statements issues_;
    std::optional<std::uint64_t> found_after_;
};

}  // namespace

TEST_CASE("whatever one node lies about, the others and the slots are told as without it",
          "[liar]") {
    for (const unsigned seed : tests::seeds(25)) {
        const auto without = Story{seed, std::nullopt}.statements();
        REQUIRE_FALSE(without.empty());
        for (const Lie lie : kLies) {
            INFO("HEADMON_SEED=" << seed << ", lie about " << to_string(lie));
            const Story story{seed, lie};
            const auto with = story.statements();
            std::vector<std::string> different;
            std::set_symmetric_difference(with.begin(), with.end(), without.begin(), without.end(),
                                          std::back_inserter(different));
            CHECK(different == std::vector<std::string>{});
            REQUIRE(story.found_after().has_value());
            CHECK(*story.found_after() <= 4);
        }
    }
}
