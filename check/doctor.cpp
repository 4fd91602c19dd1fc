#include "check/doctor.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <chrono>

#include "check/table.hpp"
#include "chain/root.hpp"

namespace check {
namespace {

using Answer = FormLook::Answer;

void add(std::string& text, const std::string& line) {
    text += line + "\n";
}

void tell_identity(std::string& text, const NodeLook& look) {
    if (look.version.said) {
        add(text, fmt::format("It is {}.", *look.version.said));
    }
    if (const auto chain = chain_of(look)) {
        add(text, fmt::format("Its network is {}: genesis {:%Y-%m-%dT%H:%M:%SZ}, slots of {} s.",
                              network_of(look),
                              std::chrono::floor<std::chrono::seconds>(chain->genesis_time),
                              std::chrono::duration<double>{chain->slot_duration}.count()));
    }
}

void tell_head(std::string& text, const NodeLook& look, const NodeVerdict& verdict) {
    if (look.syncing.said && !look.syncing.said->is_syncing) {
        add(text, look.syncing.said->is_optimistic ? "It says that it is in sync, optimistically."
                                                   : "It is in sync.");
    }
    if (!look.head.said) {
        return;
    }
    std::string age;
    if (verdict.head_age) {
        age = *verdict.head_age == 0   ? ", of the slot that is now"
              : *verdict.head_age == 1 ? ", of the slot before"
                                       : fmt::format(", {} slots old", *verdict.head_age);
    }
    add(text, fmt::format("Its head is {} of slot {}{}.", chain::short_string(look.head.said->root),
                          look.head.said->slot.value, age));
}

void tell_streams(std::string& text, const NodeLook& look) {
    for (const FormLook& form : look.forms) {
        if (form.answer == Answer::kRefused) {
            add(text, fmt::format("Its event stream refuses the topics {}.", topics_of(form.form)));
        }
    }
    if (const FormLook* const form = look.working_form()) {
        add(text, fmt::format("Its event stream {} the topics {}.",
                              form->answer == Answer::kDelivered ? "delivered heads for" : "takes",
                              topics_of(form->form)));
    }
}

void tell_clock(std::string& text, const Checked& checked) {
    if (const auto& clock = checked.verdict.clock) {
        const double uncertainty = std::chrono::duration<double>{clock->uncertainty}.count();
        add(text, fmt::format("This machine's clock is {} by the node's, give or take {:.1f} s.",
                              offset_of(clock), uncertainty));
    }
    if (checked.verdict.kernel_synchronised.value_or(false)) {
        add(text, "The kernel says that this machine's clock is kept right.");
    }
}

void tell_findings(std::string& text, const std::vector<Finding>& findings) {
    for (const Finding& finding : findings) {
        text += fmt::format("\n{}: {}.\n  {}.\n",
                            finding.grade == Grade::kGood ? "Good to know" : "Problem",
                            finding.problem, sentence(finding.advice));
    }
}

}  // namespace

std::string doctor_text(const Checked& checked) {
    const NodeLook& look = checked.looks.front();
    const NodeVerdict& verdict = checked.verdict.nodes.front();
    std::string text = fmt::format("The node at {}:\n", look.origin);
    tell_identity(text, look);
    tell_head(text, look, verdict);
    tell_streams(text, look);
    tell_clock(text, checked);
    tell_findings(text, verdict.findings);
    tell_findings(text, checked.verdict.findings);
    return text + fmt::format("\nVerdict: {}.\n", to_string(checked.verdict.grade));
}

}  // namespace check
