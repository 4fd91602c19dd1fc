#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/task.hpp"
#include "history/error.hpp"

namespace history {

/// The database as a job has it: history/session.hpp.
class Session;

/// Something that is done with the database, on a thread that may block. Whoever waits for it and
/// the thread that does it share it.
class Job {
  public:
    /// `kind` is a literal, for logs: "summary".
    explicit Job(std::string_view kind) : kind_{kind} {}
    Job(const Job&) = delete;
    Job& operator=(const Job&) = delete;
    virtual ~Job() = default;

    [[nodiscard]] std::string_view kind() const { return kind_; }

    /// Called on a thread of the database, one call at a time; the waiter reads what it has made
    /// once the call is over. What it throws is the waiter's error.
    virtual void run(Session& session) = 0;
    /// Lets go what it holds of the database, on a thread of it, and never during a run: a run that
    /// has not begun by then finds the job interrupted.
    virtual void release() {}

    /// Nobody waits for it any more: the thread stops its query. Any thread.
    void interrupt() { interrupted_.store(true, std::memory_order_relaxed); }
    /// The program ends: what need not be done is interrupted. Any thread.
    virtual void wind_up() { interrupt(); }
    [[nodiscard]] bool is_interrupted() const {
        return interrupted_.load(std::memory_order_relaxed);
    }
    /// For who looks often.
    [[nodiscard]] const std::atomic<bool>& interrupted() const { return interrupted_; }
    /// Held by the thread that runs or releases it: whoever was cancelled releases it while the
    /// thread of its run may still be at work.
    [[nodiscard]] std::mutex& in_use() { return in_use_; }

  private:
    std::string_view kind_;
    std::atomic<bool> interrupted_{false};
    std::mutex in_use_;
};

/// A job that answers piece by piece. Its first run sets it up; each run makes one piece.
class StreamJob : public Job {
  public:
    using Job::Job;

    /// The piece that the last run has made; nothing: that was the end.
    [[nodiscard]] virtual std::optional<std::string> take() = 0;
};

/// Which threads do a job, so that no kind of work waits for another.
enum class Lane : std::uint8_t {
    /// Short reads: a thread for each permit.
    kRead,
    /// A thread for each stream.
    kStream,
    /// One thread: batches and maintenance, in order.
    kWrite,
};

/// A database that blocks, as the event loop sees it: the seam at which tests hold it.
class Database {
  public:
    Database() = default;
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;
    virtual ~Database() = default;

    /// Runs `job` and returns when the thread is back. When this is cancelled, it ends at once with
    /// operation_aborted, and the thread goes on alone with the job, which the caller interrupts if
    /// it is to stop.
    [[nodiscard]] virtual base::Task<Result<void>> run(Lane lane, std::shared_ptr<Job> job) = 0;
    /// Calls `job->release()` on a thread of `lane`, once no run of it is under way, without a wait
    /// here. `job` is interrupted.
    virtual void release(Lane lane, std::shared_ptr<Job> job) = 0;
};

}  // namespace history
