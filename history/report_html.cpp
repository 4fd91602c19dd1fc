#include "history/report_html.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <string_view>
#include <vector>

#include "base/time_text.hpp"
#include "history/advice.hpp"
#include "history/moment.hpp"
#include "history/web_assets.hpp"
#include "updates/json_writer.hpp"

namespace history {
namespace {

using std::chrono::milliseconds;

std::string moment_of(std::int64_t micros) {
    return base::to_rfc3339(from_micros(micros));
}

std::string cell_milliseconds(const std::optional<base::Duration>& value) {
    return value ? std::to_string(std::chrono::duration_cast<milliseconds>(*value).count()) : "–";
}

std::string cell_share(std::uint64_t part, std::uint64_t whole) {
    return whole > 0 ? fmt::format("{:.1f}",
                                   percent(static_cast<double>(part), static_cast<double>(whole)))
                     : "–";
}

std::string hours_of(base::Duration duration) {
    return fmt::format("{:.2f} h", base::seconds(duration) / 3600);
}

/// "throw_out" is "throw out".
std::string label_of(Judgement judgement) {
    std::string label{to_string(judgement)};
    std::replace(label.begin(), label.end(), '_', ' ');
    return label;
}

std::string cell(std::string_view text) {
    return fmt::format("<td>{}</td>", escape_html(text));
}

std::string node_row(const Summary& summary, const NodeSummary& node) {
    const NodeAdvice advice = advise(summary, node);
    const double open = percent(base::seconds(node.open), base::seconds(node.followed));
    return fmt::format("<tr>{}<td class=\"{}\">{}</td>", cell(node.name),
                       to_string(advice.judgement), label_of(advice.judgement)) +
           cell(std::to_string(node.heads)) + cell(cell_milliseconds(node.delay.p50)) +
           cell(cell_milliseconds(node.delay.p95)) + cell(cell_milliseconds(node.delay.p99)) +
           cell(cell_milliseconds(node.lag.p50)) + cell(cell_milliseconds(node.lag.p95)) +
           cell(cell_milliseconds(node.lag.p99)) + cell(cell_share(node.first, node.heads)) +
           cell(cell_share(node.on_time, node.on_time + node.late)) +
           cell(cell_share(node.slots_unreported, node.slots_followed)) +
           cell(node.followed.count() > 0 ? fmt::format("{:.1f}", open) : "–") + "</tr>\n";
}

std::string node_table(const Summary& summary) {
    std::string text =
        "<div class=\"scroll\"><table class=\"nodes\">\n<thead><tr><th>node</th><th></th><th>heads"
        "</th><th>delay p50 ms</th><th>p95</th><th>p99</th><th>lag p50 ms</th><th>p95</th>"
        "<th>p99</th><th>first %</th><th>on time %</th><th>silent %</th><th>open %</th></tr>"
        "</thead>\n<tbody>\n";
    for (const NodeSummary& node : summary.nodes) {
        text += node_row(summary, node);
    }
    return text + "</tbody></table></div>\n";
}

/// What is listed below the plots.
std::string lists(const Summary& summary) {
    std::string text =
        "<h2>Disconnects</h2>\n<div class=\"scroll\"><table class=\"list\"><tbody>\n";
    for (const NodeSummary& node : summary.nodes) {
        std::string ends;
        for (const auto& [reason, count] : node.disconnects) {
            ends += fmt::format("{}{} {}", ends.empty() ? "" : ", ", count, reason);
        }
        text += "<tr>" + cell(node.name) + cell(ends.empty() ? "none" : ends) + "</tr>\n";
    }
    text += "</tbody></table></div>\n";
    if (summary.gaps.empty()) {
        return text;
    }
    constexpr std::size_t kListed = 200;
    text += "<h2>Not watched</h2>\n<div class=\"scroll\"><table class=\"list\"><tbody>\n";
    for (std::size_t i = 0; i < std::min(summary.gaps.size(), kListed); ++i) {
        const GapSummary& gap = summary.gaps[i];
        text += "<tr>" + cell(moment_of(gap.from)) + cell(moment_of(gap.until)) + cell(gap.reason) +
                "</tr>\n";
    }
    text += "</tbody></table></div>\n";
    if (summary.gaps.size() > kListed) {
        text += fmt::format("<p class=\"faint\">and {} more.</p>\n", summary.gaps.size() - kListed);
    }
    return text;
}

/// A list of moments in milliseconds.
template <class Items, class Value>
void write_numbers(updates::JsonWriter& out, std::string_view name, const Items& items,
                   Value value) {
    out.begin_array(name);
    for (const auto& item : items) {
        out.element(value(item));
    }
    out.end_array();
}

void write_plots_of(updates::JsonWriter& out, const NodeSummary& node) {
    const NodePlots plots = node.plots.value_or(NodePlots{});
    const auto same = [](auto number) { return std::optional{static_cast<std::int64_t>(number)}; };
    out.begin_object();
    out.text("node", node.name);
    write_numbers(out, "arrivals_us", plots.arrivals,
                  [](const std::optional<base::Duration>& delay) -> std::optional<std::int64_t> {
                      return delay ? std::optional{std::int64_t{delay->count() / 1000}}
                                   : std::nullopt;
                  });
    write_numbers(out, "lags_within", plots.lags_within, same);
    out.count("lags", plots.lags);
    write_numbers(out, "heads_by_part", plots.heads_by_part, same);
    write_numbers(out, "firsts_by_part", plots.firsts_by_part, same);
    write_numbers(out, "down_from_ms", plots.down,
                  [](const auto& span) { return std::optional{span.from / 1000}; });
    write_numbers(out, "down_until_ms", plots.down,
                  [](const auto& span) { return std::optional{span.until / 1000}; });
    out.end_object();
}

/// The numbers of the plots. No `<` is in it: it stands in a script element.
std::string plot_data(const Summary& summary) {
    std::string json;
    updates::JsonWriter out{json};
    out.begin_object();
    out.number("from_ms", summary.window.from / 1000);
    out.number("to_ms", summary.window.to / 1000);
    const auto& clock = summary.slot_clock;
    out.number("genesis_ms", clock ? to_micros(clock->genesis()) / 1000 : 0);
    out.number("slot_ms", clock ? clock->slot_duration().count() : 0);
    out.number("deadline_ms",
               summary.deadline ? std::optional<std::int64_t>{summary.deadline->count() / 1'000'000}
                                : std::nullopt);
    out.count("arrivals", NodePlots::kArrivals);
    out.count("parts", Summary::kParts);
    write_numbers(out, "lag_edges_ms", NodePlots::kLagEdges,
                  [](std::int64_t edge) { return std::optional{edge}; });
    write_numbers(out, "gaps_from_ms", summary.gaps,
                  [](const GapSummary& gap) { return std::optional{gap.from / 1000}; });
    write_numbers(out, "gaps_until_ms", summary.gaps,
                  [](const GapSummary& gap) { return std::optional{gap.until / 1000}; });
    out.begin_array("nodes");
    for (const NodeSummary& node : summary.nodes) {
        write_plots_of(out, node);
    }
    out.end_array();
    out.end_object();
    std::string safe;
    for (const char c : json) {
        safe += c == '<' ? std::string_view{"\\u003c"} : std::string_view{&c, 1};
    }
    return safe;
}

std::string plot_sections(const Summary& summary) {
    if (web::kPlotScript.empty()) {
        return "<p class=\"faint\">This headmon was built without uPlot, so there are no plots: "
               "scripts/fetch-uplot brings it before a build.</p>\n";
    }
    return fmt::format(
        R"html(<h2>Arrival of heads</h2>
<p class="faint">Median delay from the slot's start, in {} parts of the time. Dashed: the attestation deadline. Shaded: not watched.</p>
<div class="plot" id="arrivals"></div>
<h2>Lag</h2>
<p class="faint">Heads that came so soon behind the first report by any node.</p>
<div class="plot" id="lags"></div>
<h2>First seen</h2>
<p class="faint">Heads that the node reported before all others, in {} parts of the time.</p>
<div class="plot" id="firsts"></div>
<h2>Down</h2>
<p class="faint"><span class="key" style="background:var(--bad);margin-left:0"></span>no open stream<span class="key" style="background:var(--gap)"></span>not watched</p>
<div class="plot" id="downtime"></div>
<script type="application/json" id="data">{}</script>
<script>
/* uPlot 1.6, {} */
{}</script>
<script>
{}</script>
)html",
        NodePlots::kArrivals, Summary::kParts, plot_data(summary), web::kPlotLicence,
        web::kPlotScript, web::kReportScript);
}

}  // namespace

