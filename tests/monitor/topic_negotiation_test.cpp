#include "monitor/node/topic_negotiation.hpp"

#include <catch2/catch.hpp>

#include "chain/slot.hpp"
#include "updates/node_status.hpp"

using namespace std::chrono_literals;
using chain::Epoch;
using monitor::TopicNegotiation;
using updates::StreamEndReason;
using updates::TopicSet;
using Retry = monitor::TopicNegotiation::Retry;

namespace {

constexpr base::MonoTime kStart{1h};
constexpr const char* kRichest = "head_v2,block,chain_reorg,finalized_checkpoint";
constexpr const char* kMiddle = "head,block,chain_reorg,finalized_checkpoint";

/// A node that delivers heads for `head` alone, and has been found out.
TopicNegotiation on_head_only() {
    TopicNegotiation forms;
    forms.opening(kStart);
    (void)forms.refused_by_status(400);
    (void)forms.refused_by_status(400);
    forms.head_received();
    return forms;
}

}  // namespace

TEST_CASE("each form is one comma-separated list, the richest first", "[monitor]") {
    TopicNegotiation forms;
    forms.opening(kStart);
    CHECK(forms.topics() == kRichest);
    (void)forms.refused_by_status(400);
    CHECK(forms.topics() == kMiddle);
    (void)forms.refused_by_status(400);
    CHECK(forms.topics() == "head");
}

TEST_CASE("a 400 asks for the next form at once, with at most three requests an opening",
          "[monitor]") {
    TopicNegotiation forms;
    for (int opening = 0; opening < 3; ++opening) {
        forms.opening(kStart + opening * 12s);
        CHECK(forms.topics() == kRichest);
        int requests = 1;
        while (forms.refused_by_status(400) == Retry::kNow) {
            ++requests;
        }
        CHECK(requests == 3);
    }
}

TEST_CASE("a 400 on the last form is no refusal of topics, as is any other status", "[monitor]") {
    TopicNegotiation forms;
    forms.opening(kStart);
    for (const int status : {401, 404, 405, 429, 500, 502, 503, 301}) {
        CHECK((forms.refused_by_status(status) == Retry::kNone));
        CHECK(forms.topics() == kRichest);
    }
    CHECK((forms.refused_by_status(400) == Retry::kNow));
    CHECK((forms.refused_by_status(400) == Retry::kNow));
    CHECK((forms.refused_by_status(400) == Retry::kNone));
}

TEST_CASE("a 200 that ends without an event refuses the form for the next opening", "[monitor]") {
    for (const StreamEndReason reason : {StreamEndReason::kEof, StreamEndReason::kEmptyBody}) {
        TopicNegotiation forms;
        forms.opening(kStart);
        CHECK((forms.ended(reason) == Retry::kAtNextOpening));
        forms.opening(kStart + 12s);
        CHECK(forms.topics() == kMiddle);
        CHECK((forms.ended(reason) == Retry::kAtNextOpening));
        forms.opening(kStart + 24s);
        CHECK(forms.topics() == "head");
        CHECK((forms.ended(reason) == Retry::kNone));
    }
}

TEST_CASE("a stream that ends for another reason, or after an event, refuses nothing",
          "[monitor]") {
    for (const StreamEndReason reason : updates::kAllStreamEndReasons) {
        TopicNegotiation forms;
        forms.opening(kStart);
        if (reason == StreamEndReason::kEof || reason == StreamEndReason::kEmptyBody) {
            forms.event_received();
        }
        CHECK((forms.ended(reason) == Retry::kNone));
        forms.opening(kStart + 12s);
        CHECK(forms.topics() == kRichest);
    }
}

TEST_CASE("silence while the node's head moves refuses a form that never delivered a head",
          "[monitor]") {
    TopicNegotiation forms;
    forms.opening(kStart);
    // Blocks without heads: the node has left out the topic that it does not know.
    forms.event_received();
    CHECK((forms.went_silent() == Retry::kAtNextOpening));
    forms.opening(kStart + 24s);
    CHECK(forms.topics() == kMiddle);
    CHECK((forms.went_silent() == Retry::kAtNextOpening));
    forms.opening(kStart + 48s);
    CHECK(forms.topics() == "head");
    forms.head_received();
    CHECK((forms.went_silent() == Retry::kNone));
    forms.opening(kStart + 72s);
    CHECK(forms.topics() == "head");
}

