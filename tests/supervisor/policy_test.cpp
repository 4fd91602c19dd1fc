#include "supervisor/policy.hpp"

#include <limits>

#include <catch2/catch.hpp>

using namespace std::chrono_literals;
using supervisor::Backoff;
using supervisor::Decided;
using supervisor::End;
using supervisor::History;
using supervisor::Kind;
using supervisor::OnBudgetExhausted;
using supervisor::Outcome;
using supervisor::Policy;
using supervisor::Restart;
using supervisor::Stop;

namespace {

const base::MonoTime kStart{1h};

/// A service whose runs are told how long they were; the waits between them count.
struct Life {
    Policy policy;
    Kind kind = Kind::kRestartable;
    History history = {};
    base::MonoTime now = kStart;

    supervisor::Decision ends(End end, base::Duration after_run = 0s) {
        Outcome outcome;
        outcome.end = end;
        outcome.detail = end == End::kFailed ? "broken" : "";
        outcome.started = now;
        now += after_run;
        auto [decision, next] = supervisor::decide(kind, policy, outcome, history, now);
        history = std::move(next);
        if (const auto* restart = std::get_if<Restart>(&decision)) {
            now += restart->after;
        }
        return decision;
    }

    base::Duration wait_after(End end, base::Duration after_run = 0s) {
        const auto decision = ends(end, after_run);
        const auto* restart = std::get_if<Restart>(&decision);
        return restart != nullptr ? restart->after : base::Duration{-1s};
    }
};

Policy without_jitter() {
    Policy policy;
    policy.after_failure = Backoff{1s, 2, 30s, 0};
    return policy;
}

Policy with_budget(std::uint32_t max_restarts, base::Duration within) {
    Policy policy;
    policy.after_failure = supervisor::Immediate{};
    policy.budget = supervisor::Budget{max_restarts, within};
    return policy;
}

}  // namespace

TEST_CASE("backoff doubles from one second to its cap and stays there for ever", "[supervisor]") {
    Life life{without_jitter()};
    for (const auto expected : {1s, 2s, 4s, 8s, 16s, 30s, 30s}) {
        CHECK((life.wait_after(End::kFailed) == expected));
    }
    for (int i = 0; i < 2000; ++i) {
        REQUIRE((life.wait_after(End::kFailed) == 30s));
    }
}

TEST_CASE("the default policy is backoff of one second, factor two, cap thirty seconds, for ever",
          "[supervisor]") {
    const Policy policy;
    CHECK(supervisor::to_string(policy) ==
          "after a failure: 1s, factor 2, cap 30s, jitter 10%; after a clean end: as after a first "
          "failure; no budget");
    CHECK(supervisor::check(policy).has_value());
}

TEST_CASE("jitter shortens a wait by at most its part and repeats with its seed", "[supervisor]") {
    const auto waits = [](std::uint64_t seed) {
        Life life{without_jitter()};
        std::get<Backoff>(life.policy.after_failure).jitter = 0.25;
        life.history.seed = seed;
        std::vector<base::Duration> all(500);
        for (base::Duration& wait : all) {
            wait = life.wait_after(End::kFailed);
        }
        return all;
    };
    const auto all = waits(7);
    CHECK((all == waits(7)));
    CHECK((all != waits(8)));
    CHECK((all[0] <= 1s));
    CHECK((all[0] >= 750ms));
    base::Duration least = 1h;
    base::Duration most = 0s;
    for (std::size_t i = 5; i < all.size(); ++i) {
        least = std::min(least, all[i]);
        most = std::max(most, all[i]);
    }
    CHECK((least >= 22500ms));
    CHECK((most <= 30s));
    // The whole range is used.
    CHECK((least < 23s));
    CHECK((most > 29500ms));
}

TEST_CASE("an immediate restart waits for nothing and a fixed delay is always the same",
          "[supervisor]") {
    Life life;
    life.policy.after_failure = supervisor::Immediate{};
    CHECK((life.wait_after(End::kFailed) == 0s));
    CHECK((life.wait_after(End::kUnhealthy) == 0s));
    life.policy.after_failure = supervisor::FixedDelay{3s};
    CHECK((life.wait_after(End::kFailed) == 3s));
    CHECK((life.wait_after(End::kFailed) == 3s));
}

