// A node that lies about one thing, among an honest majority: what is published of the others and
// of slots is the same as without it, and an issue says what is wrong with it. The seed of a
// failure is printed; give it back in HEADMON_SEED to run that one alone, or a number of seeds in
// HEADMON_SEEDS.
#include <algorithm>
#include <array>
#include <iterator>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include "simulator/chain.hpp"
#include "simulator/scenario.hpp"
#include "tests/monitor/random.hpp"
#include "tests/scenarios/scenario_fixture.hpp"
#include "tests/scenarios/simulated_run.hpp"
#include "updates/node_health.hpp"

namespace liar_test {

using namespace std::chrono_literals;
using simulator::Lie;
using simulator::Scenario;
using updates::NodeId;

namespace {

constexpr std::array kLiesOfBlocks{Lie::kRoot,   Lie::kSlot,  Lie::kState,
                                   Lie::kParent, Lie::kReorg, Lie::kHeader};
constexpr std::array kOtherLies{Lie::kStatus, Lie::kTime, Lie::kTopic,
                                Lie::kDate,   Lie::kSpec, Lie::kGenesis};
constexpr std::array kHonest{"one", "two", "three"};
constexpr const char* kLiar = "liar";
constexpr double kSkippedPercent = 5;

/// Its heads come before all others; where they are true, the node is first.
bool makes_up_heads(Lie lie) {
    return lie == Lie::kRoot || lie == Lie::kParent;
}

/// Whoever has passed the check of its network is asked again only after its stream has ended.
std::uint64_t first_slot_of(Lie lie) {
    return lie == Lie::kGenesis || lie == Lie::kSpec || makes_up_heads(lie) ? 0 : 4;
}

/// Three honest nodes, and a liar where there is a lie. What it makes up comes before all others;
/// where its heads are true it is last.
Scenario scenario_with(unsigned seed, std::optional<Lie> lie) {
    Scenario scenario;
    scenario.seed = seed;
    scenario.slot_duration = 12s;
    scenario.skipped_percent = kSkippedPercent;
    for (const char* const name : kHonest) {
        auto script = tests::node(name, "lighthouse", 900);
        script.jitter = 800ms;
        scenario.nodes.push_back(std::move(script));
    }
    if (lie) {
        auto script = tests::node(kLiar, "lighthouse", makes_up_heads(*lie) ? 20 : 2500);
        auto fault = tests::fault(simulator::FaultKind::kLie, first_slot_of(*lie), tests::kForEver);
        fault.about = *lie;
        script.faults.push_back(fault);
        scenario.nodes.push_back(std::move(script));
    }
    return scenario;
}

/// What is stated of honest nodes and of slots, and when the liar was found out.
class Statements {
  public:
    Statements(std::optional<Lie> lie, unsigned seed)
        : first_lie_{lie ? first_slot_of(*lie) : 0}, chain_{seed, kSkippedPercent} {}

    /// The issues of all nodes when this slot has passed.
    void note_issues(const updates::Snapshot& snapshot, std::uint64_t slot) {
        for (const auto& [node, known] : snapshot.nodes) {
            const auto issues = updates::find_issues(known.status);
            if (node.name() != kLiar) {
                all_.push_back("issues of " + node.name() + " in " + std::to_string(slot) + ": " +
                               issues.to_string());
            } else if (issues.any() && slot >= first_lie_ && !found_after_) {
                found_after_ = lies_;
            }
        }
        // In a slot without a block there is little to lie about.
        lies_ += slot >= first_lie_ && chain_.has_block(chain::Slot{slot}) ? 1 : 0;
    }
    void add(const std::vector<updates::Update>& published) {
        for (const updates::Update& update : published) {
            std::visit([&](const auto& fact) { state(fact); }, update.fact);
        }
    }

    /// What only one of the two stated.
    [[nodiscard]] std::vector<std::string> differences(const Statements& other) const {
        auto one = all_;
        auto two = other.all_;
        std::sort(one.begin(), one.end());
        std::sort(two.begin(), two.end());
        std::vector<std::string> out;
        std::set_symmetric_difference(one.begin(), one.end(), two.begin(), two.end(),
                                      std::back_inserter(out));
        return out;
    }
    [[nodiscard]] std::size_t size() const { return all_.size(); }
    /// Slots with a block, from the one of its first lie on, that had passed before the liar had an
    /// issue.
    [[nodiscard]] std::optional<std::uint64_t> found_after() const { return found_after_; }

