#include "updates/status_changes.hpp"

#include <catch2/catch.hpp>

#include "tests/updates/facts.hpp"

using namespace std::chrono_literals;

namespace status_changes_test {

using tests::facts::kAlpha;
using tests::facts::kAt;
using tests::facts::kBeta;

class Told {
  public:
    bool operator()(updates::Fact fact, base::Duration after = 0s) {
        return changes_.is_news({std::move(fact), {kAt.mono + after, kAt.wall + after}});
    }

  private:
    updates::StatusChanges changes_;
};

TEST_CASE("a status is news when anything but its times has changed", "[updates]") {
    Told told;
    updates::NodeStatus status = tests::facts::full_status();
    CHECK(told(status));
    CHECK_FALSE(told(status, 12s));

    status.last_byte = base::Instant{kAt.mono + 12s, kAt.wall + 12s};
    status.last_head = status.last_byte;
    status.retry_at = status.last_byte;
    status.rest_retry_after = 19s;
    status.syncing->head_slot = chain::Slot{91};
    CHECK_FALSE(told(status, 12s));

    status.syncing->is_syncing = !status.syncing->is_syncing;
    CHECK(told(status, 13s));
    status.unanswered.clear();
    CHECK(told(status, 14s));
    status.disconnects += 1;
    CHECK(told(status, 15s));
    CHECK_FALSE(told(status, 16s));
    status.syncing.reset();
    CHECK(told(status, 17s));
}

TEST_CASE("each node has a status of its own", "[updates]") {
    Told told;
    CHECK(told(updates::NodeStatus{kAlpha}));
    CHECK(told(updates::NodeStatus{kBeta}));
    CHECK_FALSE(told(updates::NodeStatus{kAlpha}, 1s));
    CHECK_FALSE(told(updates::NodeStatus{kBeta}, 1s));
}

TEST_CASE("after an hour a status is told again, and after a start of a run", "[updates]") {
    Told told;
    CHECK(told(updates::NodeStatus{kAlpha}));
    CHECK_FALSE(told(updates::NodeStatus{kAlpha}, 59min));
    CHECK(told(updates::NodeStatus{kAlpha}, 60min));
    CHECK_FALSE(told(updates::NodeStatus{kAlpha}, 119min));
    CHECK(told(updates::RunStarted{{kAlpha}}, 119min));
    CHECK(told(updates::NodeStatus{kAlpha}, 119min));
}

TEST_CASE("every other update is news, however often it comes", "[updates]") {
    Told told;
    for (const updates::Fact& fact : tests::facts::every_fact()) {
        CHECK(told(fact));
        CHECK((told(fact) || std::holds_alternative<updates::NodeStatus>(fact)));
    }
}

}  // namespace status_changes_test
