#include "monitor/node/event_judge.hpp"

#include <string>

#include <catch2/catch.hpp>

using beacon_api::ChainEvent;
using monitor::judge_event;
using monitor::name_of_ignored;
using updates::StreamEndReason;
using updates::TopicSet;
using Meaning = monitor::EventJudgement::Meaning;

namespace {

const base::Result<ChainEvent> kHead{ChainEvent{chain::Head{}}};
const base::Result<ChainEvent> kBlock{ChainEvent{beacon_api::BlockEvent{}}};
const base::Result<ChainEvent> kBad{base::Error{base::ErrorCode::kMissingField, "slot"}};

base::Result<ChainEvent> other(const std::string& topic, const std::string& data = "") {
    return ChainEvent{beacon_api::OtherEvent{topic, data}};
}

Meaning meaning(std::string_view topic, TopicSet set, const base::Result<ChainEvent>& event) {
    return judge_event(topic, monitor::topics_of(set), event).meaning;
}

}  // namespace

TEST_CASE("an event counts by its type, by what was requested and by whether it is decoded",
          "[monitor]") {
    struct Row {
        const char* topic;
        TopicSet set;
        const base::Result<ChainEvent>& event;
        Meaning meaning;
    };
    const auto ping = other("ping");
    const auto untyped = other("message");
    const auto unknown = other("payload_attributes");
    const auto error = other("error");
    const Row rows[] = {
        {"head_v2", TopicSet::kHeadV2Full, kHead, Meaning::kHead},
        {"head_v2", TopicSet::kHeadV2Full, kBad, Meaning::kEndsStream},
        {"head_v2", TopicSet::kHeadV2Full, kBlock, Meaning::kEndsStream},
        {"head_v2", TopicSet::kHeadFull, kHead, Meaning::kIgnored},
        {"head_v2", TopicSet::kHeadOnly, kBad, Meaning::kIgnored},
        {"head", TopicSet::kHeadV2Full, kHead, Meaning::kIgnored},
        {"head", TopicSet::kHeadV2Full, kBad, Meaning::kIgnored},
        {"head", TopicSet::kHeadFull, kHead, Meaning::kHead},
        {"head", TopicSet::kHeadOnly, kHead, Meaning::kHead},
        {"head", TopicSet::kHeadOnly, kBad, Meaning::kEndsStream},
        {"block", TopicSet::kHeadFull, kBlock, Meaning::kFact},
        {"block", TopicSet::kHeadFull, kBad, Meaning::kUnreadable},
        {"block", TopicSet::kHeadOnly, kBlock, Meaning::kIgnored},
        {"block", TopicSet::kHeadOnly, kBad, Meaning::kIgnored},
        {"ping", TopicSet::kHeadV2Full, ping, Meaning::kIgnored},
        {"message", TopicSet::kHeadV2Full, untyped, Meaning::kIgnored},
        {"payload_attributes", TopicSet::kHeadFull, unknown, Meaning::kIgnored},
        {"error", TopicSet::kHeadFull, error, Meaning::kEndsStream},
        {"Error", TopicSet::kHeadFull, error, Meaning::kIgnored},
        {"", TopicSet::kHeadFull, untyped, Meaning::kIgnored},
    };
    for (const Row& row : rows) {
        INFO(row.topic << " on " << to_string(row.set));
        CHECK((meaning(row.topic, row.set, row.event) == row.meaning));
    }
}

TEST_CASE("what ends a stream says why", "[monitor]") {
    const auto topics = monitor::topics_of(TopicSet::kHeadV2Full);
    const auto malformed = judge_event("head_v2", topics, kBad);
    CHECK((malformed.reason == StreamEndReason::kMalformed));
    CHECK(malformed.detail == "head_v2: missing_field: slot");
    CHECK(judge_event("head_v2", topics, kBlock).detail == "head_v2: no head");
    const auto error = judge_event("error", topics, other("error", "too slow"));
    CHECK((error.reason == StreamEndReason::kErrorEvent));
    CHECK(error.detail == "too slow");
}

TEST_CASE("a topic that was left out is one that nobody asked for", "[monitor]") {
    CHECK((judge_event("block", {"head_v2", "chain_reorg"}, kBad).meaning == Meaning::kIgnored));
}

TEST_CASE("an ignored event is named in our own words", "[monitor]") {
    CHECK(name_of_ignored("ping") == "ping");
    CHECK(name_of_ignored("message") == "message");
    CHECK(name_of_ignored("payload_attributes") == "payload_attributes");
    CHECK(name_of_ignored("head") == "head");
    for (const char* const its_own : {"", "PING", "secret-key", "head ", "\x1b[2J"}) {
        CHECK(name_of_ignored(its_own) == "another type");
    }
}
