#include "check/table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>

#include "base/printable.hpp"
#include "base/time_text.hpp"
#include "chain/network.hpp"
#include "chain/sync_status.hpp"
#include "updates/chain_facts.hpp"
#include "updates/client_family.hpp"

namespace check {
namespace {

constexpr std::size_t kColumns = 8;
using Row = std::array<std::string, kColumns>;

/// Nodes that the first line names before it only counts.
constexpr std::size_t kNamedMax = 5;

std::string name_of(const NodeReport& report) {
    return base::printable(report.id.name(), 64);
}

std::string first_line(const Checked& checked) {
    const auto& nodes = checked.assessment.nodes;
    const auto good = std::count_if(nodes.begin(), nodes.end(), [](const NodeAssessment& node) {
        return node.severity == Severity::kGood;
    });
    std::string text = fmt::format(
        "{}: {}, {} of {} node{} good", plugin_status(checked.assessment.severity),
        to_string(checked.assessment.severity), good, nodes.size(), nodes.size() == 1 ? "" : "s");
    std::size_t named = 0;
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        if (nodes[i].severity == Severity::kGood) {
            continue;
        }
        if (++named > kNamedMax) {
            return text + ", ...";
        }
        text += fmt::format(", {} {} ({})", name_of(checked.reports[i]),
                            to_string(nodes[i].severity), nodes[i].findings.front().code);
    }
    for (const Finding& finding : checked.assessment.findings) {
        if (finding.severity != Severity::kGood) {
            text += fmt::format(", {}", finding.code);
        }
    }
    return text;
}

std::string sync_of(const NodeReport& report) {
    if (!report.syncing.result) {
        return "-";
    }
    const chain::SyncStatus& syncing = *report.syncing.result;
    std::string text =
        syncing.is_syncing ? fmt::format("syncing, {} behind", syncing.sync_distance) : "in sync";
    text += syncing.is_optimistic ? ", optimistic" : "";
    return text + (syncing.el_offline ? ", EL offline" : "");
}

std::string head_of(const NodeReport& report, const NodeAssessment& assessment) {
    if (!report.head.result) {
        return "-";
    }
    std::string text = std::to_string(report.head.result->slot.value);
    return assessment.head_age ? text + fmt::format(" ({} old)", *assessment.head_age) : text;
}

std::string topic_set_of(const NodeReport& report) {
    const TopicProbe* const probe = report.working_topics();
    return probe == nullptr ? "-" : std::string{to_string(probe->topic_set)};
}

Row row_of(const NodeReport& report, const NodeAssessment& assessment) {
    return {name_of(report),
            std::string{to_string(assessment.severity)},
            client_of(report),
            network_of(report),
            topic_set_of(report),
            sync_of(report),
            head_of(report, assessment),
            offset_of(assessment.clock)};
}

void append_rows(std::string& text, const std::vector<Row>& rows) {
    std::array<std::size_t, kColumns> widths{};
    for (const Row& row : rows) {
        for (std::size_t i = 0; i < kColumns; ++i) {
            widths[i] = std::max(widths[i], row[i].size());
        }
    }
    for (const Row& row : rows) {
        for (std::size_t i = 0; i + 1 < kColumns; ++i) {
            text += fmt::format("{:<{}}", row[i], widths[i] + 2);
        }
        text += row.back() + "\n";
    }
}

void append_findings(std::string& text, std::string_view name,
                     const std::vector<Finding>& findings) {
    for (const Finding& finding : findings) {
        const std::string_view severity =
            finding.severity == Severity::kGood ? "note" : to_string(finding.severity);
        text += fmt::format("{}: {}: {}: {}. {}.\n", name, severity, finding.code, finding.problem,
                            sentence(finding.advice));
    }
}

}  // namespace

std::string sentence(std::string_view text) {
    std::string sentence{text};
    if (!sentence.empty()) {
        sentence[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(sentence[0])));
    }
    return sentence;
}

std::string client_of(const NodeReport& report) {
    const std::string_view version =
        report.version.result ? std::string_view{*report.version.result} : std::string_view{};
    return version.empty() ? "-" : std::string{updates::short_version(version)};
}

std::string network_of(const NodeReport& report) {
    if (report.spec.result && !report.spec.result->config_name.empty()) {
        return report.spec.result->config_name.substr(0, 30);
    }
    if (report.genesis.result) {
        return chain::network_name(report.genesis.result->validators_root);
    }
    return report.spec.result ? "unnamed" : "-";
}

std::string offset_of(const std::optional<updates::ClockSkew>& clock) {
    if (!clock || !clock->offset || !clock->uncertainty) {
        return "-";
    }
    const bool may_be_none =
        *clock->offset <= *clock->uncertainty && -*clock->offset <= *clock->uncertainty;
    if (may_be_none) {
        return "right";
    }
    const double offset = base::seconds(*clock->offset);
    return fmt::format("{:.1f} s {}", offset < 0 ? -offset : offset,
                       offset < 0 ? "behind" : "ahead");
}

std::string check_table(const Checked& checked) {
    const auto& nodes = checked.assessment.nodes;
    std::string text = first_line(checked) + "\n";
    std::vector<Row> rows{
        {"NODE", "VERDICT", "CLIENT", "NETWORK", "TOPICS", "SYNC", "HEAD SLOT", "OUR CLOCK"}};
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        rows.push_back(row_of(checked.reports[i], nodes[i]));
    }
    append_rows(text, rows);
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        append_findings(text, name_of(checked.reports[i]), nodes[i].findings);
    }
    append_findings(text, "this machine", checked.assessment.findings);
    return text;
}

}  // namespace check
