// A node that lies about one thing, among an honest majority: what is published of the others and
// of slots is the same as without it, and an issue says what is wrong with it. The seed of a
// failure is printed; give it back in HEADMON_SEED to run that one alone.
#include <algorithm>
#include <array>
#include <iterator>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include "simulator/scenario.hpp"
#include "tests/monitor/random.hpp"
#include "tests/scenarios/scenario_fixture.hpp"
#include "tests/scenarios/simulated_run.hpp"
#include "updates/node_health.hpp"

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

/// Whoever has passed the check of its network is asked again only after its stream has ended.
std::uint64_t first_slot_of(Lie lie) {
    return lie == Lie::kGenesis || lie == Lie::kSpec ? 0 : 4;
}

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
        auto fault = tests::fault(simulator::FaultKind::kLie, first_slot_of(*lie), tests::kForEver);
        fault.about = *lie;
        script.faults.push_back(fault);
        scenario.nodes.push_back(std::move(script));
    }
    return scenario;
}

/// A run, and what was stated in it.
class Story {
  public:
    Story(unsigned seed, std::optional<Lie> lie, monitor::MonitorOptions options = {})
        : run_{scenario_with(seed, lie), std::move(options)},
          first_lie_{lie ? first_slot_of(*lie) : 0} {
        for (std::uint64_t slot = 0; slot < kSlots; ++slot) {
            run_.play(slot);
            note_issues(slot);
        }
    }

    /// What was published of honest nodes and of slots, in an order of its own.
    [[nodiscard]] std::vector<std::string> statements() const {
        std::vector<std::string> out = issues_;
        for (const updates::Update& update : run_.recorder.all()) {
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
        for (const auto& [node, known] : run_.snapshot().nodes) {
            const auto issues = updates::find_issues(known.status);
            if (node.name() != kLiar) {
                issues_.push_back("issues of " + node.name() + " in " + std::to_string(slot) +
                                  ": " + issues.to_string());
            } else if (issues.any() && slot >= first_lie_ && !found_after_) {
                found_after_ = slot - first_lie_;
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
        // Heads are published at once; that the liar's was the highest is true until it is known.
        if (fact.node.name() != kLiar) {
            out.push_back("best " + to_string(fact.head.block) + " " +
                          std::to_string(fact.head.slot.value) + " " + to_string(fact.head.state));
        }
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

    tests::SimulatedRun run_;
    std::uint64_t first_lie_;
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
            CHECK(story.found_after().value_or(99) <= 4);
        }
    }
}

TEST_CASE("a liar is found wherever in the slot the tick lies", "[liar]") {
    for (const int tick : {0, 6, 11}) {
        INFO("tick at " << tick << " twelfths");
        monitor::MonitorOptions options;
        options.tick_twelfths = tick;
        CHECK(Story{1, Lie::kRoot, options}.found_after().value_or(99) <= 4);
    }
}
