#include "history/summary.hpp"

#include <SQLiteCpp/Transaction.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include "history/connection.hpp"
#include "history/head_flags.hpp"
#include "history/moment.hpp"
#include "history/spans.hpp"
#include "history/suspension.hpp"

namespace history {
namespace {

using Micros = std::int64_t;
using Span = Spans::Span;

/// Between two runs of the monitor a node is still followed.
constexpr Micros kBetweenRuns = 30'000'000;
constexpr Micros kDefaultSlot = 12'000'000;

base::Duration duration(Micros micros) {
    return std::chrono::microseconds{micros};
}

/// What is gathered of one node.
struct Gathered {
    NodeSummary summary;
    std::vector<std::int64_t> delays;
    std::vector<std::int64_t> lags;
    std::array<std::vector<std::int64_t>, Summary::kParts> parts;
    /// The slots that its stream reported, and when first.
    std::vector<std::pair<std::int64_t, Micros>> reported;
    /// Where in them the last slot was looked for.
    std::size_t place = 0;
    Spans followed;
    Spans open;
    // For plots alone.
    std::vector<std::vector<std::int64_t>> arrivals;
    NodePlots plots;
};

struct SlotTimeRow {
    Micros genesis = 0;
    Micros duration = 0;
};

class Summarizer {
  public:
    Summarizer(Connection& connection, Window window, Detail detail)
        : connection_{connection}, detail_{detail} {
        summary_.window = window;
    }

    Summary run() {
        read_slot_time();
        read_gaps();
        read_runs();
        read_streams();
        read_heads();
        read_slots();
        finish();
        return std::move(summary_);
    }

  private:
    /// A statement over the window: ?1 and ?2 are its ends.
    SQLite::Statement& over_window(const char* sql) {
        SQLite::Statement& statement = connection_.prepare(sql);
        statement.bind(1, summary_.window.from);
        statement.bind(2, summary_.window.to);
        return statement;
    }

    [[nodiscard]] Span clipped(Micros from, Micros until) const {
        return {std::max(from, summary_.window.from), std::min(until, summary_.window.to)};
    }

    void read_slot_time() {
        SQLite::Statement& rows = connection_.prepare(
            "SELECT genesis, slot_duration_ms FROM slot_times ORDER BY at DESC LIMIT 1");
        if (rows.executeStep()) {
            slot_time_ =
                SlotTimeRow{rows.getColumn(0).getInt64(), rows.getColumn(1).getInt64() * 1000};
        }
        if (slot_time_ && slot_time_->duration > 0) {
            summary_.slot_clock.emplace(from_micros(slot_time_->genesis),
                                        std::chrono::milliseconds{slot_time_->duration / 1000});
        }
        rows.reset();
    }

    [[nodiscard]] std::optional<Micros> meta(const char* key) {
        SQLite::Statement& rows = connection_.prepare("SELECT value FROM meta WHERE key = ?");
        rows.bind(1, key);
        const auto value =
            rows.executeStep() ? std::optional{rows.getColumn(0).getInt64()} : std::nullopt;
        rows.reset();
        return value;
    }

    void add_gap(Micros from, Micros until, std::string reason, std::uint64_t dropped) {
        const Span gap = clipped(from, until);
        if (gap.from < gap.until) {
            summary_.gaps.push_back({gap.from, gap.until, std::move(reason), dropped});
        }
    }

    void read_gaps() {
        const Micros begun = meta("begun").value_or(summary_.window.to);
        watched_until_ = meta("watched_until").value_or(begun);
        add_gap(summary_.window.from, begun, "not_kept", 0);
        SQLite::Statement& rows = over_window(
            "SELECT at, until, reason, dropped FROM gaps WHERE until > ?1 AND at < ?2 ORDER BY at");
        while (rows.executeStep()) {
            add_gap(rows.getColumn(0).getInt64(), rows.getColumn(1).getInt64(),
                    rows.getColumn(2).getString(),
                    static_cast<std::uint64_t>(rows.getColumn(3).getInt64()));
        }
        add_gap(watched_until_, summary_.window.to, "not_kept", 0);
        std::vector<Span> spans;
        for (const GapSummary& gap : summary_.gaps) {
            spans.push_back({gap.from, gap.until});
        }
        gaps_ = Spans{std::move(spans)};
        std::vector<Span> suspensions;
        for (const GapSummary& gap : summary_.gaps) {
            if (gap.reason == Unwatched::kSuspended || gap.reason == Unwatched::kClockStepped) {
                suspensions.push_back({gap.from, gap.until});
            }
        }
        suspensions_ = Spans{std::move(suspensions)};
    }

