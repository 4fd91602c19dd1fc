#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>

#include "base/clock.hpp"
#include "base/task.hpp"
#include "history/database.hpp"
#include "history/permits.hpp"

namespace history {

/// How much is kept: what is older, or more, goes, the oldest first.
struct RetentionLimits {
    std::chrono::hours age = std::chrono::days{90};
    std::uint64_t bytes = std::uint64_t{2} * 1024 * 1024 * 1024;

    friend bool operator==(const RetentionLimits&, const RetentionLimits&) = default;
};

/// Deletes some of what is too old or too much, and gives some free pages back to the file system:
/// one short step of many.
class RetentionJob final : public Job {
  public:
    /// A step begins nothing new behind this.
    static constexpr std::chrono::milliseconds kStepTime{20};

    RetentionJob(RetentionLimits limits, base::WallTime now)
        : Job{"retention"}, limits_{limits}, now_{now} {}

    void run(Session& session) override;

    /// Once it has run: nothing is left to do.
    [[nodiscard]] bool is_done() const { return is_done_; }
    [[nodiscard]] std::uint64_t deleted() const { return deleted_; }

  private:
    RetentionLimits limits_;
    base::WallTime now_;
    bool is_done_ = false;
    std::uint64_t deleted_ = 0;
};

struct RetentionCounts {
    std::uint64_t steps = 0;
    std::uint64_t rows_deleted = 0;
    /// Steps that failed.
    std::uint64_t failures = 0;
};

/// Keeps the history within its limits: looks every ten minutes, and then deletes step by step with
/// pauses, so that neither reads nor writes wait for long. What fails is tried again ten minutes
/// later, and does not end who writes. Lives on the event loop.
class Retention {
  public:
    static constexpr base::Duration kFirst = std::chrono::minutes{1};
    static constexpr base::Duration kInterval = std::chrono::minutes{10};
    static constexpr base::Duration kPause = std::chrono::milliseconds{250};

    /// Is called when a step has failed.
    using OnFailure = std::function<void(const Error& error)>;

    /// All of them outlive it.
    Retention(base::Clock& clock, Database& database, Permits& permits, RetentionLimits limits,
              RetentionCounts& counts, OnFailure on_failure);

    /// Runs until it is cancelled.
    [[nodiscard]] base::Task<void> run();

  private:
    [[nodiscard]] base::Task<void> delete_all();

    base::Clock& clock_;
    Database& database_;
    Permits& permits_;
    RetentionLimits limits_;
    RetentionCounts& counts_;
    OnFailure on_failure_;
};

}  // namespace history
