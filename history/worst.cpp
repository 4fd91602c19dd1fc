#include "history/worst.hpp"

#include "history/connection.hpp"
#include "history/guarded.hpp"
#include "history/row_kinds.hpp"
#include "history/session.hpp"
#include "updates/json_writer.hpp"

namespace history {

std::string worst_json(Connection& connection, const RowsRequest& request, std::size_t rows_max) {
    const RowKind& kind = find_row_kind("heads");
    const RowFilter filter = resolve(connection, request);
    // The index `heads_late` has them in this order. What counts is what `is_timed` says.
    std::string sql{kind.select};
    sql +=
        " WHERE h.node = (SELECT id FROM nodes WHERE name = ?1) AND h.flags & 128 "
        "AND h.flags & 2308 = 0 AND (h.flags >> 12) & 7 = 0 AND b.proven IS NOT NULL "
        "AND h.at >= ?2 AND h.at < ?3 AND (?4 IS NULL OR b.slot >= ?4) "
        "AND (?5 IS NULL OR b.slot < ?5) ORDER BY h.delay_ns DESC";
    SQLite::Statement rows = connection.cursor(sql);
    rows.bind(1, request.node.value_or(""));
    rows.bind(2, filter.window.from);
    rows.bind(3, filter.window.to);
    if (filter.slot_from) {
        rows.bind(4, *filter.slot_from);
    }
    if (filter.slot_to) {
        rows.bind(5, *filter.slot_to);
    }
    std::string json;
    updates::JsonWriter out{json};
    out.begin_object();
    out.begin_array("rows");
    for (std::size_t count = 0; count < rows_max && rows.executeStep(); ++count) {
        out.begin_object();
        write_row(out, kind, rows);
        out.end_object();
    }
    out.end_array();
    out.end_object();
    return json;
}

Result<std::string> worst_file(const std::string& path, const RowsRequest& request,
                               std::size_t rows_max) {
    return guarded(path, [&] {
        const auto connection = Connection::open_reader(path);
        return worst_json(*connection, request, rows_max);
    });
}

void WorstJob::run(Session& session) {
    json_ = worst_json(session.connection(), request_, rows_max_);
}

}  // namespace history
