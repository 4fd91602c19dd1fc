// What a node sends on its stream, and how it ends it: what follows from that for the stream.
#include <algorithm>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <catch2/catch.hpp>

#include "monitor/head_monitor.hpp"
#include "tests/monitor/head_monitor_fixture.hpp"
#include "tests/monitor/on_chain_fixture.hpp"
#include "updates/update.hpp"

using chain::Slot;
using tests::HeadMonitorFixture;
using updates::StreamEndReason;
using updates::StreamState;
using Names = std::vector<std::string>;
using Slots = std::vector<std::uint64_t>;
using namespace std::chrono_literals;

namespace {

const base::Result<beacon_api::ChainEvent> kMalformed{
    base::Error{base::ErrorCode::kMissingField, "slot"}};

base::Result<beacon_api::ChainEvent> other(const std::string& topic, const std::string& data) {
    return beacon_api::ChainEvent{beacon_api::OtherEvent{topic, data}};
}

}  // namespace

TEST_CASE("an event that cannot be trusted ends its stream", "[monitor]") {
    HeadMonitorFixture steps{"alpha", "beta"};
    steps.opens("alpha").opens("beta").reports_head(Slot{8}).opens("alpha").forget();
    StreamEndReason reason = StreamEndReason::kMalformed;
    SECTION("a malformed head") {
        steps.sends("head_v2", kMalformed);
    }
    SECTION("a head that decodes to something else") {
        steps.sends("head_v2", other("head_v2", "{}"));
    }
    SECTION("an event named error") {
        reason = StreamEndReason::kErrorEvent;
        steps.sends("error", other("error", "\x1b[2J too slow"));
        CHECK(steps.last<updates::StreamEnded>().detail == "\\x1b[2J too slow");
    }
    CHECK(steps.closed() == Names{"alpha"});
    REQUIRE(steps.published<updates::StreamEnded>().size() == 1);
    CHECK(steps.last<updates::StreamEnded>().reason == reason);
    CHECK(steps.state("beta") == StreamState::kOpen);
    steps.forget().ends("alpha").reports_head("alpha", tests::head(9, 9));
    CHECK(steps.actions().empty());
}

TEST_CASE("an event that nobody asked for is counted, and nothing follows from it", "[monitor]") {
    HeadMonitorFixture steps{"alpha"};
    steps.opens("alpha").reports_head(Slot{8}).forget();
    std::string type;
    SECTION("a head of the other version") {
        type = "head";
        steps.sends("head", beacon_api::ChainEvent{tests::head(9, 9)});
    }
    SECTION("a topic, malformed or not") {
        type = "attestation";
        steps.sends("attestation", kMalformed);
    }
    SECTION("a keep-alive that is an event") {
        type = "ping";
        steps.sends("ping", other("ping", "2026-01-01"));
    }
    SECTION("a type of the node's own, in its own words") {
        type = "another type";
        steps.sends("key\x1b[2J", other("key", ""));
    }
    CHECK(steps.actions().empty());
    CHECK(steps.state("alpha") == StreamState::kOpen);
    steps.tick_after(12s);
    CHECK(tests::status_of(steps, "alpha").ignored == 1);
    CHECK(tests::status_of(steps, "alpha").last_ignored == type);
    CHECK(steps.reports_head("alpha", tests::head(9, 9)).best_slots() == Slots{9});
}

TEST_CASE("a head_v2 that cannot be decoded asks for head at the next opening", "[monitor]") {
    HeadMonitorFixture steps{"alpha"};
    steps.opens("alpha").reports_head(Slot{8}).sends("head_v2", kMalformed);
    steps.forget().tick_after(12s);
    const auto opening = std::find_if(steps.actions().begin(), steps.actions().end(), [](auto& a) {
        return std::holds_alternative<monitor::OpenStream>(a);
    });
    REQUIRE(opening != steps.actions().end());
    CHECK(std::get<monitor::OpenStream>(*opening).topics ==
          "head,block,chain_reorg,finalized_checkpoint");
    steps.opens("alpha").sends("head", beacon_api::ChainEvent{tests::head(9, 9)});
    CHECK(steps.best_slots() == Slots{9});
}

TEST_CASE("a Retry-After counts with 429 and 503", "[monitor]") {
    const auto wait = [&](int status, std::optional<base::Duration> asked) {
        http::TransferError error{http::FailureReason::kHttpStatus, "status", status};
        error.retry_after = asked;
        return monitor::stream_end_of(error).retry_after;
    };
    for (const int status : {429, 503}) {
        CHECK((wait(status, 60s) == 60s));
        CHECK_FALSE(wait(status, std::nullopt).has_value());
    }
    for (const int status : {400, 404, 500, 502, 504}) {
        CHECK_FALSE(wait(status, 60s).has_value());
    }
}

TEST_CASE("a node that asks to wait is opened no sooner, in this run and in the next",
          "[monitor]") {
    HeadMonitorFixture steps{"alpha"};
    const auto ends_with = [&](std::optional<base::Duration> retry_after) {
        monitor::StreamEnd end{StreamEndReason::kHttpStatus, "status 429", 429, retry_after};
        steps.ends("alpha", end).forget();
    };
    ends_with(60s);
    CHECK(steps.tick_after(48s).opened().empty());
    REQUIRE(tests::status_of(steps, "alpha").retry_at.has_value());
    CHECK(steps.next_run({"alpha"}).opened().empty());
    CHECK(steps.tick_after(12s).opened() == Names{"alpha"});
    CHECK_FALSE(tests::status_of(steps, "alpha").retry_at.has_value());
    SECTION("not at all") {
        ends_with({});
        CHECK(steps.tick_after(12s).opened() == Names{"alpha"});
    }
    SECTION("for a day, which is 32 slots") {
        ends_with(24h);
        CHECK(steps.tick_after(31 * 12s).opened().empty());
        CHECK(steps.tick_after(12s).opened() == Names{"alpha"});
    }
    SECTION("until a date that is over") {
        ends_with(0s);
        CHECK(steps.tick_after(12s).opened() == Names{"alpha"});
    }
}

TEST_CASE("what a node says in an error is bounded and printable", "[monitor]") {
    HeadMonitorFixture steps{"alpha"};
    const std::string flood(100'000, '\n');
    steps.opens("alpha").sends("error", other("error", flood));
    const std::string detail = steps.last<updates::StreamEnded>().detail;
    CHECK(detail.size() <= 1000);
    CHECK(detail.find('\n') == std::string::npos);
}

TEST_CASE("a malformed event of an optional topic is counted and not asked for again",
          "[monitor]") {
    HeadMonitorFixture steps{"alpha"};
    steps.opens("alpha").sends("block", kMalformed).sends("block", kMalformed);
    CHECK(steps.state("alpha") == StreamState::kOpen);
    CHECK(steps.reports_head(Slot{4}).best_slots() == Slots{4});
    steps.forget().ends("alpha").tick_after(12s);
    const auto& reopened = steps.actions()[1];
    REQUIRE(std::holds_alternative<monitor::OpenStream>(reopened));
    CHECK(std::get<monitor::OpenStream>(reopened).topics ==
          "head_v2,chain_reorg,finalized_checkpoint");
    steps.opens("alpha").sends("block", kMalformed);
    CHECK(steps.state("alpha") == StreamState::kOpen);
    steps.stops(updates::RunEndReason::kClosed);
    const monitor::PersistentState state = std::move(steps.machine()).take_state();
    CHECK(state.upstreams.at(updates::NodeId{"alpha"}).status({}).malformed == 2);
    CHECK(state.upstreams.at(updates::NodeId{"alpha"}).status({}).ignored == 1);
}
