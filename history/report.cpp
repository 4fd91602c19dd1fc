#include "history/report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time_text.hpp"
#include "history/advice.hpp"
#include "history/moment.hpp"
#include "history/report_html.hpp"
#include "updates/json_writer.hpp"

namespace history {
namespace {

using std::chrono::duration_cast;

std::string moment_text(std::int64_t micros) {
    return base::to_rfc3339(from_micros(micros));
}

std::string milliseconds_text(const std::optional<base::Duration>& value) {
    return value ? fmt::format("{}", duration_cast<std::chrono::milliseconds>(*value).count())
                 : "-";
}

std::string share_text(std::uint64_t part, std::uint64_t whole) {
    return whole > 0 ? fmt::format("{:.1f}",
                                   percent(static_cast<double>(part), static_cast<double>(whole)))
                     : "-";
}

/// The medians as bars, from the least to the greatest of all nodes; a blank where there is none.
std::string sparkline(const std::vector<std::optional<base::Duration>>& values,
                      base::Duration least, base::Duration greatest) {
    constexpr std::array<std::string_view, 8> kBars{"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    std::string line;
    for (const auto& value : values) {
        if (!value) {
            line += ' ';
            continue;
        }
        const double range = base::seconds(greatest - least);
        const double place = range > 0 ? base::seconds(*value - least) / range : 0;
        line += kBars.at(std::min<std::size_t>(static_cast<std::size_t>(place * 8), 7));
    }
    return line;
}

std::pair<base::Duration, base::Duration> delay_range(const Summary& summary) {
    base::Duration least = base::Duration::max();
    base::Duration greatest = base::Duration::min();
    for (const NodeSummary& node : summary.nodes) {
        for (const auto& delay : node.delays) {
            if (delay) {
                least = std::min(least, *delay);
                greatest = std::max(greatest, *delay);
            }
        }
    }
    return {least, greatest};
}

std::string disconnects_text(const NodeSummary& node) {
    std::string text;
    for (const auto& [reason, count] : node.disconnects) {
        text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count, reason);
    }
    return text.empty() ? "none" : text;
}

std::string hours_text(base::Duration duration) {
    return fmt::format("{:.2f} h", base::seconds(duration) / 3600);
}

std::string node_line(const Summary& summary, const NodeSummary& node, std::size_t width) {
    const auto [least, greatest] = delay_range(summary);
    return fmt::format(
        "{:<{}}  {:>6}  {:>5} {:>5} {:>5}  {:>5} {:>5} {:>5}  {:>6}  {:>7}  {:>6}  {:>5}  {}\n",
        node.name, width, node.heads, milliseconds_text(node.delay.p50),
        milliseconds_text(node.delay.p95), milliseconds_text(node.delay.p99),
        milliseconds_text(node.lag.p50), milliseconds_text(node.lag.p95),
        milliseconds_text(node.lag.p99), share_text(node.first, node.heads),
        share_text(node.on_time, node.on_time + node.late),
        share_text(node.slots_unreported, node.slots_followed),
        node.followed.count() > 0
            ? fmt::format("{:.1f}", percent(base::seconds(node.open), base::seconds(node.followed)))
            : "-",
        sparkline(node.delays, least, greatest));
}

}  // namespace

std::string report_text(const Summary& summary) {
    std::string text = first_paragraph(summary) + "\n\n";
    text += fmt::format("From {} to {}: {} watched", moment_text(summary.window.from),
                        moment_text(summary.window.to), hours_text(summary.watched));
    const SlotCounts& slots = summary.slots;
    text += fmt::format(
        ".\nSlots: {} on time, {} late, {} missed, {} optimistic, {} unknown, {} not judged.\n\n",
        slots.on_time, slots.late, slots.missed, slots.optimistic, slots.unknown, slots.not_judged);
    std::size_t width = 4;
    for (const NodeSummary& node : summary.nodes) {
        width = std::max(width, node.name.size());
    }
    text += fmt::format("{:<{}}  {:>6}  {:^17}  {:^17}  {:>6}  {:>7}  {:>6}  {:>5}\n", "", width,
                        "", "delay ms", "lag ms", "first", "on time", "silent", "open");
    text += fmt::format(
        "{:<{}}  {:>6}  {:>5} {:>5} {:>5}  {:>5} {:>5} {:>5}  {:>6}  {:>7}  {:>6}  {:>5}  {}\n",
        "node", width, "heads", "p50", "p95", "p99", "p50", "p95", "p99", "%", "%", "%", "%",
        "delay over time");
    for (const NodeSummary& node : summary.nodes) {
        text += node_line(summary, node, width);
    }
    text += "\nDisconnects:\n";
    for (const NodeSummary& node : summary.nodes) {
        text += fmt::format("  {:<{}}  {}\n", node.name, width, disconnects_text(node));
    }
    if (!summary.gaps.empty()) {
        text += "\nNot watched:\n";
        for (const GapSummary& gap : summary.gaps) {
            text += fmt::format("  {} to {}  {}{}\n", moment_text(gap.from), moment_text(gap.until),
                                gap.reason,
                                gap.dropped > 0 ? fmt::format(" ({} updates)", gap.dropped) : "");
        }
    }
    return text;
}

namespace {

void write_percentiles(updates::JsonWriter& out, std::string_view name, const Percentiles& value) {
    out.begin_object(name);
    out.seconds("p50", value.p50);
    out.seconds("p95", value.p95);
    out.seconds("p99", value.p99);
    out.end_object();
}

void write_node(updates::JsonWriter& out, const Summary& summary, const NodeSummary& node) {
    const NodeAdvice advice = advise(summary, node);
    out.begin_object();
    out.text("node", node.name);
    out.text("judgement", to_string(advice.judgement));
    out.text("reason", advice.reason);
    out.count("heads", node.heads);
    write_percentiles(out, "delay_seconds", node.delay);
    write_percentiles(out, "lag_seconds", node.lag);
    out.count("first", node.first);
    out.count("on_time", node.on_time);
    out.count("late", node.late);
    out.count("slots_followed", node.slots_followed);
    out.count("slots_not_reported", node.slots_unreported);
    out.begin_object("disconnects");
    for (const auto& [reason, count] : node.disconnects) {
        out.count(reason, count);
    }
    out.end_object();
    out.seconds("followed_seconds", node.followed);
    out.seconds("stream_open_seconds", node.open);
    out.begin_array("delay_seconds_over_time");
    for (const auto& delay : node.delays) {
        out.begin_object();
        out.seconds("p50", delay);
        out.end_object();
    }
    out.end_array();
    out.end_object();
}

void write_slots(updates::JsonWriter& out, const SlotCounts& slots) {
    out.begin_object("slots");
    out.count("on_time", slots.on_time);
    out.count("late", slots.late);
    out.count("missed", slots.missed);
    out.count("optimistic", slots.optimistic);
    out.count("unknown", slots.unknown);
    out.count("not_judged", slots.not_judged);
    out.end_object();
}

}  // namespace

std::string report_json(const Summary& summary) {
    std::string text;
    updates::JsonWriter out{text};
    out.begin_object();
    out.text("from", moment_text(summary.window.from));
    out.text("to", moment_text(summary.window.to));
    out.seconds("watched_seconds", summary.watched);
    out.begin_array("not_watched");
    for (const GapSummary& gap : summary.gaps) {
        out.begin_object();
        out.text("from", moment_text(gap.from));
        out.text("until", moment_text(gap.until));
        out.text("reason", gap.reason);
        out.count("dropped_updates", gap.dropped);
        out.end_object();
    }
    out.end_array();
    write_slots(out, summary.slots);
    out.text("advice", first_paragraph(summary));
    out.begin_array("nodes");
    for (const NodeSummary& node : summary.nodes) {
        write_node(out, summary, node);
    }
    out.end_array();
    out.end_object();
    return text + "\n";
}

std::optional<ReportFormat> find_report_format(std::string_view name) {
    return name == "text"   ? std::optional{ReportFormat::kText}
           : name == "json" ? std::optional{ReportFormat::kJson}
           : name == "html" ? std::optional{ReportFormat::kHtml}
                            : std::nullopt;
}

std::string_view content_type(ReportFormat format) {
    switch (format) {
        case ReportFormat::kText:
            return "text/plain; charset=utf-8";
        case ReportFormat::kJson:
            return "application/json";
        case ReportFormat::kHtml:
            break;
    }
    return "text/html; charset=utf-8";
}

Detail detail_of(ReportFormat format) {
    return format == ReportFormat::kHtml ? Detail::kPlots : Detail::kNumbers;
}

std::string report(const Summary& summary, ReportFormat format) {
    switch (format) {
        case ReportFormat::kText:
            return report_text(summary);
        case ReportFormat::kJson:
            return report_json(summary);
        case ReportFormat::kHtml:
            break;
    }
    return report_html(summary);
}

}  // namespace history
