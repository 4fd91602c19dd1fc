#include "history/export.hpp"

#include <utility>

#include "history/connection.hpp"
#include "history/row_kinds.hpp"
#include "history/session.hpp"

namespace history {

const std::vector<std::string_view>& export_names() {
    static const std::vector<std::string_view> names = [] {
        std::vector<std::string_view> all;
        for (const RowKind& kind : row_kinds()) {
            all.push_back(kind.name);
        }
        return all;
    }();
    return names;
}

struct Export::Cursor {
    Cursor(Connection& connection, const RowKind& its_kind, const RowFilter& filter,
           ExportFormat its_format)
        : kind{its_kind}, format{its_format}, rows{select_rows(connection, its_kind, filter)} {}

    void append_row(std::string& piece) {
        if (format == ExportFormat::kNdjson) {
            updates::JsonWriter out{piece};
            out.begin_object();
            write_row(out, kind, rows);
            out.end_object();
        } else {
            append_csv_row(piece, kind, rows);
        }
        piece += '\n';
    }

    const RowKind& kind;
    ExportFormat format;
    SQLite::Statement rows;
    bool has_begun = false;
    bool is_over = false;
};

Export::Export(Connection& connection, std::string_view name, const RowFilter& filter,
               ExportFormat format)
    : cursor_{std::make_unique<Cursor>(connection, find_row_kind(name), filter, format)} {}

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

ExportJob::ExportJob(RowsRequest request, ExportFormat format)
    : StreamJob{"export"}, request_{std::move(request)}, format_{format} {}

ExportJob::~ExportJob() = default;

void ExportJob::run(Session& session) {
    if (!export_) {
        connection_ = session.open();
        connection_->stop_with(&interrupted());
        export_ = std::make_unique<Export>(*connection_, request_.kind,
                                           resolve(*connection_, request_), format_);
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