TEST_CASE("a restart at the next tick waits exactly until it", "[supervisor]") {
    Life life;
    const auto next = [](base::MonoTime now) { return kStart + ((now - kStart) / 12s + 1) * 12s; };
    life.policy.after_failure = supervisor::NextTick{next};
    CHECK((life.wait_after(End::kFailed, 5s) == 7s));
    CHECK((life.wait_after(End::kFailed) == 12s));
    CHECK((life.wait_after(End::kFailed, 11999ms) == 1ms));
}

TEST_CASE("a cadence that names the past gives no negative wait", "[supervisor]") {
    Life life;
    life.policy.after_failure = supervisor::NextTick{[](base::MonoTime) { return kStart - 1s; }};
    CHECK((life.wait_after(End::kFailed) == 0s));
}

TEST_CASE("a clean end is not counted and has its own wait", "[supervisor]") {
    Life life{without_jitter()};
    life.policy.after_completion = supervisor::FixedDelay{100ms};
    life.policy.budget = supervisor::Budget{3, 1h};
    CHECK((life.wait_after(End::kFailed) == 1s));
    for (int i = 0; i < 100; ++i) {
        REQUIRE((life.wait_after(End::kCompleted) == 100ms));
    }
    CHECK((life.wait_after(End::kFailed) == 2s));
    CHECK((life.wait_after(End::kFailed) == 4s));
    CHECK(std::holds_alternative<Stop>(life.ends(End::kFailed)));
}

TEST_CASE("a clean end without a wait of its own waits as after a first failure", "[supervisor]") {
    Life life{without_jitter()};
    CHECK((life.wait_after(End::kCompleted) == 1s));
    CHECK((life.wait_after(End::kFailed) == 1s));
    CHECK((life.wait_after(End::kFailed) == 2s));
    CHECK((life.wait_after(End::kCompleted) == 1s));
    CHECK((life.wait_after(End::kFailed) == 4s));
}

TEST_CASE("an unhealthy end counts like a failure", "[supervisor]") {
    Life life{without_jitter()};
    CHECK((life.wait_after(End::kUnhealthy) == 1s));
    CHECK((life.wait_after(End::kFailed) == 2s));
    CHECK((life.wait_after(End::kUnhealthy) == 4s));
}

TEST_CASE("a budget allows exactly its number of restarts and then ends the program",
          "[supervisor]") {
    Life life{with_budget(2, 60s)};
    CHECK((life.wait_after(End::kFailed, 1s) == 0s));
    CHECK((life.wait_after(End::kFailed, 1s) == 0s));
    const auto last = life.ends(End::kFailed, 1s);
    REQUIRE(std::holds_alternative<Stop>(last));
    CHECK(std::get<Stop>(last).fatal);
    CHECK(std::get<Stop>(last).budget_exhausted);
}

TEST_CASE("a spent budget leaves the service stopped when the config says so", "[supervisor]") {
    Life life{with_budget(1, 60s)};
    life.policy.on_budget_exhausted = OnBudgetExhausted::kStop;
    CHECK((life.wait_after(End::kFailed, 1s) == 0s));
    const auto last = life.ends(End::kFailed, 1s);
    REQUIRE(std::holds_alternative<Stop>(last));
    CHECK_FALSE(std::get<Stop>(last).fatal);
}

TEST_CASE("a budget of no restarts is spent by the first failure", "[supervisor]") {
    Life life{with_budget(0, 60s)};
    CHECK(std::holds_alternative<Restart>(life.ends(End::kCompleted)));
    CHECK(std::holds_alternative<Stop>(life.ends(End::kFailed)));
}