    void read_runs() {
        std::map<std::int64_t, std::vector<Span>> spans;
        std::map<std::int64_t, std::string> names;
        SQLite::Statement& rows = over_window(
            "SELECT n.id, n.name, r.at, r.ended FROM runs r JOIN run_nodes m ON m.run = r.at "
            "JOIN nodes n ON n.id = m.node WHERE r.at < ?2 AND coalesce(r.ended, ?2) > ?1");
        while (rows.executeStep()) {
            const std::int64_t node = rows.getColumn(0).getInt64();
            names[node] = rows.getColumn(1).getString();
            const Micros ended =
                rows.isColumnNull(3) ? watched_until_ : rows.getColumn(3).getInt64();
            spans[node].push_back(clipped(rows.getColumn(2).getInt64(), ended));
        }
        for (auto& [node, its] : spans) {
            Gathered& gathered = nodes_[node];
            gathered.summary.name = names[node];
            gathered.followed = Spans{std::move(its), kBetweenRuns}.without(gaps_);
            gathered.summary.followed = duration(gathered.followed.length());
        }
    }

    void read_streams() {
        std::map<std::int64_t, std::vector<Span>> spans;
        SQLite::Statement& rows = over_window(
            "SELECT node, opened, ended, reason FROM streams "
            "WHERE at < ?2 AND coalesce(ended, ?2) >= ?1");
        while (rows.executeStep()) {
            const auto found = nodes_.find(rows.getColumn(0).getInt64());
            if (found == nodes_.end()) {
                continue;
            }
            const Micros ended =
                rows.isColumnNull(2) ? watched_until_ : rows.getColumn(2).getInt64();
            if (!rows.isColumnNull(1)) {
                spans[found->first].push_back(clipped(rows.getColumn(1).getInt64(), ended));
            }
            const std::string reason = rows.isColumnNull(3) ? "" : rows.getColumn(3).getString();
            if (!rows.isColumnNull(2) && ended < summary_.window.to && reason != "cancelled" &&
                reason != "not_watched") {
                ++found->second.summary.disconnects[reason];
            }
        }
        for (auto& [node, its] : spans) {
            Gathered& gathered = nodes_[node];
            gathered.open = Spans{std::move(its)}.common_with(gathered.followed);
            gathered.summary.open = duration(gathered.open.length());
        }
    }

    [[nodiscard]] Micros slot_duration() const {
        return slot_time_ ? slot_time_->duration : kDefaultSlot;
    }

    void read_heads() {
        SQLite::Statement& rows = connection_.prepare(
            "SELECT h.at, h.node, h.flags, h.delay_ns, h.lag_ns, b.slot, b.proven IS NOT NULL "
            "FROM heads h JOIN blocks b ON b.at = h.block WHERE h.at >= ?1 AND h.at < ?2");
        // A slot that is judged in the window may have been reported before it.
        rows.bind(1, summary_.window.from - 3 * slot_duration());
        rows.bind(2, summary_.window.to);
        while (rows.executeStep()) {
            const auto found = nodes_.find(rows.getColumn(1).getInt64());
            if (found != nodes_.end()) {
                add_head(found->second, rows);
            }
        }
    }

    void add_head(Gathered& node, SQLite::Statement& row) {
        const Micros at = row.getColumn(0).getInt64();
        const std::int64_t flags = row.getColumn(2).getInt64();
        if ((flags & kPolledHead) == 0) {
            node.reported.emplace_back(row.getColumn(5).getInt64(), at);
        }
        if (at < summary_.window.from || !is_timed(flags) || row.getColumn(6).getInt() == 0) {
            return;
        }
        // One that waited for us to wake up was not late.
        const Micros start = at - std::max<Micros>(row.getColumn(3).getInt64() / 1000, 0);
        if (suspensions_.overlaps({start, at})) {
            return;
        }
        ++node.summary.heads;
        node.summary.first += (flags & kFirst) != 0 ? 1 : 0;
        if (!row.isColumnNull(4)) {
            node.lags.push_back(row.getColumn(4).getInt64());
        }
        // Without a deadline it is no block that came but its payload.
        if ((flags & kJudged) != 0) {
            ++((flags & kLateHead) != 0 ? node.summary.late : node.summary.on_time);
            const std::int64_t delay = row.getColumn(3).getInt64();
            node.delays.push_back(delay);
            node.parts.at(part_of(at, Summary::kParts)).push_back(delay);
        }
        if (detail_ == Detail::kPlots) {
            plot_head(node, at, flags, row);
        }
    }

    void plot_head(Gathered& node, Micros at, std::int64_t flags, SQLite::Statement& row) {
        node.arrivals.resize(NodePlots::kArrivals);
        node.plots.heads_by_part.resize(Summary::kParts);
        node.plots.firsts_by_part.resize(Summary::kParts);
        const std::size_t part = part_of(at, Summary::kParts);
        ++node.plots.heads_by_part.at(part);
        node.plots.firsts_by_part.at(part) += (flags & kFirst) != 0 ? 1 : 0;
        if ((flags & kJudged) != 0) {
            node.arrivals.at(part_of(at, NodePlots::kArrivals))
                .push_back(row.getColumn(3).getInt64());
        }
    }

    [[nodiscard]] std::size_t part_of(Micros at, std::size_t count) const {
        const Window& window = summary_.window;
        const auto parts = static_cast<Micros>(count);
        const Micros length = std::max<Micros>((window.to - window.from + parts - 1) / parts, 1);
        return static_cast<std::size_t>((at - window.from) / length);
    }

