#include "check/assessment.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "check/node_assessment.hpp"
#include "updates/chain_facts.hpp"

namespace check {
namespace {

using updates::ClockSkew;
using monitor::NetworkGuard;

std::optional<updates::ClockSkew> clock_of(const std::vector<NodeLook>& looks, const CheckVerdict& verdict,
                                   const CheckContext& context) {
    monitor::ClockEstimate estimate;
    if (verdict.chain) {
        estimate.set_slot_duration(verdict.chain->slot_duration);
    }
    estimate.set_kernel(context.kernel);
    for (const NodeLook& look : looks) {
        tell_dates(look, estimate);
    }
    return estimate.current();
}

std::vector<Finding> machine_findings(const CheckVerdict& verdict, const CheckContext& context) {
    std::vector<Finding> findings;
    if (level_of(verdict.clock) != updates::ClockSkew::Level::kNone) {
        findings.push_back(
            {"clock_off", Grade::kDegraded,
             fmt::format("this machine's clock is {} {}", clock_text(*verdict.clock),
                         verdict.nodes.size() > 1 ? "the nodes' clocks" : "the node's clock"),
             "set this machine's clock right, with chrony or systemd-timesyncd; where it is right, "
             "set the node's"});
    }
    if (context.kernel && !context.kernel->is_synchronised) {
        findings.push_back({"clock_not_synchronised", Grade::kGood,
                            "the kernel says that nothing keeps this machine's clock right",
                            "run chrony or systemd-timesyncd"});
    }
    return findings;
}

Grade grade_of(const CheckVerdict& verdict) {
    const auto is = [](Grade grade) {
        return [grade](const auto& judged) { return judged.grade == grade; };
    };
    const auto& nodes = verdict.nodes;
    if (nodes.empty()) {
        return Grade::kCouldNotCheck;
    }
    if (std::all_of(nodes.begin(), nodes.end(), is(Grade::kUnusable))) {
        return Grade::kUnusable;
    }
    const bool all_good =
        std::all_of(nodes.begin(), nodes.end(), is(Grade::kGood)) &&
        std::all_of(verdict.findings.begin(), verdict.findings.end(), is(Grade::kGood));
    return all_good ? Grade::kGood : Grade::kDegraded;
}

}  // namespace

std::string_view to_string(Grade grade) {
    switch (grade) {
        case Grade::kGood:
            return "good";
        case Grade::kDegraded:
            return "degraded";
        case Grade::kUnusable:
            return "unusable";
        case Grade::kCouldNotCheck:
            return "could_not_check";
    }
    return "unknown";
}

int exit_code_of(Grade grade) {
    switch (grade) {
        case Grade::kGood:
            return kExitGood;
        case Grade::kDegraded:
            return kExitDegraded;
        case Grade::kUnusable:
            return kExitUnusable;
        case Grade::kCouldNotCheck:
            break;
    }
    return kExitCouldNotCheck;
}

CheckVerdict judge(const std::vector<NodeLook>& looks, const CheckContext& context) {
    NetworkGuard guard{context.network};
    std::vector<updates::NodeId> order;
    order.reserve(looks.size());
    for (const NodeLook& look : looks) {
        order.push_back(look.id);
    }
    (void)guard.set_candidates(order);
    for (const NodeLook& look : looks) {
        if (const auto chain = chain_of(look)) {
            (void)guard.answered(look.id, *chain);
        }
    }
    CheckVerdict verdict;
    verdict.chain = guard.agreed();
    if (context.kernel) {
        verdict.kernel_synchronised = context.kernel->is_synchronised;
    }
    verdict.clock = clock_of(looks, verdict, context);
    for (const NodeLook& look : looks) {
        verdict.nodes.push_back(judge_node(look, guard.network_check(look.id), verdict, context));
    }
    verdict.findings = machine_findings(verdict, context);
    verdict.grade = grade_of(verdict);
    return verdict;
}

}  // namespace check