TEST_CASE("a restart that is exactly as old as the window counts no more", "[supervisor]") {
    // Restarts at 0 s and 10 s; a third failure just before, or at, 60 s.
    Life before{with_budget(2, 60s)};
    CHECK((before.wait_after(End::kFailed) == 0s));
    CHECK((before.wait_after(End::kFailed, 10s) == 0s));
    CHECK(std::holds_alternative<Stop>(before.ends(End::kFailed, 50s - 1ns)));
    Life at{with_budget(2, 60s)};
    CHECK((at.wait_after(End::kFailed) == 0s));
    CHECK((at.wait_after(End::kFailed, 10s) == 0s));
    CHECK((at.wait_after(End::kFailed, 50s) == 0s));
    // The window slides: the next place is free at 70 s, and not before.
    Life copy = at;
    CHECK(std::holds_alternative<Stop>(copy.ends(End::kFailed, 10s - 1ns)));
    CHECK((at.wait_after(End::kFailed, 10s) == 0s));
}

TEST_CASE("a run of reset_after gives a full budget and the first delay again", "[supervisor]") {
    Life life{without_jitter()};
    life.policy.budget = supervisor::Budget{3, 24h};
    CHECK((life.wait_after(End::kFailed) == 1s));
    CHECK((life.wait_after(End::kFailed) == 2s));
    Life almost = life;
    CHECK((almost.wait_after(End::kFailed, 300s - 1ns) == 4s));
    CHECK(std::holds_alternative<Stop>(almost.ends(End::kFailed)));
    CHECK((life.wait_after(End::kFailed, 300s) == 1s));
    CHECK((life.wait_after(End::kFailed) == 2s));
    CHECK((life.wait_after(End::kFailed) == 4s));
    CHECK(std::holds_alternative<Stop>(life.ends(End::kFailed)));
}

TEST_CASE("a good run that ends cleanly clears the past as well", "[supervisor]") {
    Life life{without_jitter()};
    CHECK((life.wait_after(End::kFailed) == 1s));
    CHECK((life.wait_after(End::kFailed) == 2s));
    CHECK((life.wait_after(End::kCompleted, 300s) == 1s));
    CHECK((life.wait_after(End::kFailed) == 1s));
}

TEST_CASE("the time between runs is no run: a long wait clears nothing", "[supervisor]") {
    Life life{without_jitter()};
    life.policy.after_failure = Backoff{200s, 2, 1h, 0};
    CHECK((life.wait_after(End::kFailed) == 200s));
    CHECK((life.wait_after(End::kFailed) == 400s));
    CHECK((life.wait_after(End::kFailed) == 800s));
}

TEST_CASE("every end of a critical service but its cancellation is fatal", "[supervisor]") {
    for (const auto end : {End::kCompleted, End::kFailed, End::kUnhealthy, End::kTimeout}) {
        Life life{without_jitter(), Kind::kCritical};
        const auto decision = life.ends(end, 1h);
        REQUIRE(std::holds_alternative<Stop>(decision));
        CHECK(std::get<Stop>(decision).fatal);
    }
    Life life{without_jitter(), Kind::kCritical};
    const auto decision = life.ends(End::kCancelled);
    REQUIRE(std::holds_alternative<Stop>(decision));
    CHECK_FALSE(std::get<Stop>(decision).fatal);
}

TEST_CASE("a main service that completes has done the program's work and any other end is fatal",
          "[supervisor]") {
    Life done{without_jitter(), Kind::kMain};
    const auto decision = done.ends(End::kCompleted);
    REQUIRE(std::holds_alternative<Stop>(decision));
    CHECK(std::get<Stop>(decision).is_done);
    CHECK_FALSE(std::get<Stop>(decision).fatal);
    for (const auto end : {End::kFailed, End::kUnhealthy, End::kTimeout, End::kCancelled}) {
        Life life{without_jitter(), Kind::kMain};
        const auto other = life.ends(end);
        REQUIRE(std::holds_alternative<Stop>(other));
        CHECK_FALSE(std::get<Stop>(other).is_done);
        CHECK(std::get<Stop>(other).fatal == (end != End::kCancelled));
    }
}

TEST_CASE("a cancelled service stays ended and harms nobody", "[supervisor]") {
    Life life{without_jitter()};
    const auto decision = life.ends(End::kCancelled);
    REQUIRE(std::holds_alternative<Stop>(decision));
    CHECK_FALSE(std::get<Stop>(decision).fatal);
    CHECK_FALSE(std::get<Stop>(decision).budget_exhausted);
}

