#include "monitor/node/topic_negotiation.hpp"

#include <string>

#include <catch2/catch.hpp>

#include "chain/slot.hpp"
#include "updates/node_status.hpp"

namespace topic_negotiation_test {

using namespace std::chrono_literals;
using chain::Epoch;
using monitor::TopicNegotiation;
using updates::StreamEndReason;
using Retry = monitor::TopicNegotiation::Retry;

namespace {

constexpr base::MonoTime kStart{1h};
constexpr const char* kRichest = "head_v2,block,chain_reorg,finalized_checkpoint";
constexpr const char* kMiddle = "head,block,chain_reorg,finalized_checkpoint";

/// A node that delivers heads for `head` alone, and has been found out.
TopicNegotiation on_head_only() {
    TopicNegotiation topics;
    topics.opening(kStart);
    (void)topics.refused_by_status(400);
    (void)topics.refused_by_status(400);
    topics.head_received();
    return topics;
}

/// The topics of an opening so much later.
std::string opened_after(TopicNegotiation& topics, base::Duration after) {
    topics.opening(kStart + after);
    return topics.topics();
}

}  // namespace

TEST_CASE("each set is one comma-separated list, the richest first", "[monitor]") {
    TopicNegotiation topics;
    topics.opening(kStart);
    CHECK(topics.topics() == kRichest);
    (void)topics.refused_by_status(400);
    CHECK(topics.topics() == kMiddle);
    (void)topics.refused_by_status(400);
    CHECK(topics.topics() == "head");
}

TEST_CASE("a 400 asks for the next set at once, with at most three requests an opening",
          "[monitor]") {
    TopicNegotiation topics;
    for (int opening = 0; opening < 3; ++opening) {
        CHECK(opened_after(topics, opening * 12s) == kRichest);
        int requests = 1;
        while (topics.refused_by_status(400) == Retry::kNow) {
            ++requests;
        }
        CHECK(requests == 3);
    }
}

TEST_CASE("a 400 on the last set is no refusal of topics, as is any other status", "[monitor]") {
    TopicNegotiation topics;
    topics.opening(kStart);
    for (const int status : {401, 404, 405, 429, 500, 502, 503, 301}) {
        CHECK((topics.refused_by_status(status) == Retry::kNone));
        CHECK(topics.topics() == kRichest);
    }
    CHECK((topics.refused_by_status(400) == Retry::kNow));
    CHECK((topics.refused_by_status(400) == Retry::kNow));
    CHECK((topics.refused_by_status(400) == Retry::kNone));
}

TEST_CASE("a lower set that has not delivered is not kept", "[monitor]") {
    TopicNegotiation topics;
    topics.opening(kStart);
    (void)topics.refused_by_status(400);
    topics.ended(StreamEndReason::kReset);
    CHECK(opened_after(topics, 12s) == kRichest);
    (void)topics.refused_by_status(400);
    topics.head_received();
    topics.ended(StreamEndReason::kReset);
    CHECK(opened_after(topics, 24s) == kMiddle);
}

TEST_CASE("a 200 that ends without an event tries the next set, which is kept if it delivers",
          "[monitor]") {
    const auto reason = GENERATE(StreamEndReason::kEof, StreamEndReason::kEmptyBody);
    TopicNegotiation topics;
    CHECK(opened_after(topics, 0s) == kRichest);
    topics.ended(reason);
    CHECK(opened_after(topics, 12s) == kMiddle);
    SECTION("the next one delivers") {
        topics.head_received();
        topics.ended(reason);
        CHECK(opened_after(topics, 24s) == kMiddle);
    }
    SECTION("none does") {
        topics.ended(reason);
        CHECK(opened_after(topics, 24s) == "head");
        topics.ended(reason);
        CHECK(opened_after(topics, 36s) == kRichest);
    }
}

TEST_CASE("a stream that ends for another reason, or after an event, refuses nothing",
          "[monitor]") {
    for (const StreamEndReason reason : updates::kAllStreamEndReasons) {
        TopicNegotiation topics;
        topics.opening(kStart);
        if (reason == StreamEndReason::kEof || reason == StreamEndReason::kEmptyBody) {
            topics.event_received();
        }
        topics.ended(reason);
        CHECK(opened_after(topics, 12s) == kRichest);
    }
}

TEST_CASE("silence while the node's head moves refuses a set that never delivered a head",
          "[monitor]") {
    TopicNegotiation topics;
    topics.opening(kStart);
    // Blocks without heads: the node has left out the topic that it does not know.
    topics.event_received();
    CHECK((topics.went_silent() == Retry::kAtNextOpening));
    CHECK(opened_after(topics, 24s) == kMiddle);
    CHECK((topics.went_silent() == Retry::kAtNextOpening));
    CHECK(opened_after(topics, 48s) == "head");
    topics.head_received();
    CHECK((topics.went_silent() == Retry::kNone));
    CHECK(opened_after(topics, 72s) == "head");
}

TEST_CASE("a set that has delivered is refused by a 400, or by heads that cannot be decoded",
          "[monitor]") {
    TopicNegotiation topics;
    topics.opening(kStart);
    topics.head_received();
    CHECK((topics.went_silent() == Retry::kNone));
    CHECK(opened_after(topics, 12s) == kRichest);
    topics.ended(StreamEndReason::kEof);
    CHECK(opened_after(topics, 24s) == kRichest);
    SECTION("a 400") {
        CHECK((topics.refused_by_status(400) == Retry::kNow));
        CHECK(topics.topics() == kMiddle);
    }
    SECTION("a head_v2 that cannot be decoded") {
        topics.malformed_head();
        CHECK(opened_after(topics, 36s) == kMiddle);
        topics.head_received();
        CHECK(opened_after(topics, 48s) == kMiddle);
    }
}

TEST_CASE("a head that cannot be decoded leads to no poorer set with heads of the same shape",
          "[monitor]") {
    TopicNegotiation topics = on_head_only();
    topics.malformed_head();
    CHECK(opened_after(topics, 12s) == "head");

    TopicNegotiation never;
    never.opening(kStart);
    never.malformed_head();
    CHECK(opened_after(never, 12s) == kMiddle);
    never.malformed_head();
    CHECK(opened_after(never, 24s) == kRichest);
}

TEST_CASE("when no set works the next opening begins with the richest again", "[monitor]") {
    TopicNegotiation topics;
    topics.opening(kStart);
    (void)topics.went_silent();
    topics.opening(kStart + 24s);
    (void)topics.went_silent();
    topics.opening(kStart + 48s);
    CHECK((topics.went_silent() == Retry::kNone));
    CHECK(opened_after(topics, 72s) == kRichest);
}

TEST_CASE("a lower set that delivered is kept for a day, then the richest is tried again",
          "[monitor]") {
    TopicNegotiation topics = on_head_only();
    CHECK(opened_after(topics, 24h - 1s) == "head");
    CHECK(opened_after(topics, 24h) == kRichest);
    // It is refused as before, and the next day counts from here.
    (void)topics.refused_by_status(400);
    (void)topics.refused_by_status(400);
    topics.head_received();
    CHECK(opened_after(topics, 47h) == "head");
    CHECK(opened_after(topics, 48h) == kRichest);
}

TEST_CASE("a richer set that is tried again is not the node's fault, until none delivers",
          "[monitor]") {
    TopicNegotiation topics;
    topics.opening(kStart);
    CHECK_FALSE(topics.is_retrial());
    topics = on_head_only();
    CHECK_FALSE(topics.is_retrial());
    const bool is_new_version = GENERATE(false, true);
    if (is_new_version) {
        topics.version_learned("old");
        topics.version_learned("new");
    }
    topics.opening(kStart + (is_new_version ? 1min : 24h));
    const bool delivers = GENERATE(false, true);
    for (int opening = 1; opening <= 3; ++opening) {
        INFO("opening " << opening);
        CHECK(topics.is_retrial());
        if (delivers && opening == 2) {
            topics.head_received();
            break;
        }
        (void)topics.went_silent();
        topics.opening(kStart + 24h + opening * 1min);
    }
    CHECK_FALSE(topics.is_retrial());
}

TEST_CASE("another version of the node starts from the richest set, the same one does not",
          "[monitor]") {
    TopicNegotiation topics = on_head_only();
    topics.version_learned("Lodestar/v1.5.1/2115aa7");
    CHECK(opened_after(topics, 1min) == "head");
    topics.version_learned("Lodestar/v1.5.1/2115aa7");
    topics.version_learned("");
    CHECK(opened_after(topics, 2min) == "head");
    topics.version_learned("Lodestar/v1.50.0/abcdef0");
    CHECK(topics.topics() == "head");
    CHECK(opened_after(topics, 3min) == kRichest);
}

TEST_CASE("behind a proxy for two versions each keeps its set", "[monitor]") {
    TopicNegotiation topics = on_head_only();
    topics.version_learned("old");
    topics.version_learned("new");
    CHECK(opened_after(topics, 1min) == kRichest);
    topics.head_received();
    for (int minute = 2; minute < 20; minute += 2) {
        topics.version_learned("old");
        CHECK(opened_after(topics, minute * 1min) == "head");
        topics.version_learned("new");
        CHECK(opened_after(topics, (minute + 1) * 1min) == kRichest);
    }
    // The day of each counts for itself.
    topics.version_learned("old");
    CHECK(opened_after(topics, 24h) == kRichest);
}

TEST_CASE("of many versions the last four are remembered", "[monitor]") {
    TopicNegotiation topics = on_head_only();
    topics.version_learned("0");
    for (int version = 1; version <= 4; ++version) {
        topics.version_learned(std::to_string(version));
        topics.opening(kStart + version * 1min);
        (void)topics.refused_by_status(400);
        topics.head_received();
    }
    topics.version_learned("1");
    CHECK(opened_after(topics, 10min) == kMiddle);
    topics.version_learned("0");
    CHECK(opened_after(topics, 11min) == kRichest);
}

TEST_CASE("passing a fork starts from the richest set, once", "[monitor]") {
    TopicNegotiation topics = on_head_only();
    topics.epoch_reached(Epoch{99}, Epoch{100});
    CHECK(opened_after(topics, 1min) == "head");
    topics.epoch_reached(Epoch{100}, Epoch{100});
    CHECK(opened_after(topics, 2min) == kRichest);
    (void)topics.refused_by_status(400);
    topics.head_received();
    topics.epoch_reached(Epoch{101}, Epoch{100});
    CHECK(opened_after(topics, 3min) == kMiddle);
}

TEST_CASE("a fork that was passed before headmon came changes nothing", "[monitor]") {
    TopicNegotiation topics = on_head_only();
    topics.epoch_reached(Epoch{500}, Epoch{100});
    CHECK(opened_after(topics, 1min) == "head");
}

TEST_CASE("an optional topic that was malformed is left out at the next opening, for a day",
          "[monitor]") {
    TopicNegotiation topics;
    topics.opening(kStart);
    topics.head_received();
    topics.malformed_optional("block");
    // Not known as optional: nothing is left out.
    topics.malformed_optional("head_v2");
    topics.malformed_optional("nosuch");
    CHECK(opened_after(topics, 1h) == "head_v2,chain_reorg,finalized_checkpoint");
    topics.malformed_optional("chain_reorg");
    topics.malformed_optional("finalized_checkpoint");
    CHECK(opened_after(topics, 2h) == "head_v2");
    CHECK(opened_after(topics, 24h) == kRichest);
}

TEST_CASE("with all optional topics left out head alone is asked for once", "[monitor]") {
    TopicNegotiation topics;
    topics.opening(kStart);
    for (const std::string_view topic : monitor::kOptionalTopics) {
        topics.malformed_optional(topic);
    }
    topics.opening(kStart + 12s);
    CHECK((topics.refused_by_status(400) == Retry::kNow));
    CHECK(topics.topics() == "head");
    CHECK((topics.refused_by_status(400) == Retry::kNone));
}

TEST_CASE("topics of an earlier start are requested first, for the rest of their day",
          "[monitor]") {
    const base::MonoTime now{100h};
    monitor::TopicNegotiation topics;
    topics.remember("Nimbus/v1", updates::TopicSet::kHeadOnly, now - 23h);
    topics.version_learned("Nimbus/v1");
    topics.opening(now);
    CHECK((topics.form() == updates::TopicSet::kHeadOnly));
    topics.opening(now + 1h);
    CHECK((topics.form() == updates::TopicSet::kHeadV2Full));
    CHECK(topics.is_retrial());
}

TEST_CASE("topics of an earlier start are void for another version", "[monitor]") {
    const base::MonoTime now{100h};
    monitor::TopicNegotiation topics;
    topics.remember("Nimbus/v1", updates::TopicSet::kHeadOnly, now);
    topics.opening(now);
    topics.version_learned("Nimbus/v2");
    topics.opening(now + 1s);
    CHECK((topics.form() == updates::TopicSet::kHeadV2Full));
}

}  // namespace topic_negotiation_test
