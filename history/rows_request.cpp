#include "history/rows_request.hpp"

#include <algorithm>
#include <limits>

#include "history/connection.hpp"
#include "history/moment.hpp"
#include "history/row_kinds.hpp"
#include "history/session.hpp"
#include "updates/json_writer.hpp"

namespace history {
namespace {

using Micros = std::int64_t;

chain::SlotClock read_slot_clock(Connection& connection) {
    SQLite::Statement& rows = connection.prepare(
        "SELECT genesis, slot_duration_ms FROM slot_times ORDER BY at DESC LIMIT 1");
    std::optional<chain::SlotClock> clock;
    if (rows.executeStep() && rows.getColumn(1).getInt64() > 0) {
        clock.emplace(from_micros(rows.getColumn(0).getInt64()),
                      std::chrono::milliseconds{rows.getColumn(1).getInt64()});
    }
    rows.reset();
    if (!clock) {
        throw DatabaseFailure{
            Error{ErrorCode::kNoSlotTime, "slot time is not known yet; give moments"}};
    }
    return *clock;
}

Micros later(Micros moment, Micros by) {
    return moment < std::numeric_limits<Micros>::max() - by ? moment + by
                                                            : std::numeric_limits<Micros>::max();
}

/// A slot as the tables have it, whose numbers are signed.
std::int64_t column_of(chain::Slot slot) {
    constexpr auto kMost = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    return static_cast<std::int64_t>(std::min(slot.value, kMost));
}

}  // namespace

bool has_node(std::string_view kind) {
    return !find_row_kind(kind).node.empty();
}

RowFilter resolve(Connection& connection, const RowsRequest& request) {
    const bool has_slots = !find_row_kind(request.kind).slot.empty();
    RowFilter filter;
    filter.node = request.node;
    std::optional<chain::SlotClock> clock;
    const auto slot_in = [&](const std::optional<Bound>& bound) {
        const auto* const slot = bound ? std::get_if<chain::Slot>(&*bound) : nullptr;
        if (slot != nullptr && !clock) {
            clock = read_slot_clock(connection);
        }
        return slot;
    };
    const auto slot_micros = [&] {
        return std::chrono::microseconds{clock->slot_duration()}.count();
    };
    const auto moment_in = [](const std::optional<Bound>& bound) {
        return bound ? std::optional{to_micros(std::get<base::WallTime>(*bound))} : std::nullopt;
    };
    if (const auto* const slot = slot_in(request.to)) {
        filter.window.to = to_micros(clock->start_of(*slot));
        if (has_slots) {
            filter.slot_to = column_of(*slot);
            filter.window.to = later(filter.window.to, RowsRequest::kSlotsBehind * slot_micros());
        }
    } else {
        filter.window.to = moment_in(request.to).value_or(later(to_micros(request.now), 1));
    }
    if (const auto* const slot = slot_in(request.from)) {
        filter.window.from = to_micros(clock->start_of(*slot));
        if (has_slots) {
            filter.slot_from = column_of(*slot);
            // A head may come before its slot.
            filter.window.from -= slot_micros();
        }
    } else {
        constexpr auto kSince = std::chrono::microseconds{RowsRequest::kSince}.count();
        filter.window.from = moment_in(request.from).value_or(filter.window.to - kSince);
    }
    return filter;
}

void PageJob::run(Session& session) {
    Connection& connection = session.connection();
    const RowKind& kind = find_row_kind(request_.kind);
    RowFilter filter = resolve(connection, request_);
    if (after_) {
        filter.window.from = std::max(filter.window.from, later(*after_, 1));
    }
    SQLite::Statement rows = select_rows(connection, kind, filter);
    std::string json;
    updates::JsonWriter out{json};
    out.begin_object();
    out.begin_array("rows");
    std::optional<std::int64_t> last;
    std::size_t count = 0;
    bool has_more = rows.executeStep();
    while (has_more && count < rows_max_) {
        out.begin_object();
        write_row(out, kind, rows);
        out.end_object();
        last = rows.getColumn(0).getInt64();
        ++count;
        has_more = rows.executeStep();
    }
    out.end_array();
    if (has_more && last) {
        out.text("next", std::to_string(*last));
    } else {
        out.null("next");
    }
    out.end_object();
    json_ = std::move(json);
}

}  // namespace history
