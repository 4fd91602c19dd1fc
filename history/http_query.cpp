#include "history/http_query.hpp"

#include <algorithm>
#include <limits>

#include "base/text.hpp"
#include "base/time_text.hpp"
#include "history/http_routes.hpp"

namespace history {
namespace {

base::Error bad(std::string text) {
    return {base::ErrorCode::kBadValue, std::move(text)};
}

/// An end of a window; absent: not given.
base::Result<std::optional<Bound>> parse_bound(const http::Query& query, std::string_view name) {
    const auto text = query.find(name);
    if (!text) {
        return std::optional<Bound>{};
    }
    if (const auto slot = base::parse_number(*text, 0, std::numeric_limits<std::uint64_t>::max())) {
        return std::optional<Bound>{chain::Slot{*slot}};
    }
    if (const auto moment = base::parse_rfc3339(*text)) {
        return std::optional<Bound>{*moment};
    }
    return bad(std::string{name} + " wants a slot, or a moment such as 2026-01-31T00:00:00Z");
}

/// Whether both are of one kind, and the wrong way round.
bool is_reversed(const std::optional<Bound>& from, const std::optional<Bound>& to) {
    return from && to && from->index() == to->index() && *from >= *to;
}

base::Result<std::optional<base::WallTime>> parse_moment(const http::Query& query,
                                                         std::string_view name) {
    const auto text = query.find(name);
    const auto moment = text ? base::parse_rfc3339(*text) : std::nullopt;
    if (text && !moment) {
        return bad(std::string{name} + " wants a moment such as 2026-01-31T00:00:00Z");
    }
    return moment;
}

constexpr std::string_view kReversed = "from must be before to";

}  // namespace

base::Result<RowsRequest> parse_rows(const http::Query& query, std::string_view kind,
                                     base::WallTime now) {
    auto from = parse_bound(query, "from");
    auto to = parse_bound(query, "to");
    if (!from || !to) {
        return from ? to.error() : from.error();
    }
    if (is_reversed(*from, *to)) {
        return bad(std::string{kReversed});
    }
    RowsRequest request;
    request.kind = kind;
    request.from = *from;
    request.to = *to;
    request.now = now;
    if (const auto node = query.find("node")) {
        if (!has_node(kind)) {
            return bad(std::string{kind} + " are of no node");
        }
        request.node = std::string{*node};
    }
    return request;
}

base::Result<PageQuery> parse_page(const http::Query& query, std::string_view kind,
                                   base::WallTime now) {
    auto rows = parse_rows(query, kind, now);
    if (!rows) {
        return rows.error();
    }
    PageQuery page{std::move(*rows), std::nullopt, HttpRoutes::kRows};
    if (const auto text = query.find("limit")) {
        const auto limit = base::parse_number(*text, 1, HttpRoutes::kRowsMax);
        if (!limit) {
            return bad("limit wants a whole number from 1 to " +
                       std::to_string(HttpRoutes::kRowsMax));
        }
        page.limit = *limit;
    }
    if (const auto text = query.find("cursor")) {
        const auto cursor = base::parse_number(
            *text, 0, static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()));
        if (!cursor) {
            return bad("cursor wants what next was in the page before");
        }
        page.cursor = static_cast<std::int64_t>(*cursor);
    }
    return page;
}

base::Result<PageQuery> parse_worst(const http::Query& query, base::WallTime now) {
    auto page = parse_page(query, "heads", now);
    if (page && !page->rows.node) {
        return bad("node wants the name of a node");
    }
    if (page && page->cursor) {
        return bad("there is one page, without a cursor; ask for more with limit");
    }
    return page;
}

base::Result<ExportQuery> parse_export(const http::Query& query, base::WallTime now) {
    const std::string_view kind = query.find("kind").value_or("slots");
    const auto& names = export_names();
    const auto known = std::find(names.begin(), names.end(), kind);
    if (known == names.end()) {
        return bad("kind is one of slots, heads, streams, reorgs, health and gaps");
    }
    const std::string_view format = query.find("format").value_or("ndjson");
    if (format != "ndjson" && format != "csv") {
        return bad("format is ndjson or csv");
    }
    auto rows = parse_rows(query, *known, now);
    if (!rows) {
        return rows.error();
    }
    return ExportQuery{std::move(*rows),
                       format == "csv" ? ExportFormat::kCsv : ExportFormat::kNdjson};
}

base::Result<SummaryQuery> parse_summary(const http::Query& query, base::WallTime now) {
    const auto from = parse_moment(query, "from");
    const auto to = parse_moment(query, "to");
    if (!from || !to) {
        return from ? to.error() : from.error();
    }
    SummaryQuery summary;
    summary.window.from = *from;
    summary.window.to = *to;
    summary.window.now = now;
    if (*from && **from >= to->value_or(now)) {
        return bad(std::string{kReversed});
    }
    if (const auto text = query.find("window")) {
        const auto window = parse_span(*text);
        if (!window || *from) {
            return bad(*from ? "window and from exclude each other"
                             : "window wants a time such as 90m, 24h or 7d");
        }
        summary.window.since = *window;
    }
    const std::string_view format = query.find("format").value_or("json");
    const auto known = find_report_format(format);
    if (!known) {
        return bad("format is json, text or html");
    }
    summary.format = *known;
    return summary;
}

}  // namespace history
