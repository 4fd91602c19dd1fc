#include <catch2/catch.hpp>

#include "tests/check/looks.hpp"
#include "chain/slot.hpp"

using namespace tests;
using check::Grade;

TEST_CASE("a node that nobody reaches is told once, with its reason", "[cli]") {
    const auto verdict = judged(unreachable_node());
    REQUIRE(findings(verdict.findings) == Words{"unreachable:unusable"});
    CHECK(verdict.findings[0].problem ==
          "it accepts no connection (connect_failed: Connection refused)");
    CHECK(verdict.findings[0].advice.find("start the beacon node") == 0);
}

TEST_CASE("a status says what to do", "[cli]") {
    struct Case {
        int status;
        std::string_view advice;
    };
    const auto [status, advice] = GENERATE(values<Case>({
        {401, "check the key"},
        {403, "check the key"},
        {404, "check the URL: it ends before /eth/v1, a path prefix belongs to it"},
        {429, "raise the node's or the provider's limit"},
        {502, "start the node, look at its log, and at the upstream of any proxy"},
    }));
    auto look =
        failed_node({base::ErrorCode::kHttpStatus, "status " + std::to_string(status)},
                    {updates::StreamEndReason::kHttpStatus, "status " + std::to_string(status), status});
    look.exchanges = {exchange()};
    const auto verdict = judged(look);
    REQUIRE(findings(verdict.findings) == Words{"rest_failed:unusable"});
    CHECK(verdict.findings[0].problem.find("(status " + std::to_string(status) + ")") !=
          std::string::npos);
    CHECK(verdict.findings[0].advice.find(advice) == 0);
}

TEST_CASE("a node whose stream works and whose REST does not is degraded", "[cli]") {
    auto look = failed_node({base::ErrorCode::kDeadline, "no complete answer within 5000 ms"}, {});
    look.forms[0].answer = FormLook::Answer::kAccepted;
    CHECK(findings(judged(look).findings) == Words{"rest_failed:degraded"});
}

TEST_CASE("each REST answer that is missing is told by itself", "[cli]") {
    const base::Error gone{base::ErrorCode::kHttpStatus, "status 404"};
    NodeLook look = good_node();
    SECTION("the version changes no verdict") {
        look.version.said = gone;
        CHECK(findings(judged(look).findings) == Words{"version_unknown:good"});
        CHECK((judged(look).grade == Grade::kGood));
    }
    SECTION("the sync state") {
        look.syncing.said = gone;
        CHECK(findings(judged(look).findings) == Words{"sync_unknown:degraded"});
    }
    SECTION("the head") {
        look.head.said = gone;
        CHECK(findings(judged(look).findings) == Words{"head_unknown:degraded"});
    }
    SECTION("the genesis") {
        look.genesis.said = gone;
        CHECK(findings(judged(look).findings) == Words{"network_unknown:degraded"});
    }
    SECTION("the spec") {
        look.spec.said = gone;
        CHECK(findings(judged(look).findings) == Words{"network_unknown:degraded"});
    }
}

TEST_CASE("a chain that cannot be is a wrong one", "[cli]") {
    NodeLook look = good_node();
    look.spec.said->slot_duration = 20ms;
    CHECK(findings(judged(look).findings) == Words{"wrong_network:unusable"});
}

TEST_CASE("syncing, an offline execution client and optimism are told as the node says", "[cli]") {
    NodeLook look = good_node();
    SECTION("syncing, however old its head is") {
        look.syncing.said->is_syncing = true;
        look.syncing.said->sync_distance = 500;
        look.head.said->slot = chain::Slot{kNow - 500};
        const auto verdict = judged(look);
        CHECK(findings(verdict.findings) == Words{"syncing:unusable"});
        CHECK(verdict.findings[0].problem == "it is syncing, 500 slots behind");
    }
    SECTION("the execution client") {
        look.syncing.said->el_offline = true;
        CHECK(findings(judged(look).findings) == Words{"el_offline:degraded"});
    }
    SECTION("optimistic by its sync state, worst first") {
        look.syncing.said->el_offline = true;
        look.syncing.said->is_optimistic = true;
        CHECK(findings(judged(look).findings) ==
              Words{"optimistic:unusable", "el_offline:degraded"});
    }
    SECTION("optimistic by its head") {
        look.head.said->execution_optimistic = true;
        CHECK(findings(judged(look).findings) == Words{"optimistic:unusable"});
    }
}

TEST_CASE("the age of a head counts in slots of the clock", "[cli]") {
    struct Case {
        std::int64_t age;
        Words said;
    };
    const auto [age, said] = GENERATE(values<Case>({
        {0, {}},
        {1, {}},
        {3, {}},
        {4, {"head_old:degraded"}},
        {31, {"head_old:degraded"}},
        {32, {"head_stale:unusable"}},
        {-1, {}},
        {-2, {"head_in_future:degraded"}},
    }));
    NodeLook look = good_node();
    look.head.said->slot =
        chain::Slot{static_cast<std::uint64_t>(static_cast<std::int64_t>(kNow) - age)};
    const auto verdict = judged(look);
    CHECK(findings(verdict.findings) == said);
    CHECK((verdict.head_age == age));
}

