#include "monitor/node/topic_sets.hpp"

#include <catch2/catch.hpp>

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

TEST_CASE("a 400 refuses a topic set, a confirmed one too, and no other status does", "[monitor]") {
    for (const bool is_confirmed : {false, true}) {
        for (const int status : {400, 401, 404, 429, 500, 503}) {
            const TopicAnswer answer{StreamEndReason::kHttpStatus, status, false, is_confirmed};
            CHECK((find_refusal(answer) ==
                   (status == 400 ? TopicRefusal::kByStatus : TopicRefusal::kNone)));
        }
    }
}

TEST_CASE("a clean end without an event refuses a topic set that never delivered", "[monitor]") {
    for (const StreamEndReason reason : updates::kAllStreamEndReasons) {
        const bool is_clean =
            reason == StreamEndReason::kEof || reason == StreamEndReason::kEmptyBody;
        CHECK((find_refusal({reason}) ==
               (is_clean ? TopicRefusal::kByConduct : TopicRefusal::kNone)));
        CHECK((find_refusal({reason, 0, true, false}) == TopicRefusal::kNone));
        CHECK((find_refusal({reason, 0, false, true}) == TopicRefusal::kNone));
    }
}

TEST_CASE("silence refuses a topic set that never delivered, whatever else it gave", "[monitor]") {
    CHECK((find_refusal({}) == TopicRefusal::kByConduct));
    CHECK((find_refusal({std::nullopt, 0, true, false}) == TopicRefusal::kByConduct));
    CHECK((find_refusal({std::nullopt, 0, true, true}) == TopicRefusal::kNone));
}
