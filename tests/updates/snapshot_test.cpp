#include "updates/snapshot.hpp"

#include <catch2/catch.hpp>

#include "tests/monitor/heads.hpp"
#include "updates/update.hpp"

namespace snapshot_test {

namespace {

using namespace std::chrono_literals;
using updates::StreamState;

const updates::NodeId kAlpha{"alpha"};
const updates::NodeId kBeta{"beta"};
const base::Instant kAt{base::MonoTime{1h}, base::WallTime{2h}};
const base::Instant kLater{base::MonoTime{1h + 1s}, base::WallTime{2h + 1s}};

/// A snapshot to which facts are told.
struct Told {
    Told() { tell(updates::RunStarted{{kAlpha, kBeta}}); }

    void tell(updates::Fact fact, base::Instant at = kAt) {
        snapshot.apply(updates::Update{std::move(fact), at});
    }
    const updates::NodeSnapshot& alpha() { return snapshot.nodes.at(kAlpha); }

    updates::Snapshot snapshot;
};

}  // namespace

TEST_CASE("a snapshot knows each node of the run by its status", "[monitor]") {
    Told told;
    CHECK(told.snapshot.running);
    CHECK((told.alpha().status.node == kAlpha));
    CHECK((told.alpha().status.state == StreamState::kConnecting));
    updates::NodeStatus status{kAlpha, StreamState::kOpen, "Teku/1"};
    status.is_behind = true;
    told.tell(status);
    CHECK((told.alpha().status == status));
    told.tell(updates::NodeStatus{updates::NodeId{"nobody"}});
    CHECK(told.snapshot.nodes.size() == 2);
}

TEST_CASE("what is told between two statuses is in the snapshot at once", "[monitor]") {
    Told told;
    told.tell(updates::StreamOpened{kAlpha, false});
    CHECK((told.alpha().status.state == StreamState::kOpen));
    told.tell(updates::NodeHead{kAlpha, tests::head(7, 1)}, kLater);
    CHECK((told.alpha().status.last_head == kLater));
    CHECK((told.alpha().status.last_byte == kLater));
    REQUIRE(told.alpha().head.has_value());
    CHECK(told.alpha().head->head.slot.value == 7);
    told.tell(updates::StreamEnded{kAlpha, updates::StreamEndReason::kEof, "", 1});
    CHECK((told.alpha().status.state == StreamState::kEnded));
    CHECK(told.alpha().status.disconnects == 1);
    CHECK(told.alpha().consecutive_disconnects == 1);
    CHECK((told.alpha().last_end == updates::StreamEndReason::kEof));
    // For display.
    CHECK(told.alpha().head.has_value());
    told.tell(updates::StreamOpened{kAlpha, true});
    CHECK(told.alpha().consecutive_disconnects == 0);
}

TEST_CASE("ends by our own side are none of the node's", "[monitor]") {
    Told told;
    told.tell(updates::StreamEnded{kAlpha, updates::StreamEndReason::kCancelled, "", 0});
    CHECK((told.alpha().status.state == StreamState::kEnded));
    CHECK(told.alpha().status.disconnects == 0);
    CHECK(told.alpha().consecutive_disconnects == 0);
}

TEST_CASE("a head that was asked for is no sign of life of the stream", "[monitor]") {
    Told told;
    updates::NodeHead polled{kAlpha, tests::head(7, 1)};
    polled.source = updates::HeadSource::kPoll;
    told.tell(polled);
    CHECK(told.alpha().head.has_value());
    CHECK_FALSE(told.alpha().status.last_byte.has_value());
    CHECK_FALSE(told.alpha().status.last_head.has_value());
}

TEST_CASE("a node that stays in the list keeps what is known of it, one that left is gone",
          "[monitor]") {
    Told told;
    updates::NodeStatus status{kAlpha, StreamState::kOpen, "Teku/1"};
    told.tell(status);
    told.tell(updates::RunEnded{updates::RunEndReason::kListChanged, ""});
    CHECK_FALSE(told.snapshot.running);
    told.tell(updates::RunStarted{{kAlpha}});
    CHECK(told.snapshot.nodes.size() == 1);
    CHECK(told.alpha().status.version == "Teku/1");
    CHECK((told.alpha().status.state == StreamState::kConnecting));
}

TEST_CASE("a snapshot holds the split that is on, the clock and the last verdict", "[monitor]") {
    Told told;
    const updates::HeadSplit split{
        {{tests::root(1), chain::Slot{9}, {kAlpha}}, {tests::root(2), chain::Slot{9}, {kBeta}}},
        kAt.mono,
        false};
    told.tell(split);
    CHECK((told.snapshot.split == split));
    told.tell(updates::HeadSplit{{}, kAt.mono, true});
    CHECK_FALSE(told.snapshot.split.has_value());
    const updates::ClockSkew doubt{updates::ClockSkew::Level::kSkewed, 2s, 1s, {}};
    told.tell(doubt);
    CHECK((told.snapshot.clock == doubt));
    const updates::SlotVerdict verdict{chain::Slot{9}, updates::Verdict::kMissed, {}, {}, {}, {}};
    told.tell(verdict);
    CHECK((told.snapshot.verdict == verdict));
}

}  // namespace snapshot_test
