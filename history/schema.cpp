#include "history/schema.hpp"

#include <SQLiteCpp/Transaction.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/printable.hpp"
#include "history/connection.hpp"

namespace history {
namespace {

// Moments are microseconds since 1970 (UTC), durations nanoseconds. `at` is the moment of the fact
// and the key of its row: where several facts of a table have one moment, the later ones are moved
// by microseconds. docs/history.md describes every column.
constexpr const char* kVersion1 = R"sql(
CREATE TABLE meta (key TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE nodes (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE gaps (at INTEGER PRIMARY KEY, until INTEGER NOT NULL, reason TEXT NOT NULL,
    dropped INTEGER NOT NULL) STRICT;
CREATE TABLE runs (at INTEGER PRIMARY KEY, ended INTEGER, reason TEXT, detail TEXT) STRICT;
CREATE TABLE run_nodes (run INTEGER NOT NULL, node INTEGER NOT NULL,
    PRIMARY KEY (run, node)) STRICT, WITHOUT ROWID;
CREATE TABLE streams (at INTEGER PRIMARY KEY, node INTEGER NOT NULL, opened INTEGER,
    ended INTEGER, reason TEXT, detail TEXT, consecutive_disconnects INTEGER) STRICT;
CREATE INDEX streams_open ON streams (node) WHERE ended IS NULL;
CREATE TABLE blocks (at INTEGER PRIMARY KEY, slot INTEGER NOT NULL, root BLOB NOT NULL,
    parent BLOB, proven INTEGER) STRICT;
CREATE INDEX blocks_by_slot ON blocks (slot);
CREATE TABLE heads (at INTEGER PRIMARY KEY, node INTEGER NOT NULL, block INTEGER NOT NULL,
    flags INTEGER NOT NULL, delay_ns INTEGER, lag_ns INTEGER) STRICT;
CREATE TABLE best_heads (at INTEGER PRIMARY KEY, node INTEGER NOT NULL, block INTEGER NOT NULL,
    source TEXT NOT NULL) STRICT;
CREATE TABLE slots (at INTEGER PRIMARY KEY, slot INTEGER NOT NULL, verdict TEXT NOT NULL,
    first_node INTEGER, block INTEGER, delay_ns INTEGER, deadline_ns INTEGER NOT NULL,
    deadline_assumed INTEGER NOT NULL) STRICT;
CREATE TABLE reorgs (at INTEGER PRIMARY KEY, old_head BLOB NOT NULL, new_head BLOB NOT NULL,
    depth INTEGER NOT NULL, is_depth_exact INTEGER NOT NULL, certainty TEXT NOT NULL,
    reported_by INTEGER) STRICT;
CREATE TABLE finalized (at INTEGER PRIMARY KEY, node INTEGER NOT NULL, epoch INTEGER NOT NULL,
    block BLOB NOT NULL, state BLOB NOT NULL, execution_optimistic INTEGER NOT NULL) STRICT;
CREATE TABLE splits (at INTEGER PRIMARY KEY, is_over INTEGER NOT NULL) STRICT;
CREATE TABLE split_branches (split INTEGER NOT NULL, branch INTEGER NOT NULL, head BLOB NOT NULL,
    slot INTEGER NOT NULL, PRIMARY KEY (split, branch)) STRICT, WITHOUT ROWID;
CREATE TABLE split_nodes (split INTEGER NOT NULL, branch INTEGER NOT NULL, node INTEGER NOT NULL,
    PRIMARY KEY (split, branch, node)) STRICT, WITHOUT ROWID;
CREATE TABLE node_behind (at INTEGER PRIMARY KEY, node INTEGER NOT NULL,
    is_behind INTEGER NOT NULL, slot INTEGER NOT NULL, best_slot INTEGER NOT NULL) STRICT;
CREATE TABLE node_health (at INTEGER PRIMARY KEY, node INTEGER NOT NULL, health TEXT NOT NULL,
    issues TEXT NOT NULL, state TEXT NOT NULL, network_check TEXT NOT NULL,
    topic_set TEXT NOT NULL, version TEXT NOT NULL) STRICT;
CREATE TABLE clock_skew (at INTEGER PRIMARY KEY, level TEXT NOT NULL, offset_ns INTEGER,
    uncertainty_ns INTEGER, kernel_synchronised INTEGER) STRICT;
CREATE TABLE stream_buffered (at INTEGER PRIMARY KEY, node INTEGER NOT NULL,
    is_buffered INTEGER NOT NULL) STRICT;
CREATE TABLE slot_times (at INTEGER PRIMARY KEY, genesis INTEGER NOT NULL,
    slot_duration_ms INTEGER NOT NULL, source TEXT NOT NULL, node INTEGER) STRICT;
CREATE TABLE failed_cycles (at INTEGER PRIMARY KEY, consecutive INTEGER NOT NULL) STRICT;
CREATE TABLE service_ends (at INTEGER PRIMARY KEY, service TEXT NOT NULL, reason TEXT NOT NULL,
    detail TEXT NOT NULL, restart_after_ns INTEGER, fatal INTEGER NOT NULL,
    consecutive_failures INTEGER NOT NULL) STRICT;
CREATE TABLE service_health (at INTEGER PRIMARY KEY, service TEXT NOT NULL, health TEXT NOT NULL,
    detail TEXT NOT NULL) STRICT;
CREATE TRIGGER runs_end AFTER DELETE ON runs BEGIN
    DELETE FROM run_nodes WHERE run = old.at;
END;
CREATE TRIGGER splits_end AFTER DELETE ON splits BEGIN
    DELETE FROM split_branches WHERE split = old.at;
    DELETE FROM split_nodes WHERE split = old.at;
END;
)sql";

// One node's latest heads, without a look at all of them; 128 is kLateHead.
constexpr const char* kVersion2 = R"sql(
CREATE INDEX heads_late ON heads (node, delay_ns) WHERE flags & 128;
)sql";

// What is not passed on yet.
constexpr const char* kVersion3 = R"sql(
CREATE TABLE outbox (sequence INTEGER PRIMARY KEY, at INTEGER NOT NULL,
    kind TEXT NOT NULL, node TEXT, body TEXT NOT NULL) STRICT;
CREATE INDEX outbox_by_moment ON outbox (at);
)sql";

constexpr std::array kMigrations{Migration{kVersion1}, Migration{kVersion2}, Migration{kVersion3}};

// Not among them: `slot_times`, which has a row for each change, and what hangs on a row of `runs`
// or `splits` and goes with it.
constexpr std::array kDatedTables{
    DatedTable{"heads"},           DatedTable{"blocks"},        DatedTable{"slots"},
    DatedTable{"best_heads"},      DatedTable{"node_health"},   DatedTable{"clock_skew"},
    DatedTable{"finalized"},       DatedTable{"node_behind"},   DatedTable{"streams", "ended"},
    DatedTable{"runs", "ended"},   DatedTable{"gaps", "until"}, DatedTable{"reorgs"},
    DatedTable{"stream_buffered"}, DatedTable{"failed_cycles"}, DatedTable{"service_ends"},
    DatedTable{"service_health"},  DatedTable{"splits"},        DatedTable{"outbox"},
};

std::int64_t pragma(Connection& connection, const char* sql) {
    return connection.database().execAndGet(sql).getInt64();
}

[[noreturn]] void refuse(const Connection& connection, ErrorCode code, const std::string& text) {
    throw DatabaseFailure{Error{code, base::printable(connection.path(), 400) + ": " + text}};
}

/// The version of the schema; 0 of an empty file.
std::int64_t read_version(Connection& connection, std::size_t ours) {
    const auto version = pragma(connection, "PRAGMA user_version");
    const auto application = pragma(connection, "PRAGMA application_id");
    const auto tables = pragma(connection, "SELECT count(*) FROM sqlite_schema");
    if (application != kApplicationId && (tables > 0 || application != 0)) {
        refuse(connection, ErrorCode::kDamaged, "is another program's database; give another path");
    }
    if (version > static_cast<std::int64_t>(ours)) {
        refuse(connection, ErrorCode::kNewerSchema,
               "a later headmon has written it (schema " + std::to_string(version) + ", ours " +
                   std::to_string(ours) + "); run that one, or move the file away for a new one");
    }
    return version;
}

}  // namespace

