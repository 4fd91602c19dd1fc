#include "monitor/node/rest_queue.hpp"

#include <catch2/catch.hpp>

#include "updates/node_status.hpp"

namespace rest_queue_test {

using namespace std::chrono_literals;
using monitor::RestAnswer;
using monitor::RestQueue;
using Kind = monitor::RestRequest::Kind;
using State = updates::BreakerState;

namespace {

constexpr base::MonoTime kNow{1h};
constexpr base::Duration kSlot = 12s;

RestAnswer answered(int status, std::optional<base::Duration> retry_after = std::nullopt) {
    beacon_api::Exchange exchange;
    exchange.status = status;
    exchange.retry_after = retry_after;
    RestAnswer answer{RestAnswer::Value{std::string{"x"}}, {exchange}};
    if (status != 200) {
        answer.result = base::Error{base::ErrorCode::kHttpStatus, std::to_string(status)};
    }
    return answer;
}

/// A slot's questions, each answered with 200 unless it is `broken`; answers what was asked.
std::vector<Kind> play_slot(RestQueue& queue, Kind broken) {
    queue.on_tick();
    for (const Kind kind : {Kind::kVersion, Kind::kSyncing, Kind::kHead}) {
        queue.enqueue({kind, {}});
    }
    std::vector<Kind> asked;
    while (const auto request = queue.next(kNow)) {
        asked.push_back(request->kind);
        queue.answered(answered(request->kind == broken ? 500 : 200), kNow, kSlot);
    }
    return asked;
}

}  // namespace

TEST_CASE("Retry-After counts on a 429 and a 503 alone", "[monitor]") {
    for (const int status : {200, 301, 400, 403, 404, 429, 500, 502, 503}) {
        INFO(status);
        RestQueue queue;
        queue.enqueue({Kind::kVersion, {}});
        REQUIRE(queue.next(kNow));
        queue.answered(answered(status, 60s), kNow, kSlot);
        const bool counts = status == 429 || status == 503;
        CHECK((queue.breaker(kNow) == (counts ? State::kRetryAfter : State::kClosed)));
        CHECK((queue.time_left(kNow) ==
               (counts ? std::optional<base::Duration>{60s} : std::nullopt)));
        CHECK(queue.may_request(kNow) == !counts);
    }
}

TEST_CASE("no Retry-After keeps requests away for more than 32 slots", "[monitor]") {
    for (const base::Duration slot : {base::Duration{12s}, base::Duration{500ms}}) {
        RestQueue queue;
        queue.enqueue({Kind::kVersion, {}});
        REQUIRE(queue.next(kNow));
        queue.answered(answered(429, 24h), kNow, slot);
        CHECK((queue.breaker(kNow + 32 * slot - 1ns) == State::kRetryAfter));
        CHECK((queue.breaker(kNow + 32 * slot) == State::kClosed));
    }
}

TEST_CASE("one endpoint that never answers keeps no other question away", "[monitor]") {
    for (const Kind broken : {Kind::kVersion, Kind::kSyncing, Kind::kHead}) {
        RestQueue queue;
        (void)play_slot(queue, broken);
        for (int slot = 0; slot < 10; ++slot) {
            const auto asked = play_slot(queue, broken);
            REQUIRE(asked.size() == 3);
            CHECK((asked.back() == broken));
            CHECK((queue.breaker(kNow) == State::kClosed));
        }
        // It is as good as the others once it answers.
        (void)play_slot(queue, Kind::kHeader);
        CHECK((play_slot(queue, Kind::kHeader).front() == Kind::kVersion));
    }
}

}  // namespace rest_queue_test
