#include "history/row_kinds.hpp"

#include <algorithm>
#include <cassert>

#include "base/time_text.hpp"
#include "chain/root.hpp"
#include "history/connection.hpp"
#include "history/moment.hpp"

namespace history {
namespace {

std::optional<chain::Root> root_of(const SQLite::Column& value) {
    chain::Root root;
    if (value.getBytes() != static_cast<int>(root.bytes.size())) {
        return std::nullopt;
    }
    const auto* const bytes = static_cast<const std::uint8_t*>(value.getBlob());
    std::copy_n(bytes, root.bytes.size(), root.bytes.begin());
    return root;
}

void write_json(updates::JsonWriter& out, const Column& column, const SQLite::Column& value) {
    if (value.isNull()) {
        out.null(column.name);
        return;
    }
    switch (column.form) {
        case Form::kMoment:
            out.text(column.name, base::to_rfc3339(from_micros(value.getInt64())));
            break;
        case Form::kSeconds:
            out.seconds(column.name, base::Duration{value.getInt64()});
            break;
        case Form::kFlag:
            out.flag(column.name, value.getInt64() != 0);
            break;
        case Form::kChainNumber:
            out.decimal(column.name, static_cast<std::uint64_t>(value.getInt64()));
            break;
        case Form::kNumber:
            out.number(column.name, value.getInt64());
            break;
        case Form::kRoot:
            out.root(column.name, root_of(value));
            break;
        case Form::kText:
            out.text(column.name, value.getString());
            break;
    }
}

/// One cell; text is in quotes. https://www.rfc-editor.org/rfc/rfc4180
std::string cell_of(const Column& column, const SQLite::Column& value) {
    if (value.isNull()) {
        return "";
    }
    switch (column.form) {
        case Form::kMoment:
            return base::to_rfc3339(from_micros(value.getInt64()));
        case Form::kSeconds:
            return base::to_decimal_seconds(base::Duration{value.getInt64()});
        case Form::kFlag:
            return value.getInt64() != 0 ? "true" : "false";
        case Form::kChainNumber:
            return std::to_string(static_cast<std::uint64_t>(value.getInt64()));
        case Form::kNumber:
            return std::to_string(value.getInt64());
        case Form::kRoot: {
            const auto root = root_of(value);
            return root ? to_string(*root) : "";
        }
        case Form::kText:
            break;
    }
    const std::string text = value.getString();
    // What a node says must not become a formula in a spreadsheet.
    const bool is_formula =
        !text.empty() && std::string_view{"=+-@\t\r"}.find(text.front()) != std::string_view::npos;
    std::string quoted = is_formula ? "\"'" : "\"";
    for (const char byte : text) {
        quoted += byte == '"' ? "\"\"" : std::string(1, byte);
    }
    return quoted + '"';
}

}  // namespace

const std::vector<RowKind>& row_kinds() {
    static const std::vector<RowKind> all{
        {"slots",
         "SELECT s.at, s.slot, s.verdict, n.name, b.root, s.delay_ns, s.deadline_ns, "
         "s.deadline_assumed FROM slots s LEFT JOIN nodes n ON n.id = s.first_node "
         "LEFT JOIN blocks b ON b.at = s.block",
         "s.at",
         "s.slot",
         "n.name",
         {{"at", Form::kMoment},
          {"slot", Form::kChainNumber},
          {"verdict", Form::kText},
          {"first_reported_by", Form::kText},
          {"block", Form::kRoot},
          {"delay_seconds", Form::kSeconds},
          {"deadline_seconds", Form::kSeconds},
          {"deadline_assumed", Form::kFlag}}},
        {"heads",
         "SELECT h.at, n.name, b.slot, b.root, b.proven IS NOT NULL, h.delay_ns, h.lag_ns, "
         "h.flags & 2, h.flags & 1, CASE WHEN h.flags & 64 THEN h.flags & 128 END, "
         "CASE h.flags & 256 WHEN 0 THEN 'stream' ELSE 'poll' END, "
         "CASE (h.flags >> 12) & 7 WHEN 0 THEN 'live' WHEN 1 THEN 'stale' WHEN 2 THEN 'backfill' "
         "WHEN 3 THEN 'early' ELSE 'polled' END, h.flags & 4, h.flags & 8, h.flags & 16, "
         "CASE h.flags & 1536 WHEN 512 THEN 'empty' WHEN 1536 THEN 'full' END, "
         "CASE (h.flags >> 15) & 3 WHEN 0 THEN 'head_v2_full' WHEN 1 THEN 'head_full' "
         "ELSE 'head_only' END "
         "FROM heads h JOIN nodes n ON n.id = h.node LEFT JOIN blocks b ON b.at = h.block",
         "h.at",
         "b.slot",
         "n.name",
         {{"at", Form::kMoment},
          {"node", Form::kText},
          {"slot", Form::kChainNumber},
          {"block", Form::kRoot},
          {"is_proven", Form::kFlag},
          {"delay_seconds", Form::kSeconds},
          {"lag_seconds", Form::kSeconds},
          {"is_first", Form::kFlag},
          {"is_latest", Form::kFlag},
          {"is_late", Form::kFlag},
          {"source", Form::kText},
          {"timeliness", Form::kText},
          {"is_repeat", Form::kFlag},
          {"is_payload", Form::kFlag},
          {"execution_optimistic", Form::kFlag},
          {"payload_status", Form::kText},
          {"topic_set", Form::kText}}},
        {"streams",
         "SELECT s.at, n.name, s.opened, s.ended, s.reason, s.detail, s.consecutive_disconnects "
         "FROM streams s JOIN nodes n ON n.id = s.node",
         "s.at",
         "",
         "n.name",
         {{"at", Form::kMoment},
          {"node", Form::kText},
          {"opened", Form::kMoment},
          {"ended", Form::kMoment},
          {"reason", Form::kText},
          {"detail", Form::kText},
          {"consecutive_disconnects", Form::kNumber}}},
        {"reorgs",
         "SELECT r.at, r.old_head, r.new_head, r.depth, r.is_depth_exact, r.certainty, n.name "
         "FROM reorgs r LEFT JOIN nodes n ON n.id = r.reported_by",
         "r.at",
         "",
         "n.name",
         {{"at", Form::kMoment},
          {"old_head", Form::kRoot},
          {"new_head", Form::kRoot},
          {"depth", Form::kNumber},
          {"is_depth_exact", Form::kFlag},
          {"certainty", Form::kText},
          {"reported_by", Form::kText}}},
        {"health",
         "SELECT h.at, n.name, h.health, h.issues, h.state, h.network_check, h.topic_set, "
         "h.version FROM node_health h JOIN nodes n ON n.id = h.node",
         "h.at",
         "",
         "n.name",
         {{"at", Form::kMoment},
          {"node", Form::kText},
          {"health", Form::kText},
          {"issues", Form::kText},
          {"state", Form::kText},
          {"network_check", Form::kText},
          {"topic_set", Form::kText},
          {"version", Form::kText}}},
        {"gaps",
         "SELECT at, until, reason, dropped FROM gaps",
         "at",
         "",
         "",
         {{"at", Form::kMoment},
          {"until", Form::kMoment},
          {"reason", Form::kText},
          {"dropped_updates", Form::kNumber}}},
    };
    return all;
}

const RowKind& find_row_kind(std::string_view name) {
    const auto found = std::find_if(row_kinds().begin(), row_kinds().end(),
                                    [&](const RowKind& kind) { return kind.name == name; });
    assert(found != row_kinds().end());
    return *found;
}

SQLite::Statement select_rows(Connection& connection, const RowKind& kind,
                              const RowFilter& filter) {
    const std::string at{kind.at};
    std::string sql{kind.select};
    sql += " WHERE " + at + " >= ?1 AND " + at + " < ?2";
    if (filter.slot_from) {
        sql.append(" AND ").append(kind.slot).append(" >= ?3");
    }
    if (filter.slot_to) {
        sql.append(" AND ").append(kind.slot).append(" < ?4");
    }
    if (filter.node) {
        sql.append(" AND ").append(kind.node).append(" = ?5");
    }
    SQLite::Statement rows = connection.cursor(sql + " ORDER BY " + at);
    rows.bind(1, filter.window.from);
    rows.bind(2, filter.window.to);
    if (filter.slot_from) {
        rows.bind(3, *filter.slot_from);
    }
    if (filter.slot_to) {
        rows.bind(4, *filter.slot_to);
    }
    if (filter.node) {
        rows.bind(5, *filter.node);
    }
    return rows;
}

void write_row(updates::JsonWriter& out, const RowKind& kind, SQLite::Statement& row) {
    for (std::size_t i = 0; i < kind.columns.size(); ++i) {
        write_json(out, kind.columns[i], row.getColumn(static_cast<int>(i)));
    }
}

void append_csv_row(std::string& out, const RowKind& kind, SQLite::Statement& row) {
    for (std::size_t i = 0; i < kind.columns.size(); ++i) {
        out += i > 0 ? "," : "";
        out += cell_of(kind.columns[i], row.getColumn(static_cast<int>(i)));
    }
}

}  // namespace history
