#include "check/assessment.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>

#include "check/node_assessment.hpp"
#include "updates/chain_facts.hpp"

namespace check {
namespace {

using monitor::NetworkGuard;

std::optional<updates::ClockSkew> clock_of(const std::vector<NodeReport>& reports,
                                           const Assessment& assessment,
                                           const CheckContext& context) {
    monitor::ClockEstimate estimate;
    if (assessment.chain) {
        estimate.set_slot_duration(assessment.chain->slot_duration.value());
    }
    estimate.set_kernel(context.kernel);
    for (const NodeReport& report : reports) {
        add_dates(report, estimate);
    }
    return estimate.current();
}

std::vector<Finding> machine_findings(const Assessment& assessment, const CheckContext& context) {
    std::vector<Finding> findings;
    if (level_of(assessment.clock) != updates::ClockSkew::Level::kNone) {
        findings.push_back(
            {"clock_off", Severity::kDegraded,
             fmt::format("this machine's clock is {} {}", clock_text(*assessment.clock),
                         assessment.nodes.size() > 1 ? "the nodes' clocks" : "the node's clock"),
             "set this machine's clock right, with chrony or systemd-timesyncd; where it is right, "
             "set the node's"});
    }
    if (context.kernel && !context.kernel->is_synchronised) {
        findings.push_back({"clock_not_synchronised", Severity::kGood,
                            "the kernel says that nothing keeps this machine's clock right",
                            "run chrony or systemd-timesyncd"});
    }
    return findings;
}

Severity worst_of(const Assessment& assessment) {
    const auto is = [](Severity severity) {
        return [severity](const auto& one) { return one.severity == severity; };
    };
    const auto& nodes = assessment.nodes;
    if (nodes.empty()) {
        return Severity::kCouldNotCheck;
    }
    if (std::all_of(nodes.begin(), nodes.end(), is(Severity::kUnusable))) {
        return Severity::kUnusable;
    }
    const bool all_good =
        std::all_of(nodes.begin(), nodes.end(), is(Severity::kGood)) &&
        std::all_of(assessment.findings.begin(), assessment.findings.end(), is(Severity::kGood));
    return all_good ? Severity::kGood : Severity::kDegraded;
}

}  // namespace

std::string_view to_string(Severity severity) {
    switch (severity) {
        case Severity::kGood:
            return "good";
        case Severity::kDegraded:
            return "degraded";
        case Severity::kUnusable:
            return "unusable";
        case Severity::kCouldNotCheck:
            return "could_not_check";
    }
    assert(false);
    return "unknown";
}

std::string_view plugin_status(Severity severity) {
    switch (severity) {
        case Severity::kGood:
            return "OK";
        case Severity::kDegraded:
            return "WARNING";
        case Severity::kUnusable:
            return "CRITICAL";
        case Severity::kCouldNotCheck:
            return "UNKNOWN";
    }
    assert(false);
    return "UNKNOWN";
}

int exit_code_of(Severity severity) {
    switch (severity) {
        case Severity::kGood:
            return kExitGood;
        case Severity::kDegraded:
            return kExitDegraded;
        case Severity::kUnusable:
            return kExitUnusable;
        case Severity::kCouldNotCheck:
            break;
    }
    return kExitCouldNotCheck;
}

Assessment assess(const std::vector<NodeReport>& reports, const CheckContext& context) {
    NetworkGuard guard{context.network};
    std::vector<updates::NodeId> order;
    std::vector<updates::NodeId> exempt;
    order.reserve(reports.size());
    for (const NodeReport& report : reports) {
        order.push_back(report.id);
        if (!report.checks_network) {
            exempt.push_back(report.id);
        }
    }
    (void)guard.set_candidates(order, exempt);
    for (const NodeReport& report : reports) {
        if (const auto chain = chain_of(report)) {
            (void)guard.answered(report.id, *chain);
        }
    }
    (void)guard.end_wait();
    Assessment assessment;
    assessment.chain = guard.agreed();
    if (context.kernel) {
        assessment.kernel_synchronised = context.kernel->is_synchronised;
    }
    assessment.clock = clock_of(reports, assessment, context);
    for (const NodeReport& report : reports) {
        assessment.nodes.push_back(
            assess_node(report, guard.network_check(report.id), assessment, context));
    }
    assessment.findings = machine_findings(assessment, context);
    assessment.severity = worst_of(assessment);
    return assessment;
}

}  // namespace check
