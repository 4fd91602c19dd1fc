#include "history/export.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <utility>

#include "base/time_text.hpp"
#include "chain/root.hpp"
#include "history/connection.hpp"
#include "history/moment.hpp"
#include "history/session.hpp"
#include "updates/json_writer.hpp"

namespace history {
namespace {

/// How a column is written.
enum class Form : std::uint8_t { kMoment, kSeconds, kFlag, kChainNumber, kNumber, kRoot, kText };

struct Column {
    std::string_view name;
    Form form;
};

struct Kind {
    std::string_view name;
    /// Its columns in order; ?1 and ?2 are the ends of the window.
    const char* sql;
    std::vector<Column> columns;
};

const std::vector<Kind>& kinds() {
    static const std::vector<Kind> all{
        {"slots",
         "SELECT s.at, s.slot, s.verdict, n.name, b.root, s.delay_ns, s.deadline_ns, "
         "s.deadline_assumed FROM slots s LEFT JOIN nodes n ON n.id = s.first_node "
         "LEFT JOIN blocks b ON b.at = s.block WHERE s.at >= ?1 AND s.at < ?2 ORDER BY s.at",
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
         "FROM heads h JOIN nodes n ON n.id = h.node LEFT JOIN blocks b ON b.at = h.block "
         "WHERE h.at >= ?1 AND h.at < ?2 ORDER BY h.at",
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
         "FROM streams s JOIN nodes n ON n.id = s.node WHERE s.at >= ?1 AND s.at < ?2 "
         "ORDER BY s.at",
         {{"at", Form::kMoment},
          {"node", Form::kText},
          {"opened", Form::kMoment},
          {"ended", Form::kMoment},
          {"reason", Form::kText},
          {"detail", Form::kText},
          {"consecutive_disconnects", Form::kNumber}}},
        {"reorgs",
         "SELECT r.at, r.old_head, r.new_head, r.depth, r.is_depth_exact, r.certainty, n.name "
         "FROM reorgs r LEFT JOIN nodes n ON n.id = r.reported_by "
         "WHERE r.at >= ?1 AND r.at < ?2 ORDER BY r.at",
         {{"at", Form::kMoment},
          {"old_head", Form::kRoot},
          {"new_head", Form::kRoot},
          {"depth", Form::kNumber},
          {"is_depth_exact", Form::kFlag},
          {"certainty", Form::kText},
          {"reported_by", Form::kText}}},
        {"health",
         "SELECT h.at, n.name, h.health, h.issues, h.state, h.network_check, h.topic_set, "
         "h.version FROM node_health h JOIN nodes n ON n.id = h.node "
         "WHERE h.at >= ?1 AND h.at < ?2 ORDER BY h.at",
         {{"at", Form::kMoment},
          {"node", Form::kText},
          {"health", Form::kText},
          {"issues", Form::kText},
          {"state", Form::kText},
          {"network_check", Form::kText},
          {"topic_set", Form::kText},
          {"version", Form::kText}}},
        {"gaps",
         "SELECT at, until, reason, dropped FROM gaps WHERE at >= ?1 AND at < ?2 ORDER BY at",
         {{"at", Form::kMoment},
          {"until", Form::kMoment},
          {"reason", Form::kText},
          {"dropped_updates", Form::kNumber}}},
    };
    return all;
}

const Kind& find_export(std::string_view name) {
    const auto found = std::find_if(kinds().begin(), kinds().end(),
                                    [&](const Kind& kind) { return kind.name == name; });
    assert(found != kinds().end());
    return *found;
}

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
    std::string quoted = "\"";
    for (const char byte : value.getString()) {
        quoted += byte == '"' ? "\"\"" : std::string(1, byte);
    }
    return quoted + '"';
}

}  // namespace

const std::vector<std::string_view>& export_names() {
    static const std::vector<std::string_view> names = [] {
        std::vector<std::string_view> all;
        for (const Kind& kind : kinds()) {
            all.push_back(kind.name);
        }
        return all;
    }();
    return names;
}

struct Export::Cursor {
    Cursor(Connection& connection, const Kind& its_kind, ExportFormat its_format)
        : kind{its_kind}, format{its_format}, rows{connection.cursor(its_kind.sql)} {}

    void append_row(std::string& piece) {
        if (format == ExportFormat::kNdjson) {
            updates::JsonWriter out{piece};
            out.begin_object();
            for (std::size_t i = 0; i < kind.columns.size(); ++i) {
                write_json(out, kind.columns[i], rows.getColumn(static_cast<int>(i)));
            }
            out.end_object();
        } else {
            for (std::size_t i = 0; i < kind.columns.size(); ++i) {
                piece += i > 0 ? "," : "";
                piece += cell_of(kind.columns[i], rows.getColumn(static_cast<int>(i)));
            }
        }
        piece += '\n';
    }

    const Kind& kind;
    ExportFormat format;
    SQLite::Statement rows;
    bool has_begun = false;
    bool is_over = false;
};

Export::Export(Connection& connection, std::string_view name, Window window, ExportFormat format)
    : cursor_{std::make_unique<Cursor>(connection, find_export(name), format)} {
    cursor_->rows.bind(1, window.from);
    cursor_->rows.bind(2, window.to);
}

Export::~Export() = default;

std::optional<std::string> Export::next() {
    std::string piece;
    if (!std::exchange(cursor_->has_begun, true) && cursor_->format == ExportFormat::kCsv) {
        for (const Column& column : cursor_->kind.columns) {
            piece.append(piece.empty() ? "" : ",").append(column.name);
        }
        piece += '\n';
    }
    while (!cursor_->is_over && piece.size() < kPieceBytes) {
        if (cursor_->rows.executeStep()) {
            cursor_->append_row(piece);
        } else {
            cursor_->is_over = true;
        }
    }
    return piece.empty() ? std::nullopt : std::optional{std::move(piece)};
}

ExportJob::ExportJob(std::string_view name, Window window, ExportFormat format)
    : StreamJob{"export"}, name_{name}, window_{window}, format_{format} {}

ExportJob::~ExportJob() = default;

void ExportJob::run(Session& session) {
    if (!export_) {
        connection_ = session.open();
        connection_->stop_with(&interrupted());
        export_ = std::make_unique<Export>(*connection_, name_, window_, format_);
    }
    piece_ = export_->next();
}

void ExportJob::release() {
    export_.reset();
    connection_.reset();
}

std::optional<std::string> ExportJob::take() {
    return std::exchange(piece_, std::nullopt);
}

}  // namespace history
