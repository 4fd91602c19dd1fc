#include "history/outbox.hpp"

#include <random>
#include <utility>

#include "base/time_text.hpp"
#include "history/moment.hpp"
#include "history/rows.hpp"
#include "history/session.hpp"
#include "updates/json.hpp"
#include "updates/json_writer.hpp"
#include "updates/kind.hpp"

namespace history {
namespace {

constexpr const char* kGetMeta = "SELECT value FROM meta WHERE key = ?1";
constexpr const char* kSetMeta =
    "INSERT INTO meta (key, value) VALUES (?1, ?2) "
    "ON CONFLICT (key) DO UPDATE SET value = excluded.value";
constexpr std::string_view kOrigin = "outbox_origin";
constexpr std::string_view kRemoved = "outbox_removed";
/// So that a sequence is never used again, also when nothing waits.
constexpr std::string_view kNewest = "outbox_newest";

std::uint64_t draw_origin() {
    // Drawn with the machine's own randomness: no two histories begin with the same one. Not 0,
    // which is none.
    std::random_device random;
    return (std::uint64_t{random()} << 32U | random()) | 1U;
}

}  // namespace

Outbox::Outbox(Rows& rows) : rows_{rows} {
    if (const auto origin = rows_.find(kGetMeta, kOrigin)) {
        origin_ = static_cast<std::uint64_t>(*origin);
        newest_ = static_cast<std::uint64_t>(rows_.find(kGetMeta, kNewest).value_or(0));
        return;
    }
    origin_ = draw_origin();
    rows_.run(kSetMeta, kOrigin, origin_);
    rows_.run(kSetMeta, kRemoved, 0);
    rows_.run(kSetMeta, kNewest, 0);
}

void Outbox::finish() {
    rows_.run(kSetMeta, kNewest, newest_);
}

void Outbox::add(const updates::Update& update) {
    if (!changes_.is_news(update)) {
        return;
    }
    const auto node = updates::node_of(update.fact);
    rows_.run("INSERT INTO outbox (sequence, at, kind, node, body) VALUES (?, ?, ?, ?, ?)",
              ++newest_, to_micros(update.at.wall), to_string(updates::kind_of(update.fact)),
              node ? std::optional<std::string_view>{node->name()} : std::nullopt,
              updates::to_json(update));
}

void Outbox::add_gap(std::int64_t from, std::int64_t until, std::string_view reason,
                     std::uint64_t dropped) {
    std::string body;
    {
        updates::JsonWriter out{body};
        out.begin_object();
        out.text("update", "gap");
        out.text("at", base::to_rfc3339(from_micros(until)));
        out.null("at_monotonic_seconds");
        out.text("from", base::to_rfc3339(from_micros(from)));
        out.text("reason", reason);
        out.count("dropped", dropped);
        out.end_object();
    }
    rows_.run("INSERT INTO outbox (sequence, at, kind, body) VALUES (?, ?, 'gap', ?)", ++newest_,
              until, body);
}

void Outbox::remove(std::uint64_t origin, std::uint64_t up_to) {
    if (origin != origin_) {
        return;
    }
    rows_.run("DELETE FROM outbox WHERE sequence <= ?", up_to);
    rows_.run(kSetMeta, kRemoved, up_to);
}

void Outbox::end(Rows& rows) {
    if (rows.find(kGetMeta, kOrigin)) {
        rows.run("DELETE FROM outbox");
        rows.run("DELETE FROM meta WHERE key IN (?1, ?2, ?3)", kOrigin, kRemoved, kNewest);
    }
}

void OutboxJob::run(Session& session) {
    entries_.clear();
    Rows rows{session.connection()};
    origin_ = static_cast<std::uint64_t>(rows.find(kGetMeta, kOrigin).value_or(0));
    removed_ = static_cast<std::uint64_t>(rows.find(kGetMeta, kRemoved).value_or(0));
    newest_ = static_cast<std::uint64_t>(rows.find(kGetMeta, kNewest).value_or(0));
    SQLite::Statement& waiting = session.connection().prepare(
        "SELECT sequence, kind, node, body FROM outbox WHERE sequence > ?1 "
        "ORDER BY sequence LIMIT ?2");
    waiting.bind(1, static_cast<std::int64_t>(after_));
    waiting.bind(2, static_cast<std::int64_t>(limits_.entries));
    std::size_t bytes = 0;
    while (bytes < limits_.bytes && waiting.executeStep()) {
        OutboxEntry entry{static_cast<std::uint64_t>(waiting.getColumn(0).getInt64()),
                          waiting.getColumn(1).getString(), std::nullopt,
                          waiting.getColumn(3).getString()};
        if (!waiting.isColumnNull(2)) {
            entry.node = waiting.getColumn(2).getString();
        }
        bytes += entry.body.size();
        entries_.push_back(std::move(entry));
    }
    waiting.reset();
}

}  // namespace history
