#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "base/clock.hpp"
#include "history/suspension.hpp"
#include "updates/broadcast.hpp"

namespace history {

/// Which updates of the outbox need not be kept: up to `sequence`, of the outbox of that origin.
struct PassedOn {
    std::uint64_t origin = 0;
    std::uint64_t sequence = 0;
};

/// What is written in one go.
struct Batch {
    /// From 1, in order. One that is written again, because nobody knows how that ended, is told by
    /// it.
    std::uint64_t number = 0;
    /// In the order of the broadcast; none: headmon was watching, and there was nothing.
    std::vector<updates::Message> messages;
    /// When it was put together: until then headmon has watched.
    base::WallTime at;
    /// headmon stops behind it.
    bool is_last = false;
    /// What was not watched before it.
    std::vector<Unwatched> unwatched{};
    /// Until where the outbox has been passed on.
    std::optional<PassedOn> passed_on{};
};

struct BatchLimits {
    std::size_t messages = 2000;
    /// How long a message waits at most for others.
    base::Duration age = std::chrono::milliseconds{250};
    /// With nothing to write for so long an empty batch is written, so that a gap has a beginning.
    base::Duration silence = std::chrono::seconds{10};
};

/// Puts messages together into batches, and keeps each batch until it is written, whatever happens
/// to the writer. Pure state: it is told the time.
class Backlog {
  public:
    /// Gaps that wait to be written; beyond that the last one grows over what was watched between.
    static constexpr std::size_t kUnwatchedMax = 1024;

    /// The first batch may be put together at `begin`, with whatever there is by then: what is
    /// wrong with the database is known at once.
    Backlog(BatchLimits limits, base::MonoTime begin) : limits_{limits}, due_{begin} {}

    void add(updates::Message message, base::MonoTime now);
    /// Once in SuspensionDetector::kInterval, whoever writes, and before `seal`: so that what was
    /// not watched is written with what came behind it.
    void look(base::Instant now, base::Duration asleep);
    /// Goes with the next batch, which it does not hasten: what is passed on twice is known by it.
    void pass_on(PassedOn passed_on) { passed_on_ = passed_on; }
    /// When the next batch is to be written.
    [[nodiscard]] base::MonoTime due() const;
    /// Whether there is room for one more message in the next batch.
    [[nodiscard]] bool has_room() const { return messages_.size() < limits_.messages; }
    [[nodiscard]] bool is_empty() const {
        return messages_.empty() && unwatched_.empty() && !sealed_;
    }
    /// A batch is put together and not written.
    [[nodiscard]] bool is_sealed() const { return sealed_ != nullptr; }

    /// The batch to write: the last one until it is written, else all messages so far.
    [[nodiscard]] std::shared_ptr<const Batch> seal(base::WallTime now, bool is_last = false);
    /// The batch that was sealed is in the database.
    void written(base::MonoTime now);

    /// Whether a run of the monitor is under way, by the messages so far.
    [[nodiscard]] bool is_run_on() const { return is_run_on_; }

  private:
    BatchLimits limits_;
    base::MonoTime due_;
    std::vector<updates::Message> messages_;
    SuspensionDetector suspension_;
    std::vector<Unwatched> unwatched_;
    std::shared_ptr<const Batch> sealed_;
    std::uint64_t number_ = 0;
    bool is_run_on_ = false;
    std::optional<PassedOn> passed_on_;
};

}  // namespace history