TEST_CASE("a form that has delivered is refused by a 400 only", "[monitor]") {
    TopicNegotiation forms;
    forms.opening(kStart);
    forms.head_received();
    CHECK((forms.went_silent() == Retry::kNone));
    forms.opening(kStart + 12s);
    CHECK((forms.ended(StreamEndReason::kEof) == Retry::kNone));
    forms.opening(kStart + 24s);
    CHECK(forms.topics() == kRichest);
    CHECK((forms.refused_by_status(400) == Retry::kNow));
    CHECK(forms.topics() == kMiddle);
}

TEST_CASE("when no form works the next opening begins with the richest again", "[monitor]") {
    TopicNegotiation forms;
    forms.opening(kStart);
    (void)forms.went_silent();
    forms.opening(kStart + 24s);
    (void)forms.went_silent();
    forms.opening(kStart + 48s);
    CHECK((forms.went_silent() == Retry::kNone));
    forms.opening(kStart + 72s);
    CHECK(forms.topics() == kRichest);
}

TEST_CASE("a lower form that delivered is kept for a day, then the richest is tried again",
          "[monitor]") {
    TopicNegotiation forms = on_head_only();
    forms.opening(kStart + 24h - 1s);
    CHECK(forms.topics() == "head");
    forms.opening(kStart + 24h);
    CHECK(forms.topics() == kRichest);
    // It is refused as before, and the next day counts from here.
    (void)forms.refused_by_status(400);
    (void)forms.refused_by_status(400);
    forms.head_received();
    forms.opening(kStart + 47h);
    CHECK(forms.topics() == "head");
    forms.opening(kStart + 48h);
    CHECK(forms.topics() == kRichest);
}

TEST_CASE("another version of the node starts from the richest form, the same one does not",
          "[monitor]") {
    TopicNegotiation forms = on_head_only();
    forms.version_learned("Lodestar/v1.5.1/2115aa7");
    forms.opening(kStart + 1min);
    CHECK(forms.topics() == "head");
    forms.version_learned("Lodestar/v1.5.1/2115aa7");
    forms.version_learned("");
    forms.opening(kStart + 2min);
    CHECK(forms.topics() == "head");
    forms.version_learned("Lodestar/v1.50.0/abcdef0");
    CHECK(forms.topics() == "head");
    forms.opening(kStart + 3min);
    CHECK(forms.topics() == kRichest);
}

TEST_CASE("passing a fork starts from the richest form, once", "[monitor]") {
    TopicNegotiation forms = on_head_only();
    forms.epoch_reached(Epoch{99}, Epoch{100});
    forms.opening(kStart + 1min);
    CHECK(forms.topics() == "head");
    forms.epoch_reached(Epoch{100}, Epoch{100});
    forms.opening(kStart + 2min);
    CHECK(forms.topics() == kRichest);
    (void)forms.refused_by_status(400);
    forms.head_received();
    forms.epoch_reached(Epoch{101}, Epoch{100});
    forms.opening(kStart + 3min);
    CHECK(forms.topics() == kMiddle);
}

TEST_CASE("a fork that was passed before headmon came changes nothing", "[monitor]") {
    TopicNegotiation forms = on_head_only();
    forms.epoch_reached(Epoch{500}, Epoch{100});
    forms.opening(kStart + 1min);
    CHECK(forms.topics() == "head");
}

TEST_CASE("an optional topic that was malformed is left out at the next opening, for a day",
          "[monitor]") {
    TopicNegotiation forms;
    forms.opening(kStart);
    forms.head_received();
    forms.malformed_optional("block");
    // Not known as optional: the stream ends for it, and nothing is left out.
    forms.malformed_optional("head_v2");
    forms.malformed_optional("nosuch");
    forms.opening(kStart + 1h);
    CHECK(forms.topics() == "head_v2,chain_reorg,finalized_checkpoint");
    forms.malformed_optional("chain_reorg");
    forms.malformed_optional("finalized_checkpoint");
    forms.opening(kStart + 2h);
    CHECK(forms.topics() == "head_v2");
    forms.opening(kStart + 24h);
    CHECK(forms.topics() == kRichest);
}

TEST_CASE("with all optional topics left out head alone is asked for once", "[monitor]") {
    TopicNegotiation forms;
    forms.opening(kStart);
    for (const std::string_view topic : monitor::kOptionalTopics) {
        forms.malformed_optional(topic);
    }
    forms.opening(kStart + 12s);
    CHECK((forms.refused_by_status(400) == Retry::kNow));
    CHECK(forms.topics() == "head");
    CHECK((forms.refused_by_status(400) == Retry::kNone));
}
