#include "monitor/topic_forms.hpp"

#include <algorithm>

namespace monitor {

namespace {

constexpr int kBadRequest = 400;

}  // namespace

std::string_view to_string(TopicForm form) {
    switch (form) {
        case TopicForm::kHeadV2:
            return "head_v2";
        case TopicForm::kHead:
            return "head";
        case TopicForm::kHeadOnly:
            return "head_only";
    }
    return "unknown";
}

void TopicForms::opening(base::MonoTime now) {
    if (lowered_at_ && now - *lowered_at_ >= kRetryAfter) {
        forget_ = true;
    }
    if (forget_ || start_over_) {
        form_ = TopicForm::kHeadV2;
        works_ = false;
    }
    if (forget_) {
        lowered_at_.reset();
        left_out_.clear();
    }
    forget_ = false;
    start_over_ = false;
    had_event_ = false;
    opened_at_ = now;
}

std::vector<std::string> TopicForms::topic_list() const {
    std::vector<std::string> topics{form_ == TopicForm::kHeadV2 ? "head_v2" : "head"};
    if (form_ != TopicForm::kHeadOnly) {
        for (const std::string_view topic : kOptionalTopics) {
            if (!left_out_.contains(topic)) {
                topics.emplace_back(topic);
            }
        }
    }
    return topics;
}

std::string TopicForms::topics() const {
    std::string joined;
    for (const std::string& topic : topic_list()) {
        joined += joined.empty() ? "" : ",";
        joined += topic;
    }
    return joined;
}

TopicForms::Meaning TopicForms::refused(Meaning with_lower_form) {
    works_ = false;
    // With all optional topics left out, `head` alone is what the second form asks for already.
    const bool is_lowest =
        form_ == TopicForm::kHeadOnly ||
        (form_ == TopicForm::kHead && left_out_.size() == kOptionalTopics.size());
    if (is_lowest) {
        // No form works, so the topics are not what is wrong.
        start_over_ = true;
        return Meaning::kNone;
    }
    form_ = form_ == TopicForm::kHeadV2 ? TopicForm::kHead : TopicForm::kHeadOnly;
    lowered_at_ = opened_at_;
    had_event_ = false;
    return with_lower_form;
}

TopicForms::Meaning TopicForms::refused_by_status(int status) {
    if (status != kBadRequest) {
        return Meaning::kNone;
    }
    return refused(Meaning::kAskAgainNow);
}

TopicForms::Meaning TopicForms::ended(base::EndReason reason) {
    const bool is_clean = reason == base::EndReason::kEof || reason == base::EndReason::kEmptyBody;
    // A form that has worked is known to this node: the stream was cut for another reason.
    if (!is_clean || had_event_ || works_) {
        return Meaning::kNone;
    }
    return refused(Meaning::kAskAtNextOpening);
}

TopicForms::Meaning TopicForms::went_silent() {
    if (works_) {
        return Meaning::kNone;
    }
    return refused(Meaning::kAskAtNextOpening);
}

void TopicForms::head_received() {
    had_event_ = true;
    works_ = true;
    start_over_ = false;
}

void TopicForms::malformed_optional(std::string_view topic) {
    const bool is_ours =
        std::find(kOptionalTopics.begin(), kOptionalTopics.end(), topic) != kOptionalTopics.end();
    if (is_ours && left_out_.emplace(topic).second && !lowered_at_) {
        lowered_at_ = opened_at_;
    }
}

void TopicForms::version_learned(std::string_view version) {
    if (version == version_ || version.empty()) {
        return;
    }
    // What was learned before the node told its version was learned of this version.
    forget_ = forget_ || !version_.empty();
    version_ = version;
}

void TopicForms::epoch_reached(base::Epoch now, base::Epoch fork) {
    if (now < fork) {
        before_fork_ = true;
    } else if (before_fork_) {
        before_fork_ = false;
        forget_ = true;
    }
}

}  // namespace monitor