std::string escape_html(std::string_view text) {
    std::string safe;
    for (const char c : text) {
        switch (c) {
            case '&':
                safe += "&amp;";
                break;
            case '<':
                safe += "&lt;";
                break;
            case '>':
                safe += "&gt;";
                break;
            case '"':
                safe += "&quot;";
                break;
            default:
                safe += c;
        }
    }
    return safe;
}

std::string report_html(const Summary& summary) {
    const SlotCounts& slots = summary.slots;
    std::string page =
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
        "'unsafe-inline'; script-src 'unsafe-inline'\">\n<title>headmon report</title>\n<style>\n";
    page.append(web::kPlotStyle).append("\n").append(web::kReportStyle);
    page += "</style>\n</head>\n<body>\n<h1>headmon report</h1>\n";
    page += "<p class=\"advice\">" + escape_html(first_paragraph(summary)) + "</p>\n";
    page += fmt::format("<p>From {} to {}: {} watched.</p>\n", moment_of(summary.window.from),
                        moment_of(summary.window.to), hours_of(summary.watched));
    page += fmt::format(
        "<p class=\"faint\">Slots: {} on time, {} late, {} missed, {} optimistic, {} unknown, {} "
        "not judged.</p>\n",
        slots.on_time, slots.late, slots.missed, slots.optimistic, slots.unknown, slots.not_judged);
    page += node_table(summary) + plot_sections(summary) + lists(summary);
    return page + "</body>\n</html>\n";
}

}  // namespace history
