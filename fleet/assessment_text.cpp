#include <fmt/format.h>

#include <cstdint>

#include "base/printable.hpp"
#include "fleet/assessment.hpp"
#include "updates/json_writer.hpp"

namespace fleet {
namespace {

struct FleetCounts {
    std::uint64_t instances = 0;
    std::uint64_t nodes = 0;
};

FleetCounts count_fleet(const View& view, const Thresholds& thresholds) {
    FleetCounts counts;
    for (const auto& [name, instance] : view.instances()) {
        if (thresholds.filter.admits(name, instance.labels)) {
            ++counts.instances;
            counts.nodes += instance.nodes.size();
        }
    }
    return counts;
}

}  // namespace

std::string findings_text(const std::vector<Finding>& findings, const View& view,
                          const Thresholds& thresholds) {
    const FleetCounts counts = count_fleet(view, thresholds);
    std::size_t wrong = 0;
    for (const Finding& finding : findings) {
        wrong += finding.level == Level::kOk ? 0 : 1;
    }
    std::string text = fmt::format("FLEET {} - {} instances, {} nodes", to_string(worst(findings)),
                                   counts.instances, counts.nodes);
    if (wrong > 0) {
        text += fmt::format("; {}", findings.front().problem);
        text += wrong > 1 ? fmt::format("; and {} more", wrong - 1) : "";
    }
    text += '\n';
    constexpr std::size_t kListed = 200;
    for (std::size_t i = 0; i < std::min(findings.size(), kListed); ++i) {
        const Finding& finding = findings[i];
        text += fmt::format("{} {}: {}. {}.\n", to_string(finding.level), to_string(finding.code),
                            finding.problem, finding.advice);
    }
    if (findings.size() > kListed) {
        text += fmt::format("and {} more; --format json has all\n", findings.size() - kListed);
    }
    return text;
}

std::string findings_json(const std::vector<Finding>& findings, const View& view,
                          const Thresholds& thresholds) {
    const FleetCounts counts = count_fleet(view, thresholds);
    std::string text;
    {
        updates::JsonWriter out{text};
        out.begin_object();
        out.text("status", to_string(worst(findings)));
        out.count("instances", counts.instances);
        out.count("nodes", counts.nodes);
        out.begin_array("findings");
        for (const Finding& finding : findings) {
            out.begin_object();
            out.text("finding", to_string(finding.code));
            out.text("status", to_string(finding.level));
            out.text("subject", finding.subject.empty()
                                    ? std::nullopt
                                    : std::optional{base::printable(finding.subject, 256)});
            out.text("problem", finding.problem);
            out.text("advice", finding.advice);
            out.end_object();
        }
        out.end_array();
        out.end_object();
    }
    return text + '\n';
}

}  // namespace fleet