  private:
    void state(const updates::NodeHead& fact) {
        if (fact.node.name() != kLiar) {
            all_.push_back("head " + fact.node.name() + " " + to_string(fact.head.block) + " " +
                           std::to_string(fact.head.slot.value) + " " +
                           std::string{to_string(fact.timing.timeliness)} +
                           (fact.timing.delay ? std::to_string(fact.timing.delay->count()) : ""));
        }
    }
    void state(const updates::BestHead& fact) {
        // Heads are published at once; that the liar's was the highest is true until it is known.
        if (fact.node.name() != kLiar) {
            all_.push_back("best " + to_string(fact.head.block) + " " +
                           std::to_string(fact.head.slot.value) + " " + to_string(fact.head.state));
        }
    }
    void state(const updates::StreamEnded& fact) {
        if (fact.node.name() != kLiar) {
            all_.push_back("ended " + fact.node.name());
        }
    }
    void state(const updates::HeadProven& fact) {
        all_.push_back("proven " + to_string(fact.block));
    }
    void state(const updates::Reorg& fact) {
        const bool is_liars = fact.reported_by && fact.reported_by->name() == kLiar;
        if (!is_liars || fact.certainty == updates::Certainty::kConfirmed) {
            all_.push_back("reorg " + to_string(fact.old_head) + to_string(fact.new_head));
        }
    }
    void state(const updates::HeadSplit& fact) {
        // That the liar is on a branch of its own is true.
        std::size_t branches = 0;
        for (const auto& branch : fact.branches) {
            branches += branch.nodes != std::vector{NodeId{kLiar}} ? 1 : 0;
        }
        if (branches > 1) {
            all_.emplace_back("split");
        }
    }
    void state(const updates::NodeBehind& fact) {
        if (fact.node.name() != kLiar) {
            all_.push_back("behind " + fact.node.name());
        }
    }
    void state(const updates::SlotVerdict& fact) {
        all_.push_back("slot " + std::to_string(fact.slot.value) + " " +
                       std::string{to_string(fact.verdict)} +
                       (fact.first_reported_by ? " " + fact.first_reported_by->name() : "") +
                       (fact.root ? " " + to_string(*fact.root) : "") +
                       (fact.delay ? " " + std::to_string(fact.delay->count()) : ""));
    }
    void state(const updates::ClockSkew& fact) {
        if (fact.level != updates::ClockSkew::Level::kNone) {
            all_.push_back("clock " + std::string{to_string(fact.level)});
        }
    }
    void state(const auto& /*fact*/) {}

    std::uint64_t first_lie_;
    simulator::Chain chain_;
    std::uint64_t lies_ = 0;
    std::vector<std::string> all_;
    std::optional<std::uint64_t> found_after_;
};

constexpr std::uint64_t kSlots = 14;

/// Without sockets: what the simulated nodes plan.
Statements played(unsigned seed, std::optional<Lie> lie, monitor::MonitorOptions options = {}) {
    tests::SimulatedRun run{scenario_with(seed, lie), std::move(options)};
    Statements stated{lie, seed};
    for (std::uint64_t slot = 0; slot < kSlots; ++slot) {
        run.play(slot);
        stated.note_issues(run.snapshot(), slot);
    }
    stated.add(run.recorder.all());
    return stated;
}

Statements played_over_sockets(unsigned seed, std::optional<Lie> lie) {
    tests::ScenarioFixture fixture{scenario_with(seed, lie)};
    Statements stated{lie, seed};
    for (std::uint64_t slot = 0; slot < kSlots; ++slot) {
        fixture.play_to(slot + 1);
        stated.note_issues(fixture.snapshot(), slot);
    }
    stated.add(fixture.updates());
    return stated;
}

void check_lies(const std::array<Lie, 6>& lies) {
    for (const unsigned seed : tests::seeds(120)) {
        const Statements without = played(seed, std::nullopt);
        REQUIRE(without.size() > kSlots);
        for (const Lie lie : lies) {
            INFO("HEADMON_SEED=" << seed << ", lie about " << to_string(lie));
            const Statements with = played(seed, lie);
            CHECK(with.differences(without) == std::vector<std::string>{});
            CHECK(with.found_after().value_or(99) <= 4);
        }
    }
}

}  // namespace

TEST_CASE("whatever one node lies about blocks, the others and the slots are told as without it",
          "[liar]") {
    check_lies(kLiesOfBlocks);
}

TEST_CASE("whatever one node lies about itself, the others and the slots are told as without it",
          "[liar]") {
    check_lies(kOtherLies);
}

TEST_CASE("over sockets too a liar changes nothing that is told of others and of slots",
          "[liar][scenarios]") {
    const Statements without = played_over_sockets(1, std::nullopt);
    REQUIRE(without.size() > kSlots);
    for (const auto& lies : {kLiesOfBlocks, kOtherLies}) {
        for (const Lie lie : lies) {
            INFO("lie about " << to_string(lie));
            const Statements with = played_over_sockets(1, lie);
            CHECK(with.differences(without) == std::vector<std::string>{});
            CHECK(with.found_after().value_or(99) <= 4);
        }
    }
}

TEST_CASE("a liar is found wherever in the slot the tick lies", "[liar]") {
    for (const int tick : {0, 6, 11}) {
        INFO("tick at " << tick << " twelfths");
        monitor::MonitorOptions options;
        options.tick_twelfths = tick;
        // Nothing but its claims gives this lie away, and they are judged when a slot is over.
        CHECK(played(1, Lie::kSlot, options).found_after().value_or(99) <= 4);
    }
}

}  // namespace liar_test
