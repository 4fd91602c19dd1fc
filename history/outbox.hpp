#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "history/database.hpp"
#include "updates/status_changes.hpp"

namespace history {

class Rows;

/// The table `outbox`: each update that tells something, as JSON, written with the rows of its
/// batch and kept until whoever passes it on has passed it on. On the write lane's thread; its
/// calls throw SQLite::Exception.
class Outbox {
  public:
    /// `rows` outlives it. Begins an outbox where there is none: with an origin of its own.
    explicit Outbox(Rows& rows);

    void add(const updates::Update& update);
    /// Until `until`, in microseconds since 1970, headmon did not see, or lost, what there was.
    void add_gap(std::int64_t from, std::int64_t until, std::string_view reason,
                 std::uint64_t dropped);
    /// What has been passed on goes. Nothing where the outbox has another origin.
    void remove(std::uint64_t origin, std::uint64_t up_to);

    /// Behind the last one of a batch.
    void finish();

    /// The outbox is over: what waits in it goes, and the next one has another origin.
    static void end(Rows& rows);

  private:
    Rows& rows_;
    updates::StatusChanges changes_;
    std::uint64_t origin_ = 0;
    std::uint64_t newest_ = 0;
};

/// One update that waits to be passed on.
struct OutboxEntry {
    /// From 1; without holes but for what retention has deleted.
    std::uint64_t sequence = 0;
    /// Of updates, or `gap`.
    std::string kind;
    /// The node that it is about.
    std::optional<std::string> node;
    /// JSON.
    std::string body;
};

/// Reads what waits in the outbox.
class OutboxJob final : public Job {
  public:
    struct Limits {
        std::size_t entries = 512;
        /// It ends with the entry that reaches this.
        std::size_t bytes = std::size_t{2} * 1024 * 1024;
    };

    /// What is behind `after`, in order.
    OutboxJob(std::uint64_t after, Limits limits) : Job{"outbox"}, after_{after}, limits_{limits} {}

    void run(Session& session) override;

    /// Once it has run: 0 where there is no outbox yet.
    [[nodiscard]] std::uint64_t origin() const { return origin_; }
    /// The last one that has been passed on.
    [[nodiscard]] std::uint64_t removed() const { return removed_; }
    /// The last one that there is.
    [[nodiscard]] std::uint64_t newest() const { return newest_; }
    [[nodiscard]] std::vector<OutboxEntry> take_entries() { return std::move(entries_); }

  private:
    std::uint64_t after_;
    Limits limits_;
    std::uint64_t origin_ = 0;
    std::uint64_t removed_ = 0;
    std::uint64_t newest_ = 0;
    std::vector<OutboxEntry> entries_;
};

}  // namespace history
