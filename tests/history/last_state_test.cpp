#include "history/last_state.hpp"

#include "tests/history/history_fixture.hpp"

using namespace tests;

namespace last_state_test {

updates::Message status(const std::string& node, updates::TopicSet set, const std::string& version,
                        base::Duration at,
                        updates::StreamState state = updates::StreamState::kOpen) {
    updates::NodeStatus status{updates::NodeId{node}, state};
    status.topic_set = set;
    status.version = version;
    return update(status, at);
}

}  // namespace last_state_test

using last_state_test::status;
using updates::TopicSet;

TEST_CASE("what the start before has learned is in its history", "[history]") {
    const TemporaryFolder folder;
    const chain::SlotClock learned{wall(0s), 12s};
    {
        Recording recording{folder.file()};
        recording.write(
            {update(updates::SlotTime{learned, updates::SlotTimeSource::kNode}, 1s),
             // What an operator gives is not learned.
             update(updates::SlotTime{chain::SlotClock{wall(5s), 6s},
                                      updates::SlotTimeSource::kConfiguration},
                    2s),
             status("alpha", TopicSet::kHeadV2Full, "A/1", 3s),
             status("alpha", TopicSet::kHeadOnly, "A/1", 10s),
             status("alpha", TopicSet::kHeadOnly, "A/1", 12s, updates::StreamState::kEnded),
             status("alpha", TopicSet::kHeadV2Full, "A/1", 13s, updates::StreamState::kConnecting),
             status("beta", TopicSet::kHeadV2Full, "B/1", 3s),
             update(updates::BestHead{updates::NodeId{"alpha"}, head("alpha", 7, 1).head}, 84s)},
            100s);
    }
    const auto state = history::read_last_state(folder.file(), wall(110s));
    REQUIRE(state.has_value());
    CHECK((state->slot_clock == learned));
    REQUIRE(state->topics.size() == 1);
    CHECK(state->topics.front().node == "alpha");
    CHECK(state->topics.front().version == "A/1");
    CHECK((state->topics.front().set == TopicSet::kHeadOnly));
    CHECK((state->topics.front().age == 100s));
    CHECK((state->best_head == chain::Slot{7}));
}

TEST_CASE("what was learned long ago is not taken over", "[history]") {
    const TemporaryFolder folder;
    {
        Recording recording{folder.file()};
        recording.write(
            {status("alpha", TopicSet::kHeadOnly, "A/1", 10s),
             update(updates::BestHead{updates::NodeId{"alpha"}, head("alpha", 7, 1).head}, 84s)},
            100s);
    }
    CHECK(history::read_last_state(folder.file(), wall(84s + 1h))->best_head.has_value());
    CHECK_FALSE(history::read_last_state(folder.file(), wall(85s + 1h))->best_head.has_value());
    CHECK(history::read_last_state(folder.file(), wall(10s + 24h))->topics.size() == 1);
    CHECK(history::read_last_state(folder.file(), wall(11s + 24h))->is_empty());
    // A clock that was set back knows nothing of what is to come.
    CHECK(history::read_last_state(folder.file(), wall(5s))->is_empty());
    CHECK(history::read_last_state(folder.file("none.db"), wall(0s)).error().code ==
          history::ErrorCode::kCannotOpen);
}
