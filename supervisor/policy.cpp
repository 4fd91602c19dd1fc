#include "supervisor/policy.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace supervisor {

namespace {

/// A number from 0 (included) to 1 (not included) that depends on its arguments alone: the
/// finaliser of splitmix64, https://prng.di.unimi.it/splitmix64.c
double spread(std::uint64_t seed, std::uint64_t count) {
    std::uint64_t z = seed + (count + 1) * 0x9e3779b97f4a7c15U;
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
    z ^= z >> 31U;
    return std::ldexp(static_cast<double>(z >> 11U), -53);
}

base::Duration backoff_delay(const Backoff& backoff, const History& history) {
    const auto first = static_cast<double>(backoff.first.count());
    const auto cap = static_cast<double>(backoff.cap.count());
    const double steps = history.failures > 0 ? history.failures - 1.0 : 0.0;
    // Beyond the range of a double this is infinite, and the cap still holds.
    const double whole = std::min(cap, first * std::pow(backoff.factor, steps));
    const double part = 1.0 - backoff.jitter * spread(history.seed, history.failures_ever);
    return base::Duration{static_cast<base::Duration::rep>(whole * part)};
}

base::Duration delay(const Wait& wait, const History& history, base::MonoTime now) {
    struct Visitor {
        const History& history;
        base::MonoTime now;
        base::Duration operator()(const Immediate&) const { return base::Duration::zero(); }
        base::Duration operator()(const FixedDelay& fixed) const { return fixed.delay; }
        base::Duration operator()(const Backoff& backoff) const {
            return backoff_delay(backoff, history);
        }
        base::Duration operator()(const NextTick& tick) const {
            return std::max<base::Duration>(tick.next(now) - now, base::Duration::zero());
        }
    };
    return std::visit(Visitor{history, now}, wait);
}

void forget_old_restarts(const Budget& budget, History& history, base::MonoTime now) {
    const auto is_old = [&](base::MonoTime restart) { return now - restart >= budget.within; };
    std::erase_if(history.restarts, is_old);
}

Decision after_failure(const Policy& policy, History& history, base::MonoTime now) {
    ++history.failures;
    ++history.failures_ever;
    if (policy.budget) {
        forget_old_restarts(*policy.budget, history, now);
        if (history.restarts.size() >= policy.budget->max_restarts) {
            return Stop{.fatal = policy.on_budget_exhausted == OnBudgetExhausted::kFatal,
                        .budget_exhausted = true};
        }
        history.restarts.push_back(now);
    }
    return Restart{delay(policy.after_failure, history, now)};
}

Decision after_completion(const Policy& policy, const History& history, base::MonoTime now) {
    if (policy.after_completion) {
        return Restart{delay(*policy.after_completion, history, now)};
    }
    History first = history;
    first.failures = 1;
    return Restart{delay(policy.after_failure, first, now)};
}

base::Result<void> check(const Wait& wait) {
    if (const auto* fixed = std::get_if<FixedDelay>(&wait)) {
        if (fixed->delay < base::Duration::zero()) {
            return base::Error{base::ErrorCode::kOutOfRange, "delay"};
        }
    } else if (const auto* backoff = std::get_if<Backoff>(&wait)) {
        if (backoff->first <= base::Duration::zero()) {
            return base::Error{base::ErrorCode::kOutOfRange, "first"};
        }
        if (!(backoff->factor >= 1) || !std::isfinite(backoff->factor)) {
            return base::Error{base::ErrorCode::kOutOfRange, "factor"};
        }
        if (backoff->cap < backoff->first) {
            return base::Error{base::ErrorCode::kOutOfRange, "cap"};
        }
        if (!(backoff->jitter >= 0 && backoff->jitter <= 1)) {
            return base::Error{base::ErrorCode::kOutOfRange, "jitter"};
        }
    } else if (const auto* tick = std::get_if<NextTick>(&wait)) {
        if (!tick->next) {
            return base::Error{base::ErrorCode::kOutOfRange, "next_tick"};
        }
    }
    return {};
}

}  // namespace

std::string reason(End end, std::string_view detail) {
    std::string text{to_string(end)};
    if (!detail.empty()) {
        text += ": ";
        text += detail;
    }
    return text;
}

base::Result<OnBudgetExhausted> parse_on_budget_exhausted(std::string_view word) {
    for (const auto action : {OnBudgetExhausted::kFatal, OnBudgetExhausted::kStop}) {
        if (word == to_string(action)) {
            return action;
        }
    }
    return base::Error{base::ErrorCode::kBadValue, "when_spent: neither fatal nor stop"};
}

base::Result<void> check(const Policy& policy) {
    if (auto checked = check(policy.after_failure); !checked) {
        return checked;
    }
    if (policy.after_completion) {
        if (auto checked = check(*policy.after_completion); !checked) {
            return checked;
        }
    }
    if (policy.budget && policy.budget->within <= base::Duration::zero()) {
        return base::Error{base::ErrorCode::kOutOfRange, "within"};
    }
    if (policy.reset_after <= base::Duration::zero()) {
        return base::Error{base::ErrorCode::kOutOfRange, "reset_after"};
    }
    return {};
}

Decided decide(Kind kind, const Policy& policy, const Outcome& outcome, History history,
               base::MonoTime now) {
    const auto stopped = [&](Stop stop) { return Decided{stop, std::move(history)}; };
    if (outcome.end == End::kCancelled) {
        return stopped({});
    }
    if (kind == Kind::kMain && outcome.end == End::kCompleted) {
        return stopped({.is_done = true});
    }
    if (kind != Kind::kRestartable) {
        return stopped({.fatal = true});
    }
    if (outcome.end == End::kTimeout) {
        // What was abandoned still holds its port or file: a second one would fight it for them.
        return stopped({.fatal = policy.on_budget_exhausted == OnBudgetExhausted::kFatal});
    }
    if (now - outcome.started >= policy.reset_after) {
        history.failures = 0;
        history.restarts.clear();
    }
    Decision decision = outcome.end == End::kCompleted ? after_completion(policy, history, now)
                                                       : after_failure(policy, history, now);
    return Decided{std::move(decision), std::move(history)};
}

}  // namespace supervisor
