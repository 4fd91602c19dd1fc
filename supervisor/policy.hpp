#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace supervisor {

/// How a run of a service ended. Logs, updates and metric labels use the same word for it.
enum class End : std::uint8_t {
    /// `run()` returned.
    kCompleted,
    /// `run()` or the factory threw.
    kFailed,
    /// Its parent ended it: the program stops, or the tree around it ends.
    kCancelled,
    /// Its health check failed as often in a row as its threshold allows.
    kUnhealthy,
    /// It was cancelled and did not end within the limit; it is abandoned: it runs on, and nobody
    /// waits for it.
    kTimeout,
};

/// The stable name: `completed`, `failed`, `cancelled`, `unhealthy`, `timeout`.
[[nodiscard]] std::string_view to_string(End end);

/// One run of a service that is over.
struct Outcome {
    End end = End::kCompleted;
    /// For people; fit to be printed; may be empty.
    std::string detail;
    /// When the run began: the moment the factory was called.
    base::MonoTime started;
};

/// The stable name and, behind a colon, the detail: `failed: address in use`.
[[nodiscard]] std::string reason(End end, std::string_view detail);

/// Whether the program can do without a service for a while.
enum class Kind : std::uint8_t {
    /// Its end, however it ends, is the end of the program.
    kCritical,
    /// What the program is run for: when it completes, the program has done its work and stops with
    /// exit code 0. Any other end is fatal, as that of a critical service.
    kMain,
    /// It is started again; nobody else ends.
    kRestartable,
};

[[nodiscard]] std::string_view to_string(Kind kind);

/// No wait at all.
struct Immediate {};

/// Always the same wait.
struct FixedDelay {
    base::Duration delay{};
};

/// `first`, then each wait `factor` times the one before, never more than `cap`; of each wait a
/// random part of at most `jitter` is taken away, so that services that failed together do not
/// come back together and no wait is longer than the cap.
struct Backoff {
    base::Duration first = std::chrono::seconds{1};
    /// At least 1.
    double factor = 2;
    base::Duration cap = std::chrono::seconds{30};
    /// From 0 (none) to 1.
    double jitter = 0.1;
};

/// Until the next tick of a cadence.
struct NextTick {
    /// The first tick after the moment given.
    std::function<base::MonoTime(base::MonoTime)> next;
};

/// How long a service stays down before it is started again.
using Wait = std::variant<Immediate, FixedDelay, Backoff, NextTick>;

/// What happens when a service has used up its budget of restarts.
enum class OnBudgetExhausted : std::uint8_t {
    /// The end of the program.
    kFatal,
    /// The service stays stopped; the program goes on, degraded.
    kStop,
};

[[nodiscard]] std::string_view to_string(OnBudgetExhausted action);

/// Reads the config's `when_spent`: "fatal" or "stop". Fails with kBadValue.
[[nodiscard]] base::Result<OnBudgetExhausted> parse_on_budget_exhausted(std::string_view word);

/// At most `max_restarts` restarts within any time span of length `within`. A restart counts from
/// the moment it was decided on; one that is exactly `within` old counts no more.
struct Budget {
    std::uint32_t max_restarts = 5;
    base::Duration within = std::chrono::minutes{1};
};

/// When and how often a service is started again. The default: after 1 s, 2 s, 4 s … 30 s with
/// jitter, for ever.
struct Policy {
    Wait after_failure = Backoff{};
    /// After a clean end; by default as after a first failure.
    std::optional<Wait> after_completion;
    /// None: restarted for ever.
    std::optional<Budget> budget;
    /// A run of at least this length was a good one: what failed before it is forgotten.
    base::Duration reset_after = std::chrono::seconds{300};
    OnBudgetExhausted on_budget_exhausted = OnBudgetExhausted::kFatal;
};

/// Whether the numbers of a policy make sense. Fails with kOutOfRange; the detail names the field.
[[nodiscard]] base::Result<void> check(const Policy& policy);

/// What of a service's past decides on its next restart.
struct History {
    /// Makes the jitter of two services differ, and that of one repeatable.
    std::uint64_t seed = 0;
    /// Failures since the service was new or had a good run.
    std::uint32_t failures = 0;
    /// Failures since the program started.
    std::uint64_t failures_ever = 0;
    /// When restarts that still count against the budget were decided on, oldest first.
    std::vector<base::MonoTime> restarts;
};

/// Start a fresh instance after a wait.
struct Restart {
    base::Duration after{};
};

/// Leave it ended.
struct Stop {
    /// The program ends with it.
    bool fatal = false;
    /// The program's work is done: a main service has completed.
    bool is_done = false;
    /// There would have been a restart, had the budget allowed it.
    bool budget_exhausted = false;
};

using Decision = std::variant<Restart, Stop>;

/// A decision, and the history to hand in at the next one.
struct Decided {
    Decision decision;
    History history;
};

/// What happens after a run that ended just `now`. Pure; docs/supervision.md has it as a table.
[[nodiscard]] Decided decide(Kind kind, const Policy& policy, const Outcome& outcome,
                             History history, base::MonoTime now);

/// `100ms`, `1.5s`, `5min`: for logs.
[[nodiscard]] std::string to_string(base::Duration duration);
/// "next tick", "1s, factor 2, cap 30s, jitter 10%": for logs.
[[nodiscard]] std::string to_string(const Wait& wait);
/// The whole policy in one line, for the log at start.
[[nodiscard]] std::string to_string(const Policy& policy);

}  // namespace supervisor
