// Topics that the configuration adds: asked for beside ours, and never at the cost of the heads.
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "monitor/node/event_judge.hpp"
#include "monitor/node/topic_negotiation.hpp"

namespace monitor_extra_topics_test {

using namespace std::chrono_literals;
using monitor::TopicNegotiation;
using updates::StreamEndReason;
using updates::TopicSet;
using Retry = monitor::TopicNegotiation::Retry;
using Meaning = monitor::EventJudgement::Meaning;

constexpr base::MonoTime kStart{1h};
const std::string kV2 = "head_v2,block,chain_reorg,finalized_checkpoint";
const std::string kHead = "head,block,chain_reorg,finalized_checkpoint";
const std::string kExtra = ",voluntary_exit,proposer_slashing";

TopicNegotiation with_extra() {
    TopicNegotiation topics;
    topics.set_extra({"voluntary_exit", "proposer_slashing"});
    topics.opening(kStart);
    return topics;
}

std::string opened_after(TopicNegotiation& topics, base::Duration after) {
    topics.opening(kStart + after);
    return topics.topics();
}

TEST_CASE("extra topics are requested beside the richest set", "[monitor]") {
    TopicNegotiation topics = with_extra();
    CHECK(topics.topics() == kV2 + kExtra);
    CHECK(topics.has_extra());
    topics.head_received();
    CHECK(opened_after(topics, 12s) == kV2 + kExtra);
    CHECK(opened_after(topics, 48h) == kV2 + kExtra);
}

TEST_CASE("a 400 leaves the extra topics out first, and an opening has at most five requests",
          "[monitor]") {
    TopicNegotiation topics = with_extra();
    std::vector<std::string> requests;
    do {
        requests.push_back(topics.topics());
    } while (topics.refused_by_status(400) == Retry::kNow);
    CHECK(requests == std::vector<std::string>{kV2 + kExtra, kV2, kHead + kExtra, kHead, "head"});
    // None was served, so none is what is wrong.
    CHECK(opened_after(topics, 12s) == kV2 + kExtra);
}

TEST_CASE("a node that refuses extra topics is asked without them for a day", "[monitor]") {
    TopicNegotiation topics = with_extra();
    CHECK((topics.refused_by_status(400) == Retry::kNow));
    CHECK(topics.topics() == kV2);
    CHECK_FALSE(topics.has_extra());
    topics.head_received();
    CHECK(opened_after(topics, 23h) == kV2);
    CHECK(opened_after(topics, 24h) == kV2 + kExtra);
    CHECK(topics.is_retrial());
}

TEST_CASE("a node without head_v2 is asked for extra topics beside head", "[monitor]") {
    TopicNegotiation topics = with_extra();
    CHECK((topics.refused_by_status(400) == Retry::kNow));
    CHECK((topics.refused_by_status(400) == Retry::kNow));
    CHECK(topics.topics() == kHead + kExtra);
    topics.head_received();
    CHECK(opened_after(topics, 12s) == kHead + kExtra);
    CHECK(topics.form() == TopicSet::kHeadFull);
}

TEST_CASE("silence and empty streams cost the extra topics before the set, and not again",
          "[monitor]") {
    TopicNegotiation topics = with_extra();
    CHECK((topics.went_silent() == Retry::kAtNextOpening));
    CHECK(opened_after(topics, 12s) == kV2);
    topics.ended(StreamEndReason::kEof);
    CHECK(opened_after(topics, 24s) == kHead);
    CHECK((topics.went_silent() == Retry::kAtNextOpening));
    CHECK(opened_after(topics, 36s) == "head");
}

TEST_CASE("heads that cannot be read cost the set, and not the extra topics", "[monitor]") {
    TopicNegotiation topics = with_extra();
    topics.malformed_head();
    CHECK(opened_after(topics, 12s) == kHead + kExtra);
}

TEST_CASE("an extra topic whose events cannot be read is left out, and no request comes twice",
          "[monitor]") {
    TopicNegotiation topics = with_extra();
    topics.malformed_optional("proposer_slashing");
    CHECK(opened_after(topics, 12s) == kV2 + ",voluntary_exit");
    topics.malformed_optional("voluntary_exit");
    CHECK(opened_after(topics, 24s) == kV2);
    CHECK((topics.refused_by_status(400) == Retry::kNow));
    CHECK(topics.topics() == kHead);
}

TEST_CASE("events of extra topics are judged by what they are, and end no stream", "[monitor]") {
    const monitor::TopicList asked{"head", "block", "voluntary_exit"};
    using Event = base::Result<beacon_api::ChainEvent>;
    const Event good{beacon_api::ChainEvent{beacon_api::ExtraEvent{"voluntary_exit", "{}", {}}}};
    const Event bad{base::Error{base::ErrorCode::kMalformedJson, "voluntary_exit"}};
    const Event huge{base::Error{base::ErrorCode::kTooLong, "voluntary_exit"}};
    const auto meaning = [&](std::string_view topic, const Event& event) {
        return monitor::judge_event(topic, asked, event).meaning;
    };
    CHECK((meaning("voluntary_exit", good) == Meaning::kExtra));
    CHECK((meaning("voluntary_exit", bad) == Meaning::kUnreadable));
    CHECK((meaning("voluntary_exit", huge) == Meaning::kUnusable));
    CHECK((meaning("voluntary_exit", Event{base::Error{base::ErrorCode::kBadValue, ""}}) ==
           Meaning::kUnusable));
    CHECK((meaning("block", huge) == Meaning::kUnreadable));
    CHECK((meaning("proposer_slashing", good) == Meaning::kIgnored));
}

}  // namespace monitor_extra_topics_test
