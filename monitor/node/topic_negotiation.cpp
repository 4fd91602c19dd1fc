#include "monitor/node/topic_negotiation.hpp"

#include <algorithm>

#include "updates/node_status.hpp"

namespace monitor {

namespace {

constexpr int kBadRequest = 400;

}  // namespace

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
    std::vector<std::string> topics{form_ == updates::TopicSet::kHeadV2Full ? "head_v2" : "head"};
    if (form_ != updates::TopicSet::kHeadOnly) {
        for (const std::string_view topic : kOptionalTopics) {
            if (!excluded_.contains(topic)) {
                topics.emplace_back(topic);
            }
        }
    }
    return topics;
}

std::string TopicNegotiation::topics() const {
    std::string joined;
    for (const std::string& topic : topic_list()) {
        joined += joined.empty() ? "" : ",";
        joined += topic;
    }
    return joined;
}

TopicNegotiation::Retry TopicNegotiation::refused(Retry with_lower_form) {
    confirmed_ = false;
    // With all optional topics left out, `head` alone is what the second form asks for already.
    const bool is_lowest =
        form_ == updates::TopicSet::kHeadOnly ||
        (form_ == updates::TopicSet::kHeadFull && excluded_.size() == kOptionalTopics.size());
    if (is_lowest) {
        // No form works, so the topics are not what is wrong.
        start_over_ = true;
        return Retry::kNone;
    }
    form_ = form_ == updates::TopicSet::kHeadV2Full ? updates::TopicSet::kHeadFull
                                                    : updates::TopicSet::kHeadOnly;
    lowered_at_ = opened_at_;
    had_event_ = false;
    return with_lower_form;
}

TopicNegotiation::Retry TopicNegotiation::refused_by_status(int status) {
    if (status != kBadRequest) {
        return Retry::kNone;
    }
    return refused(Retry::kNow);
}

TopicNegotiation::Retry TopicNegotiation::ended(updates::StreamEndReason reason) {
    const bool is_clean =
        reason == updates::StreamEndReason::kEof || reason == updates::StreamEndReason::kEmptyBody;
    // A form that has worked is known to this node: the stream was cut for another reason.
    if (!is_clean || had_event_ || confirmed_) {
        return Retry::kNone;
    }
    return refused(Retry::kAtNextOpening);
}

TopicNegotiation::Retry TopicNegotiation::went_silent() {
    if (confirmed_) {
        return Retry::kNone;
    }
    return refused(Retry::kAtNextOpening);
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