std::span<const Migration> migrations() {
    return kMigrations;
}

std::span<const DatedTable> dated_tables() {
    return kDatedTables;
}

void migrate(Connection& connection, std::span<const Migration> steps) {
    SQLite::Database& database = connection.database();
    auto version = read_version(connection, steps.size());
    if (version == 0) {
        // Both have to come before the first table. Pages that retention frees go back to the file
        // system a few at a time.
        database.exec("PRAGMA auto_vacuum = INCREMENTAL");
        database.exec("PRAGMA application_id = " + std::to_string(kApplicationId));
    }
    database.exec("PRAGMA journal_mode = WAL");
    for (; version < static_cast<std::int64_t>(steps.size()); ++version) {
        SQLite::Transaction step{database, SQLite::TransactionBehavior::IMMEDIATE};
        database.exec(steps[static_cast<std::size_t>(version)].sql);
        database.exec("PRAGMA user_version = " + std::to_string(version + 1));
        step.commit();
    }
}

void require_our_schema(Connection& connection) {
    const auto ours = migrations().size();
    const std::int64_t version = read_version(connection, ours);
    if (version < static_cast<std::int64_t>(ours)) {
        refuse(connection, ErrorCode::kFailed,
               std::string{version == 0 ? "has no history in it yet"
                                        : "an earlier headmon has written it"} +
                   "; let headmon run with it once");
    }
}

}  // namespace history
