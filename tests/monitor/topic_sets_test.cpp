#include "monitor/node/topic_sets.hpp"

#include <catch2/catch.hpp>

namespace topic_sets_test {

using monitor::find_refusal;
using monitor::TopicAnswer;
using monitor::TopicRefusal;
using updates::StreamEndReason;
using updates::TopicSet;

TEST_CASE("the topic sets go from the richest to the one that every node serves", "[monitor]") {
    const auto joined = [](TopicSet set) { return monitor::join_topics(monitor::topics_of(set)); };
    CHECK(joined(TopicSet::kHeadV2Full) == "head_v2,block,chain_reorg,finalized_checkpoint");
    CHECK(joined(TopicSet::kHeadFull) == "head,block,chain_reorg,finalized_checkpoint");
    CHECK(joined(TopicSet::kHeadOnly) == "head");
    CHECK((monitor::poorer_set(TopicSet::kHeadV2Full) == TopicSet::kHeadFull));
    CHECK((monitor::poorer_set(TopicSet::kHeadFull) == TopicSet::kHeadOnly));
    CHECK_FALSE(monitor::poorer_set(TopicSet::kHeadOnly));
}

TEST_CASE("what an answer says about a topic set depends on how it ended and what it gave",
          "[monitor]") {
    for (const TopicSet set : monitor::kTopicSets) {
        for (const StreamEndReason reason : updates::kAllStreamEndReasons) {
            for (const bool had_event : {false, true}) {
                for (const bool is_confirmed : {false, true}) {
                    INFO(to_string(reason)
                         << (had_event ? ", event" : "") << (is_confirmed ? ", confirmed" : ""));
                    TopicAnswer answer{set, reason, 0, had_event, is_confirmed, false};
                    const bool is_clean =
                        reason == StreamEndReason::kEof || reason == StreamEndReason::kEmptyBody;
                    const bool is_doubtful = is_clean && !had_event && !is_confirmed;
                    CHECK((find_refusal(answer) ==
                           (is_doubtful ? TopicRefusal::kPerhaps : TopicRefusal::kNone)));
                    answer.end.reset();
                    CHECK((find_refusal(answer) ==
                           (is_confirmed ? TopicRefusal::kNone : TopicRefusal::kByConduct)));
                    // Heads of `head_v2` that cannot be decoded may come by `head`.
                    answer.end = StreamEndReason::kMalformed;
                    answer.is_head_unreadable = true;
                    CHECK((find_refusal(answer) == (set == TopicSet::kHeadV2Full
                                                        ? TopicRefusal::kByConduct
                                                        : TopicRefusal::kNone)));
                }
            }
        }
    }
}

TEST_CASE("a 400 refuses a topic set, a confirmed one too, and no other status does", "[monitor]") {
    for (const bool is_confirmed : {false, true}) {
        for (const int status : {400, 401, 404, 429, 500, 503}) {
            const TopicAnswer answer{TopicSet::kHeadFull,
                                     StreamEndReason::kHttpStatus,
                                     status,
                                     false,
                                     is_confirmed,
                                     false};
            CHECK((find_refusal(answer) ==
                   (status == 400 ? TopicRefusal::kByStatus : TopicRefusal::kNone)));
        }
    }
}

}  // namespace topic_sets_test
