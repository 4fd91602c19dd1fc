#include "check/node_report.hpp"

#include <algorithm>

#include "monitor/node_access.hpp"
#include "updates/node_status.hpp"

namespace check {

std::string topics_of(updates::TopicSet form) {
    std::string topics = form == updates::TopicSet::kHeadV2Full ? "head_v2" : "head";
    if (form != updates::TopicSet::kHeadOnly) {
        for (const std::string_view topic : monitor::kOptionalTopics) {
            topics += ",";
            topics += topic;
        }
    }
    return topics;
}

std::string_view to_string(FormLook::Answer answer) {
    using Answer = FormLook::Answer;
    switch (answer) {
        case Answer::kNotAsked:
            return "not_asked";
        case Answer::kConnecting:
            return "connecting";
        case Answer::kWaiting:
            return "no_answer";
        case Answer::kAccepted:
            return "accepted";
        case Answer::kDelivered:
            return "delivered";
        case Answer::kRefused:
            return "refused";
        case Answer::kFailed:
            return "failed";
    }
    return "unknown";
}

const FormLook* NodeLook::working_form() const {
    for (const auto answer : {FormLook::Answer::kDelivered, FormLook::Answer::kAccepted}) {
        const auto* const found =
            std::find_if(forms.begin(), forms.end(),
                         [&](const FormLook& form) { return form.answer == answer; });
        if (found != forms.end()) {
            return found;
        }
    }
    return nullptr;
}

base::Result<monitor::ChainIdentity> chain_of(const NodeLook& look) {
    if (!look.genesis.said) {
        return look.genesis.said.error();
    }
    if (!look.spec.said) {
        return look.spec.said.error();
    }
    const monitor::ChainIdentity chain{look.genesis.said->time, look.spec.said->slot_duration,
                                       look.genesis.said->validators_root};
    if (const std::string_view problem = monitor::find_problem(chain); !problem.empty()) {
        return base::Error{base::ErrorCode::kOutOfRange, std::string{problem}};
    }
    return chain;
}

}  // namespace check