TEST_CASE("a slot number beyond all time is a head in the future", "[cli]") {
    NodeLook look = good_node();
    look.head.said->slot = chain::Slot{~std::uint64_t{0}};
    CHECK(findings(judged(look).findings) == Words{"head_in_future:degraded"});
}

TEST_CASE("before genesis nothing is expected of head and stream", "[cli]") {
    NodeLook look = good_node();
    look.head_at.wall = kGenesis - 60s;
    look.head.said->slot = chain::Slot{0};
    is_silent(look);
    const auto verdict = judged(look);
    CHECK(findings(verdict.findings) == Words{"before_genesis:good"});
    CHECK_FALSE((verdict.head_age.has_value()));
}

TEST_CASE("any form of topics is good, and head alone is good to know", "[cli]") {
    NodeLook look = good_node();
    look.forms[0].answer = FormLook::Answer::kRefused;
    look.forms[1].answer = FormLook::Answer::kAccepted;
    CHECK(findings(judged(look).findings) == Words{});
    look.forms[1].answer = FormLook::Answer::kRefused;
    look.forms[2].answer = FormLook::Answer::kAccepted;
    CHECK(findings(judged(look).findings) == Words{"head_only:good"});
    look.forms[2].answer = FormLook::Answer::kRefused;
    CHECK(findings(judged(look).findings) == Words{"topics_refused:unusable"});
}

TEST_CASE("a stream that fails makes a node unusable, with its reason", "[cli]") {
    NodeLook look = good_node();
    look.forms[0].answer = FormLook::Answer::kFailed;
    look.forms[0].end = {updates::StreamEndReason::kHttpStatus, "status 404", 404};
    const auto verdict = judged(look);
    REQUIRE(findings(verdict.findings) == Words{"stream_failed:unusable"});
    CHECK(verdict.findings[0].problem ==
          "asked for its event stream, it does not know the path (status 404)");
}

TEST_CASE("no answer of a stream means what the client's habits make of it", "[cli]") {
    NodeLook look = good_node();
    set_all(look, FormLook::Answer::kWaiting);
    SECTION("a client that answers at once is held back by something") {
        const auto verdict = judged(look);
        REQUIRE(findings(verdict.findings) == Words{"stream_no_answer:degraded"});
        CHECK(verdict.findings[0].advice.find("proxy_buffering off") != std::string::npos);
    }
    SECTION("so is one that is not known") {
        look.version.said = std::string{"Other/1"};
        CHECK(findings(judged(look).findings) == Words{"stream_no_answer:degraded"});
    }
    SECTION("a client that waits for its first event cannot be known yet") {
        look.version.said = std::string{"Lodestar/v1.5.1/2115aa7"};
        const auto verdict = judged(look);
        REQUIRE(findings(verdict.findings) == Words{"topics_unknown:good"});
        CHECK(verdict.findings[0].advice.find("--wait") != std::string::npos);
        look.forms[0].answer = FormLook::Answer::kRefused;
        CHECK(findings(judged(look).findings) == Words{"topics_unknown:good"});
    }
}

TEST_CASE("headers that come late are held back, unless the client sends them late", "[cli]") {
    NodeLook look = good_node();
    look.forms[0].opened_after = 1s;
    CHECK(findings(judged(look).findings) == Words{});
    look.forms[0].opened_after = 1001ms;
    CHECK(findings(judged(look).findings) == Words{"headers_late:degraded"});
    look.version.said = std::string{"Lodestar/v1.5.1/2115aa7"};
    CHECK(findings(judged(look).findings) == Words{});
}

TEST_CASE("a wait for heads tells a stream that works from one that is silent", "[cli]") {
    NodeLook look = good_node();
    SECTION("a head came on a lower form than the one that was accepted") {
        look.waited = 24s;
        look.forms[2].answer = FormLook::Answer::kDelivered;
        CHECK(findings(judged(look).findings) == Words{"head_only:good"});
        CHECK((look.working_form() == &look.forms[2]));
    }
    SECTION("none came, and the node's own head moved") {
        const auto answer = GENERATE(FormLook::Answer::kWaiting, FormLook::Answer::kAccepted);
        is_silent(look, answer);
        look.head_after_wait->value().root.bytes[0] = 1;
        CHECK(findings(judged(look).findings) == Words{"stream_silent:unusable"});
    }
    SECTION("none came, and the node's own head did not move") {
        const auto answer = GENERATE(FormLook::Answer::kWaiting, FormLook::Answer::kAccepted);
        is_silent(look, answer);
        CHECK(findings(judged(look).findings) == Words{"no_head_seen:degraded"});
    }
    SECTION("none came, and the node does not say its head any more") {
        is_silent(look);
        look.head_after_wait = base::Error{base::ErrorCode::kDeadline, ""};
        CHECK(findings(judged(look).findings) == Words{"no_head_seen:degraded"});
    }
}
