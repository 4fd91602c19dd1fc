#include "api/best_node.hpp"

#include <catch2/catch.hpp>

#include "api/slot_history.hpp"
#include "tests/monitor/heads.hpp"

using namespace std::chrono_literals;
using updates::NodeHealth;
using updates::NodeId;

namespace api_best_node_test {

/// A good node that reports heads so long behind the first.
api::NodeRank rank(const std::string& name, base::Duration lag = 0ms,
                   NodeHealth health = NodeHealth::kGood) {
    api::NodeRank made{NodeId{name}, health, true};
    made.speed = api::NodeSpeed{64, 0, lag};
    return made;
}

class Steps {
  public:
    /// So many slots end with these nodes. Answers who is the best one then.
    std::string slots(int count, const std::vector<api::NodeRank>& ranks) {
        for (int i = 0; i < count; ++i) {
            best_.update(ranks, true, {});
        }
        return name();
    }
    std::string changed(const std::vector<api::NodeRank>& ranks) {
        best_.update(ranks, false, {});
        return name();
    }
    [[nodiscard]] std::string name() const {
        return best_.choice() ? best_.choice()->node.name() : "none";
    }
    [[nodiscard]] api::ChoiceReason reason() const { return best_.choice()->reason; }

  private:
    api::BestNode best_;
};

TEST_CASE("health goes before preference, and preference before speed", "[api]") {
    CHECK(Steps{}.slots(1, {rank("a", 20ms), rank("b", 10ms)}) == "b");
    auto preferred = rank("a", 20ms);
    preferred.preference = 0;
    CHECK(Steps{}.slots(1, {preferred, rank("b", 10ms)}) == "a");
    preferred.health = NodeHealth::kDegraded;
    CHECK(Steps{}.slots(1, {preferred, rank("b", 10ms)}) == "b");
    auto unknown = rank("a");
    unknown.speed.mean_lag.reset();
    CHECK(Steps{}.slots(1, {unknown, rank("b", 10s)}) == "b");
    CHECK(Steps{}.slots(1, {rank("b"), rank("a")}) == "a");
}

TEST_CASE("a change needs three slots in a row", "[api]") {
    Steps steps;
    steps.slots(1, {rank("a"), rank("b", 100ms)});
    const std::vector<api::NodeRank> b_is_better{rank("a", 100ms), rank("b")};
    CHECK(steps.slots(2, b_is_better) == "a");
    // Level again for one slot: the count begins anew.
    CHECK(steps.slots(1, {rank("a"), rank("b")}) == "a");
    CHECK(steps.slots(2, b_is_better) == "a");
    // Updates within the slot do not count.
    CHECK(steps.changed(b_is_better) == "a");
    CHECK(steps.slots(1, b_is_better) == "b");
    CHECK(steps.reason() == api::ChoiceReason::kBetter);
}

TEST_CASE("three slots of different nodes that are better are no three slots of one", "[api]") {
    Steps steps;
    steps.slots(1, {rank("a")});
    const auto with = [](base::Duration b, base::Duration c) {
        return std::vector<api::NodeRank>{rank("a", 500ms), rank("b", b), rank("c", c)};
    };
    CHECK(steps.slots(2, with(0ms, 100ms)) == "a");
    CHECK(steps.slots(1, with(100ms, 0ms)) == "a");
    CHECK(steps.slots(2, with(100ms, 0ms)) == "c");
}

TEST_CASE("a node that is faster by a little is no reason to change", "[api]") {
    Steps steps;
    steps.slots(1, {rank("a", 10ms)});
    CHECK(steps.slots(10, {rank("a", 60ms), rank("b", 10ms)}) == "a");
    CHECK(steps.slots(3, {rank("a", 61ms), rank("b", 10ms)}) == "b");
}

TEST_CASE("a node that cannot be used any more is left at once", "[api]") {
    Steps steps;
    steps.slots(5, {rank("a"), rank("b", 1s)});
    CHECK(steps.changed({rank("a", 0ms, NodeHealth::kUnusable), rank("b", 1s)}) == "b");
    CHECK(steps.reason() == api::ChoiceReason::kOnlyChoice);
    auto old = rank("b");
    old.is_fresh = false;
    CHECK(steps.changed({rank("a", 0ms, NodeHealth::kUnusable), old}) == "none");
    CHECK(steps.changed({rank("a"), old}) == "a");
    // Gone from the list.
    CHECK(steps.changed({rank("c")}) == "c");
    CHECK(steps.changed({}) == "none");
}

TEST_CASE("a degraded node is left for a good one after three slots", "[api]") {
    Steps steps;
    steps.slots(1, {rank("a")});
    const std::vector<api::NodeRank> ranks{rank("a", 0ms, NodeHealth::kDegraded), rank("b", 1s)};
    CHECK(steps.slots(2, ranks) == "a");
    CHECK(steps.slots(1, ranks) == "b");
}

updates::NodeHead timed(const std::string& node, std::uint64_t slot, base::Duration lag) {
    updates::NodeHead report{NodeId{node}, tests::head(slot, static_cast<std::uint8_t>(slot))};
    report.lag = lag;
    report.is_first = lag == 0ms;
    report.timing.delay = 2s;
    return report;
}

TEST_CASE("a node's speed is that of its first timed report in each slot", "[api]") {
    api::SlotHistory history;
    for (std::uint64_t slot = 10; slot < 14; ++slot) {
        history.apply(timed("a", slot, 0ms));
        history.apply(timed("b", slot, 30ms));
        history.apply(timed("b", slot, 9s));
    }
    history.apply(timed("b", 14, 130ms));
    auto late = timed("b", 15, 9s);
    late.timing.timeliness = updates::HeadTimeliness::kStale;
    history.apply(late);
    late = timed("b", 15, 9s);
    late.timing.is_payload = true;
    history.apply(late);
    late = timed("b", 15, 9s);
    late.timing.is_repeat = true;
    history.apply(late);
    const auto speeds = history.speeds();
    CHECK((speeds.at(NodeId{"a"}) == api::NodeSpeed{4, 4, base::Duration{0}}));
    CHECK((speeds.at(NodeId{"b"}) == api::NodeSpeed{5, 0, base::Duration{50ms}}));
}

TEST_CASE("the last 64 slots are kept, and no older one comes back", "[api]") {
    api::SlotHistory history;
    for (std::uint64_t slot = 100; slot < 200; ++slot) {
        history.apply(timed("a", slot, 0ms));
    }
    REQUIRE(history.slots().size() == 64);
    CHECK(history.slots().begin()->first == chain::Slot{136});
    history.apply(timed("a", 135, 0ms));
    CHECK(history.slots().begin()->first == chain::Slot{136});
    history.apply(
        updates::SlotVerdict{chain::Slot{199}, updates::Verdict::kMissed, {}, {}, {}, {}});
    CHECK(history.slots().rbegin()->second.verdict->verdict == updates::Verdict::kMissed);
    for (std::size_t i = 0; i < 2 * api::SlotHistory::kReportsMax; ++i) {
        history.apply(timed("a", 199, 0ms));
    }
    CHECK(history.slots().rbegin()->second.reports.size() == api::SlotHistory::kReportsMax);
}

}  // namespace api_best_node_test
