#include "monitor/node/circuit_breaker.hpp"

#include <catch2/catch.hpp>

#include "updates/node_status.hpp"

using namespace std::chrono_literals;
using monitor::CircuitBreaker;
using State = updates::BreakerState;

namespace {

constexpr base::MonoTime kNow{1h};

/// A slot in which every question that may be asked fails; answers how many there were of five.
int failed_slot(CircuitBreaker& breaker) {
    breaker.on_tick();
    int asked = 0;
    for (int i = 0; i < 5; ++i) {
        if (breaker.try_request(kNow)) {
            ++asked;
            breaker.failed();
        }
    }
    return asked;
}

}  // namespace

TEST_CASE("after three failed slots one probe a slot is sent instead of five questions",
          "[monitor]") {
    CircuitBreaker breaker;
    CHECK(failed_slot(breaker) == 5);
    CHECK(failed_slot(breaker) == 5);
    CHECK(failed_slot(breaker) == 5);
    for (int slot = 0; slot < 10; ++slot) {
        CHECK(failed_slot(breaker) == 1);
        CHECK((breaker.state(kNow) == State::kOpen));
    }
}

TEST_CASE("a probe that is answered closes the breaker within the same slot", "[monitor]") {
    CircuitBreaker breaker;
    for (int slot = 0; slot < 5; ++slot) {
        (void)failed_slot(breaker);
    }
    breaker.on_tick();
    CHECK((breaker.state(kNow) == State::kHalfOpen));
    CHECK(breaker.try_request(kNow));
    CHECK_FALSE(breaker.try_request(kNow));
    breaker.succeeded();
    CHECK((breaker.state(kNow) == State::kClosed));
    CHECK(breaker.try_request(kNow));
    CHECK(breaker.try_request(kNow));
    // The count starts anew.
    CHECK(failed_slot(breaker) == 5);
    CHECK(failed_slot(breaker) == 5);
    CHECK(failed_slot(breaker) == 5);
    CHECK(failed_slot(breaker) == 1);
}

TEST_CASE("a slot with one answer among failures has not failed", "[monitor]") {
    CircuitBreaker breaker;
    for (int slot = 0; slot < 10; ++slot) {
        breaker.on_tick();
        breaker.failed();
        breaker.succeeded();
        breaker.failed();
    }
    breaker.on_tick();
    CHECK((breaker.state(kNow) == State::kClosed));
}

TEST_CASE("a failure after an answer in the same slot fails no slot", "[monitor]") {
    CircuitBreaker breaker{1};
    breaker.on_tick();
    breaker.succeeded();
    breaker.failed();
    breaker.on_tick();
    CHECK((breaker.state(kNow) == State::kClosed));
    breaker.failed();
    breaker.on_tick();
    CHECK((breaker.state(kNow) == State::kHalfOpen));
}

TEST_CASE("a slot without a question neither counts nor starts the count anew", "[monitor]") {
    CircuitBreaker breaker;
    (void)failed_slot(breaker);
    (void)failed_slot(breaker);
    breaker.on_tick();
    CHECK(failed_slot(breaker) == 5);
    breaker.on_tick();
    CHECK((breaker.state(kNow) == State::kHalfOpen));
}

TEST_CASE("a probe whose answer never comes does not hold the next one", "[monitor]") {
    CircuitBreaker breaker;
    for (int slot = 0; slot < 3; ++slot) {
        (void)failed_slot(breaker);
    }
    breaker.on_tick();
    CHECK(breaker.try_request(kNow));
    breaker.on_tick();
    CHECK(breaker.try_request(kNow));
}

TEST_CASE("Retry-After is obeyed in every state, and the breaker says so", "[monitor]") {
    CircuitBreaker breaker;
    breaker.on_tick();
    CHECK_FALSE(breaker.time_left(kNow));
    breaker.retry_after(30s, kNow);
    CHECK((breaker.state(kNow) == State::kRetryAfter));
    CHECK((breaker.time_left(kNow + 10s) == 20s));
    CHECK_FALSE(breaker.may_request(kNow));
    CHECK_FALSE(breaker.try_request(kNow));
    CHECK_FALSE(breaker.try_request(kNow + 30s - 1ns));
    CHECK((breaker.state(kNow + 30s) == State::kClosed));
    CHECK_FALSE(breaker.time_left(kNow + 30s));
    CHECK(breaker.try_request(kNow + 30s));

    // A shorter one does not shorten it, and a probe is not spent while waiting.
    CircuitBreaker open;
    for (int slot = 0; slot < 3; ++slot) {
        (void)failed_slot(open);
    }
    open.on_tick();
    open.retry_after(30s, kNow);
    open.retry_after(-5s, kNow);
    CHECK((open.state(kNow + 29s) == State::kRetryAfter));
    CHECK_FALSE(open.try_request(kNow + 29s));
    CHECK((open.state(kNow + 30s) == State::kHalfOpen));
    CHECK(open.try_request(kNow + 30s));
}
