#include "history/report_html.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <string_view>
#include <vector>

#include "base/text.hpp"
#include "base/time_text.hpp"
#include "history/advice.hpp"
#include "history/moment.hpp"
#include "history/plots_json.hpp"
#include "history/web_assets.hpp"

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
    return fmt::format("<td>{}</td>", base::escape_html(text));
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

/// The numbers of the plots, without any `<`: they are in a script element.
std::string plot_data(const Summary& summary) {
    std::string safe;
    for (const char c : plots_json(summary)) {
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

std::string report_html(const Summary& summary) {
    const SlotCounts& slots = summary.slots;
    std::string page =
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
        "'unsafe-inline'; script-src 'unsafe-inline'\">\n<title>headmon report</title>\n<style>\n";
    page.append(web::kPlotStyle).append("\n").append(web::kReportStyle);
    page += "</style>\n</head>\n<body>\n<h1>headmon report</h1>\n";
    page += "<p class=\"advice\">" + base::escape_html(first_paragraph(summary)) + "</p>\n";
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
