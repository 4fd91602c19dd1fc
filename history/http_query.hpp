#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "history/export.hpp"
#include "history/report.hpp"
#include "history/rows_request.hpp"
#include "history/window.hpp"
#include "http/query.hpp"

// What a client asks the history for: each fails with kBadValue, and the detail is for the client
// and repeats nothing of what it sent.
namespace history {

/// `from`, `to`, `node` for rows of `kind`, one of `export_names()`.
[[nodiscard]] base::Result<RowsRequest> parse_rows(const http::Query& query, std::string_view kind,
                                                   base::WallTime now);

struct PageQuery {
    RowsRequest rows;
    std::optional<std::int64_t> cursor;
    std::uint64_t limit = 0;
};
/// The same with `limit` and `cursor`.
[[nodiscard]] base::Result<PageQuery> parse_page(const http::Query& query, std::string_view kind,
                                                 base::WallTime now);

/// The same without a cursor: the late heads of a node, which has to be named.
[[nodiscard]] base::Result<PageQuery> parse_worst(const http::Query& query, base::WallTime now);

struct ExportQuery {
    RowsRequest rows;
    ExportFormat format = ExportFormat::kNdjson;
};
/// The same with `kind` and `format`.
[[nodiscard]] base::Result<ExportQuery> parse_export(const http::Query& query, base::WallTime now);

struct SummaryQuery {
    WindowChoice window;
    ReportFormat format = ReportFormat::kJson;
};
/// `window`, or `from` and `to`, and `format`.
[[nodiscard]] base::Result<SummaryQuery> parse_summary(const http::Query& query,
                                                       base::WallTime now);

}  // namespace history