    void read_slots() {
        for (auto& [id, node] : nodes_) {
            std::sort(node.reported.begin(), node.reported.end());
        }
        SQLite::Statement& rows = over_window(
            "SELECT at, slot, verdict, deadline_ns FROM slots WHERE at >= ?1 AND at < ?2");
        std::uint64_t judged = 0;
        while (rows.executeStep()) {
            ++judged;
            summary_.deadline = base::Duration{rows.getColumn(3).getInt64()};
            const std::string verdict = rows.getColumn(2).getString();
            const Micros at = rows.getColumn(0).getInt64();
            const std::int64_t slot = rows.getColumn(1).getInt64();
            if (suspensions_.overlaps({start_of(slot, at), at})) {
                ++summary_.slots.unknown;
                continue;
            }
            ++count_of(verdict);
            if (verdict == "on_time" || verdict == "late") {
                add_block(slot, at);
            }
        }
        if (slot_time_ && slot_time_->duration > 0) {
            const Micros from = std::max(summary_.window.from, slot_time_->genesis);
            const auto expected = static_cast<std::uint64_t>(
                std::max<Micros>(summary_.window.to - from, 0) / slot_time_->duration);
            summary_.slots.not_judged = expected - std::min(expected, judged);
        }
    }

    [[nodiscard]] std::uint64_t& count_of(const std::string& verdict) {
        SlotCounts& slots = summary_.slots;
        return verdict == "on_time"      ? slots.on_time
               : verdict == "late"       ? slots.late
               : verdict == "missed"     ? slots.missed
               : verdict == "optimistic" ? slots.optimistic
                                         : slots.unknown;
    }

    /// Of a slot that was judged at `judged`.
    [[nodiscard]] Micros start_of(std::int64_t slot, Micros judged) const {
        return slot_time_ ? slot_time_->genesis + slot * slot_time_->duration
                          : judged - slot_duration();
    }

    /// There was a block in `slot`, judged at `at`: who followed it and reported nothing?
    void add_block(std::int64_t slot, Micros at) {
        const Micros start = start_of(slot, at);
        for (auto& [id, node] : nodes_) {
            if (!node.followed.holds({start, at})) {
                continue;
            }
            ++node.summary.slots_followed;
            const std::size_t first = first_report(node, slot);
            const bool is_reported = first < node.reported.size() &&
                                     node.reported[first].first == slot &&
                                     node.reported[first].second < at;
            node.summary.slots_unreported += is_reported ? 0 : 1;
        }
    }

    /// The place of the node's first report of that slot, or of a later one. Slots are judged in
    /// order, most of them.
    [[nodiscard]] static std::size_t first_report(Gathered& node, std::int64_t slot) {
        const auto& reported = node.reported;
        std::size_t& place = node.place;
        if (place > 0 && reported[place - 1].first >= slot) {
            place = static_cast<std::size_t>(
                std::lower_bound(reported.begin(), reported.end(), std::pair{slot, Micros{0}}) -
                reported.begin());
        }
        while (place < reported.size() && reported[place].first < slot) {
            ++place;
        }
        return place;
    }

    void finish() {
        summary_.watched =
            duration(Spans{{{summary_.window.from, summary_.window.to}}}.without(gaps_).length());
        for (auto& [id, node] : nodes_) {
            node.summary.delay = percentiles(node.delays);
            node.summary.lag = percentiles(node.lags);
            for (auto& part : node.parts) {
                node.summary.delays.push_back(percentiles(part).p50);
            }
            if (detail_ == Detail::kPlots) {
                finish_plots(node);
            }
            summary_.nodes.push_back(std::move(node.summary));
        }
        std::sort(summary_.nodes.begin(), summary_.nodes.end(),
                  [](const auto& a, const auto& b) { return a.name < b.name; });
    }

    static void finish_plots(Gathered& node) {
        std::sort(node.lags.begin(), node.lags.end());
        NodePlots& plots = node.plots;
        node.arrivals.resize(NodePlots::kArrivals);
        plots.heads_by_part.resize(Summary::kParts);
        plots.firsts_by_part.resize(Summary::kParts);
        for (auto& delays : node.arrivals) {
            plots.arrivals.push_back(percentiles(delays).p50);
        }
        plots.lags_within = count_within(node.lags);
        plots.lags = node.lags.size();
        plots.down = longest(node.followed.without(node.open).all(), NodePlots::kDownMax);
        node.summary.plots = std::move(plots);
    }

    Connection& connection_;
    Detail detail_;
    Summary summary_;
    std::optional<SlotTimeRow> slot_time_;
    Micros watched_until_ = 0;
    Spans gaps_;
    /// Those of them in which time went by without us.
    Spans suspensions_;
    std::map<std::int64_t, Gathered> nodes_;
};

}  // namespace

Summary summarize(Connection& connection, Window window, Detail detail) {
    // All of it at one moment; a summary changes nothing, so the end takes it back.
    const SQLite::Transaction moment{connection.database()};
    return Summarizer{connection, window, detail}.run();
}

}  // namespace history