TEST_CASE("what was abandoned is not replaced, as if its budget were spent", "[supervisor]") {
    for (const auto when_spent : {OnBudgetExhausted::kFatal, OnBudgetExhausted::kStop}) {
        Life life{without_jitter()};
        life.policy.on_budget_exhausted = when_spent;
        const auto decision = life.ends(End::kTimeout);
        REQUIRE(std::holds_alternative<Stop>(decision));
        CHECK(std::get<Stop>(decision).fatal == (when_spent == OnBudgetExhausted::kFatal));
    }
}

TEST_CASE("the history of a budget never grows beyond it", "[supervisor]") {
    Life life{with_budget(5, 10s)};
    for (int i = 0; i < 1000; ++i) {
        REQUIRE((life.wait_after(End::kFailed, 2s) == 0s));
        REQUIRE(life.history.restarts.size() <= 5);
    }
    Life unlimited{without_jitter()};
    for (int i = 0; i < 1000; ++i) {
        unlimited.ends(End::kFailed);
    }
    CHECK(unlimited.history.restarts.empty());
}

TEST_CASE("each end has its stable name and the detail stands behind it", "[supervisor]") {
    CHECK(supervisor::to_string(End::kCompleted) == "completed");
    CHECK(supervisor::to_string(End::kFailed) == "failed");
    CHECK(supervisor::to_string(End::kCancelled) == "cancelled");
    CHECK(supervisor::to_string(End::kUnhealthy) == "unhealthy");
    CHECK(supervisor::to_string(End::kTimeout) == "timeout");
    CHECK(supervisor::reason(End::kCompleted, "") == "completed");
    CHECK(supervisor::reason(End::kFailed, "address in use") == "failed: address in use");
}

TEST_CASE("a policy whose numbers make no sense is refused by the field's name", "[supervisor]") {
    const auto refused = [](const Policy& policy) {
        const auto checked = supervisor::check(policy);
        return checked ? std::string{"accepted"} : checked.error().detail;
    };
    Policy policy;
    policy.after_failure = Backoff{0s, 2, 30s, 0};
    CHECK(refused(policy) == "first");
    policy.after_failure = Backoff{1s, 0.5, 30s, 0};
    CHECK(refused(policy) == "factor");
    policy.after_failure = Backoff{1s, std::numeric_limits<double>::quiet_NaN(), 30s, 0};
    CHECK(refused(policy) == "factor");
    policy.after_failure = Backoff{1s, 2, 500ms, 0};
    CHECK(refused(policy) == "cap");
    policy.after_failure = Backoff{1s, 2, 30s, 1.5};
    CHECK(refused(policy) == "jitter");
    policy.after_failure = supervisor::FixedDelay{-1s};
    CHECK(refused(policy) == "delay");
    policy.after_failure = supervisor::NextTick{};
    CHECK(refused(policy) == "next_tick");
    policy = Policy{};
    policy.after_completion = supervisor::FixedDelay{-1s};
    CHECK(refused(policy) == "delay");
    policy = with_budget(1, 0s);
    CHECK(refused(policy) == "within");
    policy = Policy{};
    policy.reset_after = 0s;
    CHECK(refused(policy) == "reset_after");
    CHECK(refused(Policy{}) == "accepted");
}

TEST_CASE("the config words for a spent budget are read and others are refused", "[supervisor]") {
    CHECK((supervisor::parse_on_budget_exhausted("fatal").value() == OnBudgetExhausted::kFatal));
    CHECK((supervisor::parse_on_budget_exhausted("stop").value() == OnBudgetExhausted::kStop));
    CHECK_FALSE(supervisor::parse_on_budget_exhausted("").has_value());
    CHECK_FALSE(supervisor::parse_on_budget_exhausted("Fatal").has_value());
}

TEST_CASE("durations print in the largest unit that they reach", "[supervisor]") {
    CHECK(supervisor::to_string(base::Duration{0s}) == "0s");
    CHECK(supervisor::to_string(base::Duration{100ms}) == "100ms");
    CHECK(supervisor::to_string(base::Duration{1500ms}) == "1.5s");
    CHECK(supervisor::to_string(base::Duration{300s}) == "5min");
    CHECK(supervisor::to_string(base::Duration{7ns}) == "7ns");
}
