#include "monitor/node/topic_negotiation.hpp"

#include <algorithm>

#include "updates/node_status.hpp"

namespace monitor {

void TopicNegotiation::remember(std::string_view version, updates::TopicSet set,
                                base::MonoTime since) {
    version_ = version;
    learned_version_ = version;
    // Whether it serves the topics that the configuration adds, nobody has kept.
    const Form form{set, richest().has_extra};
    learned_ = Learned{form, form, {}, since, false};
    form_ = form;
}

void TopicNegotiation::opening(base::MonoTime now) {
    switch_version();
    const auto& lowered_at = learned_.lowered_at;
    if (forget_ || (lowered_at && now - *lowered_at >= kRetryAfter)) {
        const bool has_delivered = learned_.delivered.has_value();
        learned_ = Learned{};
        learned_.is_retrial = has_delivered;
    }
    forget_ = false;
    form_ = learned_.start.value_or(richest());
    had_event_ = false;
    opened_at_ = now;
}

void TopicNegotiation::switch_version() {
    if (version_ == learned_version_) {
        return;
    }
    const bool has_delivered = learned_.delivered.has_value();
    others_.emplace_back(learned_version_, std::move(learned_));
    learned_ = Learned{};
    learned_.is_retrial = has_delivered;
    const auto known = std::find_if(others_.begin(), others_.end(),
                                    [&](const auto& one) { return one.first == version_; });
    if (known != others_.end()) {
        learned_ = std::move(known->second);
        others_.erase(known);
    }
    // With the one in hand.
    if (others_.size() >= kVersionsMax) {
        others_.erase(others_.begin());
    }
    learned_version_ = version_;
}

TopicList TopicNegotiation::topic_list() const {
    return topics_in(form_);
}

TopicList TopicNegotiation::topics_in(const Form& form) const {
    TopicList topics = topics_of(form.set);
    if (form.has_extra) {
        topics.insert(topics.end(), extra_.begin(), extra_.end());
    }
    std::erase_if(topics,
                  [this](const std::string& topic) { return learned_.excluded.contains(topic); });
    return topics;
}

std::optional<TopicNegotiation::Form> TopicNegotiation::next_form(const TopicAnswer& answer,
                                                                  TopicRefusal refusal) const {
    const TopicList refused = topic_list();
    Form next = form_;
    do {
        // Heads that cannot be read are no fault of the topics beside them.
        const bool drops_extra = next.has_extra && !answer.is_head_unreadable;
        if (!drops_extra) {
            const auto poorer = poorer_set(next.set);
            if (!poorer) {
                return std::nullopt;
            }
            next.set = *poorer;
        }
        const bool may_have_extra =
            answer.is_head_unreadable ? next.has_extra : refusal == TopicRefusal::kByStatus;
        next.has_extra = !drops_extra && may_have_extra && !extra_.empty() &&
                         next.set != updates::TopicSet::kHeadOnly;
        // Where topics are left out, two forms may be one request.
    } while (topics_in(next) == refused);
    return next;
}

TopicNegotiation::Retry TopicNegotiation::answered(TopicAnswer answer) {
    answer.set = form_.set;
    answer.had_event = had_event_;
    answer.is_confirmed = learned_.delivered == form_;
    const TopicRefusal refusal = find_refusal(answer);
    if (refusal == TopicRefusal::kNone) {
        return Retry::kNone;
    }
    if (answer.is_confirmed) {
        learned_.delivered.reset();
    }
    const auto next = next_form(answer, refusal);
    if (!next) {
        // No set works, so the topics are not what is wrong.
        learned_.start.reset();
        learned_.is_retrial = false;
        return Retry::kNone;
    }
    if (refusal != TopicRefusal::kByStatus) {
        learned_.start = *next;
        return Retry::kAtNextOpening;
    }
    form_ = *next;
    had_event_ = false;
    return Retry::kNow;
}

TopicNegotiation::Retry TopicNegotiation::refused_by_status(int status) {
    TopicAnswer answer;
    answer.end = updates::StreamEndReason::kHttpStatus;
    answer.http_status = status;
    return answered(answer);
}

void TopicNegotiation::ended(updates::StreamEndReason reason) {
    TopicAnswer answer;
    answer.end = reason;
    (void)answered(answer);
}

TopicNegotiation::Retry TopicNegotiation::went_silent() {
    return answered({});
}

void TopicNegotiation::malformed_head() {
    TopicAnswer answer;
    answer.end = updates::StreamEndReason::kMalformed;
    answer.is_head_unreadable = true;
    if (answered(answer) == Retry::kNone && learned_.delivered != form_) {
        // This set has never worked, and a poorer one has heads of the same shape.
        learned_.start.reset();
    }
}

void TopicNegotiation::head_received() {
    had_event_ = true;
    learned_.delivered = form_;
    learned_.is_retrial = false;
    learned_.start = form_;
    if (form_ != richest() && !learned_.lowered_at) {
        learned_.lowered_at = opened_at_;
    }
}

void TopicNegotiation::malformed_optional(std::string_view topic) {
    const bool may_be_left_out =
        std::find(kOptionalTopics.begin(), kOptionalTopics.end(), topic) != kOptionalTopics.end() ||
        std::find(extra_.begin(), extra_.end(), topic) != extra_.end();
    if (may_be_left_out && learned_.excluded.emplace(topic).second && !learned_.lowered_at) {
        learned_.lowered_at = opened_at_;
    }
}

void TopicNegotiation::version_learned(std::string_view version) {
    if (version.empty()) {
        return;
    }
    version_ = version;
    if (learned_version_.empty()) {
        // What was learned before the node reported its version was learned of this version.
        learned_version_ = version;
    }
}

void TopicNegotiation::epoch_reached(chain::Epoch now, chain::Epoch fork) {
    if (now < fork) {
        before_fork_ = true;
    } else if (before_fork_) {
        before_fork_ = false;
        forget_ = true;
        others_.clear();
    }
}

}  // namespace monitor
