#include "monitor/node/topic_negotiation.hpp"

#include <algorithm>

#include "updates/node_status.hpp"

namespace monitor {

void TopicNegotiation::opening(base::MonoTime now) {
    if (lowered_at_ && now - *lowered_at_ >= kRetryAfter) {
        forget_ = true;
    }
    if (forget_ || start_over_) {
        form_ = updates::TopicSet::kHeadV2Full;
        confirmed_ = false;
    }
    if (forget_) {
        lowered_at_.reset();
        excluded_.clear();
    }
    forget_ = false;
    start_over_ = false;
    had_event_ = false;
    opened_at_ = now;
}

std::vector<std::string> TopicNegotiation::topic_list() const {
    const auto topics = requested();
    return {topics.begin(), topics.end()};
}

std::string TopicNegotiation::topics() const {
    return join_topics(requested());
}

std::vector<std::string_view> TopicNegotiation::requested() const {
    std::vector<std::string_view> topics = topics_of(form_);
    std::erase_if(topics, [this](std::string_view topic) { return excluded_.contains(topic); });
    return topics;
}

TopicNegotiation::Retry TopicNegotiation::answered(TopicAnswer answer) {
    answer.had_event = had_event_;
    answer.is_confirmed = confirmed_;
    const TopicRefusal refusal = find_refusal(answer);
    if (refusal == TopicRefusal::kNone) {
        return Retry::kNone;
    }
    confirmed_ = false;
    const auto poorer = poorer_set(form_);
    // With all optional topics left out, `head` alone is what the second set has already.
    if (!poorer ||
        (form_ == updates::TopicSet::kHeadFull && excluded_.size() == kOptionalTopics.size())) {
        // No set works, so the topics are not what is wrong.
        start_over_ = true;
        return Retry::kNone;
    }
    form_ = *poorer;
    lowered_at_ = opened_at_;
    had_event_ = false;
    return refusal == TopicRefusal::kByStatus ? Retry::kNow : Retry::kAtNextOpening;
}

TopicNegotiation::Retry TopicNegotiation::refused_by_status(int status) {
    return answered({updates::StreamEndReason::kHttpStatus, status});
}

TopicNegotiation::Retry TopicNegotiation::ended(updates::StreamEndReason reason) {
    return answered({reason});
}

TopicNegotiation::Retry TopicNegotiation::went_silent() {
    return answered({});
}

void TopicNegotiation::head_received() {
    had_event_ = true;
    confirmed_ = true;
    start_over_ = false;
}

void TopicNegotiation::malformed_optional(std::string_view topic) {
    const bool is_ours =
        std::find(kOptionalTopics.begin(), kOptionalTopics.end(), topic) != kOptionalTopics.end();
    if (is_ours && excluded_.emplace(topic).second && !lowered_at_) {
        lowered_at_ = opened_at_;
    }
}

void TopicNegotiation::version_learned(std::string_view version) {
    if (version == version_ || version.empty()) {
        return;
    }
    // What was learned before the node reported its version was learned of this version.
    forget_ = forget_ || !version_.empty();
    version_ = version;
}

void TopicNegotiation::epoch_reached(chain::Epoch now, chain::Epoch fork) {
    if (now < fork) {
        before_fork_ = true;
    } else if (before_fork_) {
        before_fork_ = false;
        forget_ = true;
    }
}

}  // namespace monitor
