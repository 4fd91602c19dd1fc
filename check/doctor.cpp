#include "check/doctor.hpp"

#include <fmt/format.h>

#include "base/time_text.hpp"
#include "chain/root.hpp"
#include "check/table.hpp"
#include "monitor/node/topic_sets.hpp"

namespace check {
namespace {

using State = TopicProbe::State;

void add_line(std::string& text, const std::string& line) {
    text += line + "\n";
}

std::string topics_in(const TopicProbe& probe) {
    return monitor::join_topics(monitor::topics_of(probe.topic_set));
}

void add_identity(std::string& text, const NodeReport& report) {
    if (report.version.result) {
        add_line(text, fmt::format("It is {}.", *report.version.result));
    }
    if (const auto chain = chain_of(report)) {
        const std::string slots =
            chain->slot_duration ? fmt::format(", slots of {} s",
                                               base::seconds(base::Duration{*chain->slot_duration}))
                                 : std::string{};
        add_line(text, fmt::format("Its network is {}: genesis {}{}.", network_of(report),
                                   genesis_text(*chain), slots));
    }
}

void add_head(std::string& text, const NodeReport& report, const NodeAssessment& assessment) {
    if (report.syncing.result && !report.syncing.result->is_syncing) {
        add_line(text, report.syncing.result->is_optimistic
                           ? "It says that it is in sync, optimistically."
                           : "It is in sync.");
    }
    if (!report.head.result) {
        return;
    }
    std::string age;
    if (assessment.head_age) {
        age = *assessment.head_age == 0   ? ", of the slot that is now"
              : *assessment.head_age == 1 ? ", of the slot before"
                                          : fmt::format(", {} slots old", *assessment.head_age);
    }
    add_line(text, fmt::format("Its head is {} of slot {}{}.",
                               chain::short_string(report.head.result->root),
                               report.head.result->slot.value, age));
}

void add_streams(std::string& text, const NodeReport& report) {
    for (const TopicProbe& probe : report.topic_probes) {
        if (probe.state == State::kRefused) {
            const bool is_unreadable = probe.end.reason == updates::StreamEndReason::kMalformed;
            const std::string topics = topics_in(probe);
            add_line(text,
                     is_unreadable
                         ? fmt::format("Its heads for the topics {} cannot be decoded.", topics)
                         : fmt::format("Its event stream refuses the topics {}.", topics));
        }
    }
    if (const TopicProbe* const probe = report.working_topics()) {
        add_line(text,
                 fmt::format("Its event stream {} the topics {}.",
                             probe->state == State::kDelivered ? "delivered heads for" : "takes",
                             topics_in(*probe)));
    }
}

void add_clock(std::string& text, const Checked& checked) {
    if (const auto& clock = checked.assessment.clock) {
        const double uncertainty = base::seconds(clock->uncertainty.value_or(base::Duration{}));
        add_line(text,
                 fmt::format("This machine's clock is {} by the node's, give or take {:.1f} s.",
                             offset_of(clock), uncertainty));
    }
    if (checked.assessment.kernel_synchronised.value_or(false)) {
        add_line(text, "The kernel says that this machine's clock is kept right.");
    }
}

void add_findings(std::string& text, const std::vector<Finding>& findings) {
    for (const Finding& finding : findings) {
        text += fmt::format("\n{}: {}.\n  {}.\n",
                            finding.severity == Severity::kGood ? "Good to know" : "Problem",
                            finding.problem, sentence(finding.advice));
    }
}

}  // namespace

std::string doctor_text(const Checked& checked) {
    const NodeReport& report = checked.reports.front();
    const NodeAssessment& assessment = checked.assessment.nodes.front();
    std::string text = fmt::format("The node at {}:\n", report.origin);
    add_identity(text, report);
    add_head(text, report, assessment);
    add_streams(text, report);
    add_clock(text, checked);
    add_findings(text, assessment.findings);
    add_findings(text, checked.assessment.findings);
    return text + fmt::format("\nVerdict: {}.\n", to_string(checked.assessment.severity));
}

}  // namespace check
