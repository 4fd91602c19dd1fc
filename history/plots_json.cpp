#include "history/plots_json.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

#include "history/moment.hpp"
#include "history/plots.hpp"
#include "updates/json_writer.hpp"

namespace history {
namespace {

/// A list of numbers.
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

}  // namespace

std::string plots_json(const Summary& summary) {
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
    return json;
}

}  // namespace history
