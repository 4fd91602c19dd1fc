#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <stdexcept>
#include <utility>

#include "base/clock.hpp"
#include "base/task.hpp"
#include "history/batch.hpp"
#include "history/database.hpp"
#include "updates/broadcast.hpp"

namespace history {

/// A batch could not be written; it waits in the backlog. The text is for people.
class WriteError : public std::runtime_error {
  public:
    explicit WriteError(Error error)
        : std::runtime_error{to_string(error)}, error_{std::move(error)} {}
    [[nodiscard]] const Error& error() const { return error_; }

  private:
    Error error_;
};

struct WriterCounts {
    std::uint64_t batches = 0;
    std::uint64_t messages = 0;
    std::uint64_t failures = 0;
    /// The last try failed.
    bool is_failing = false;
    /// When the last batch was written; absent before the first one.
    std::optional<base::Instant> last_written;
    /// Of the database then, without its write-ahead log.
    std::uint64_t file_bytes = 0;
};

/// Writes the messages of a queue into the database, batch by batch. Reads never wait for it, nor
/// it for them. Lives on the event loop.
class Writer {
  public:
    /// How long it goes on at its end: until the monitor's run has ended too, and what came is
    /// written.
    static constexpr base::Duration kLastWords = std::chrono::seconds{2};

    /// All of them outlive it; `backlog` keeps what is not written yet for the next writer.
    /// `on_recovery` is called when a batch is written after one that could not be, `on_written`
    /// for each batch that is written.
    Writer(base::Clock& clock, Database& database, updates::Broadcast::Queue& queue,
           Backlog& backlog, WriterCounts& counts, std::function<void()> on_recovery,
           std::function<void()> on_written);

    /// Writes until it is cancelled or the queue ends. Throws WriteError when a batch cannot be
    /// written.
    [[nodiscard]] base::Task<void> run();

  private:
    [[nodiscard]] base::Task<bool> gather(base::MonoTime until);
    [[nodiscard]] base::Task<void> write(bool is_last);
    [[nodiscard]] base::Task<void> write_batches();
    [[nodiscard]] base::Task<void> write_the_rest();

    base::Clock& clock_;
    Database& database_;
    updates::Broadcast::Queue& queue_;
    Backlog& backlog_;
    WriterCounts& counts_;
    std::function<void()> on_recovery_;
    std::function<void()> on_written_;
};

}  // namespace history
