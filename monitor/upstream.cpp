#include "monitor/upstream.hpp"

#include <algorithm>
#include <utility>

#include "updates/client_family.hpp"

namespace monitor {
namespace {

bool is_head_topic(std::string_view topic) {
    return topic == "head" || topic == "head_v2";
}

std::string detail_of_error_event(const base::Result<beacon_api::ChainEvent>& event) {
    if (!event) {
        return {};
    }
    const auto* other = std::get_if<beacon_api::OtherEvent>(&event.value());
    return other == nullptr ? std::string{} : other->data;
}

}  // namespace

void Upstream::renew() {
    Upstream fresh{status_.node};
    fresh.status_.disconnects = status_.disconnects;
    fresh.status_.malformed = status_.malformed;
    fresh.slot_ = slot_;
    *this = std::move(fresh);
}

void Upstream::run_began(const LivenessOverride& configured) {
    configured_ = configured;
    status_.state = updates::StreamState::kEnded;
    is_status_due_ = true;
    openings_ = 0;
    was_observed_ = false;
    read_.reset();
    update_limits();
}

std::string Upstream::opening(base::MonoTime now) {
    ++openings_;
    has_head_ = false;
    polled_.reset();
    topics_.opening(now);
    liveness_.opening(now);
    buffering_.opening();
    return next_topics();
}

std::string Upstream::next_topics() {
    status_.state = updates::StreamState::kConnecting;
    requested_topics_ = topics_.topic_list();
    return topics_.topics();
}

bool Upstream::connected() {
    if (status_.state != updates::StreamState::kConnecting) {
        return false;
    }
    status_.state = updates::StreamState::kWaiting;
    is_status_due_ = true;
    return true;
}

bool Upstream::accepted() {
    if (status_.state == updates::StreamState::kOpen) {
        return false;
    }
    status_.state = updates::StreamState::kOpen;
    consecutive_disconnects_ = 0;
    return true;
}

void Upstream::bytes(base::Instant at) {
    read_ = Read{};
    status_.last_byte = at;
    liveness_.bytes(at.mono);
}

void Upstream::comment() {
    if (read_) {
        read_->had_comment = true;
    }
}

void Upstream::live_head(chain::Slot slot) {
    if (read_) {
        read_->live_heads.push_back(slot);
    }
}

std::optional<bool> Upstream::end_read(bool loop_is_on_time) {
    const auto read = std::exchange(read_, std::nullopt);
    if (!read || read->live_heads.empty() || !loop_is_on_time) {
        return std::nullopt;
    }
    return buffering_.read(read->live_heads, read->had_comment);
}

std::optional<Upstream::Rejection> Upstream::event(
    std::string_view topic, const base::Result<beacon_api::ChainEvent>& event, base::Instant at) {
    status_.last_byte = at;
    liveness_.bytes(at.mono);
    if (topic == "error") {
        return Rejection{updates::StreamEndReason::kErrorEvent, detail_of_error_event(event)};
    }
    if (std::find(requested_topics_.begin(), requested_topics_.end(), topic) ==
        requested_topics_.end()) {
        return Rejection{updates::StreamEndReason::kUnexpectedEvent, std::string{topic}};
    }
    topics_.event_received();
    if (!is_head_topic(topic)) {
        if (!event) {
            ++status_.malformed;
            topics_.malformed_optional(topic);
        }
        return std::nullopt;
    }
    const auto* head = event ? std::get_if<chain::Head>(&event.value()) : nullptr;
    if (head == nullptr) {
        const std::string what = event ? "no head" : base::to_string(event.error());
        return Rejection{updates::StreamEndReason::kMalformed, std::string{topic} + ": " + what};
    }
    has_head_ = true;
    head_reported(head->block, head->execution_optimistic);
    status_.last_head = at;
    liveness_.head(head->block, at.mono);
    topics_.head_received();
    return std::nullopt;
}

std::optional<updates::StreamEndReason> Upstream::find_dead(base::MonoTime now,
                                                            bool before_genesis) {
    if (before_genesis) {
        liveness_.before_genesis(now);
    }
    switch (liveness_.check(now)) {
        case Liveness::Finding::kAlive:
            return std::nullopt;
        case Liveness::Finding::kSilent:
            return updates::StreamEndReason::kSilent;
        case Liveness::Finding::kStalled:
            break;
    }
    const bool is_refusal = topics_.went_silent() == TopicNegotiation::Retry::kAtNextOpening;
    return is_refusal ? updates::StreamEndReason::kTopicRefused
                      : updates::StreamEndReason::kStalled;
}

std::optional<updates::StreamEndReason> Upstream::transfer_ended(const StreamEnd& why) {
    using Retry = TopicNegotiation::Retry;
    if (why.reason != updates::StreamEndReason::kHttpStatus) {
        return topics_.ended(why.reason) == Retry::kAtNextOpening
                   ? updates::StreamEndReason::kTopicRefused
                   : why.reason;
    }
    if (topics_.refused_by_status(why.http_status) != Retry::kNow) {
        return why.reason;
    }
    status_.state = updates::StreamState::kConnecting;
    is_status_due_ = true;
    return std::nullopt;
}

void Upstream::ended(updates::StreamEndReason reason) {
    status_.state = updates::StreamState::kEnded;
    if (reason != updates::StreamEndReason::kCancelled) {
        ++status_.disconnects;
        ++consecutive_disconnects_;
    }
    liveness_.ended();
}

void Upstream::head_retracted() {
    has_head_ = false;
    polled_.reset();
}

void Upstream::set_network(updates::NetworkCheck check, bool heads_count, std::string network) {
    status_.network_check = check;
    status_.network = std::move(network);
    heads_count_ = heads_count;
}

void Upstream::set_slot_duration(base::Duration slot) {
    slot_ = slot;
    update_limits();
}

void Upstream::update_limits() {
    liveness_.set_limits(
        liveness_limits(updates::find_client_habits(status_.version), slot_, configured_));
}

void Upstream::on_tick() {
    requests_.on_tick();
    questions_.on_tick();
    const bool is_sync_known =
        questions_.slots(updates::RestQuestion::kSyncing) < OpenQuestions::kPatienceSlots;
    if (status_.syncing && !is_sync_known) {
        const chain::SyncStatus& last = *status_.syncing;
        status_.is_sync_current = false;
        if (!last.is_syncing && !last.is_optimistic && !last.el_offline) {
            status_.syncing.reset();
        }
    }
    is_status_due_ = true;
}

bool Upstream::is_observed() const {
    return status_.state == updates::StreamState::kOpen && is_on_our_chain() && !is_syncing() &&
           !liveness_.is_silent() && !liveness_.is_stalled();
}

std::optional<bool> Upstream::take_observation_change() {
    const bool observed = is_observed();
    if (std::exchange(was_observed_, observed) == observed) {
        return std::nullopt;
    }
    return observed;
}

void Upstream::fill(updates::NodeStatus& status, base::MonoTime now) const {
    status.topic_set = topics_.form();
    status.breaker = requests_.breaker(now);
    status.rest_retry_after = requests_.time_left(now);
    status.unanswered = questions_.overdue();
    status.is_silent = liveness_.is_silent();
    status.is_stalled = liveness_.is_stalled();
    status.is_buffered = buffering_.is_buffered();
}

updates::NodeStatus Upstream::status(base::MonoTime now) const {
    updates::NodeStatus status = status_;
    fill(status, now);
    return status;
}

std::optional<updates::NodeStatus> Upstream::take_status_change(base::MonoTime now) {
    fill(status_, now);
    if (published_) {
        published_->rest_retry_after = status_.rest_retry_after;
        published_->state = status_.state;
        published_->last_byte = status_.last_byte;
        published_->last_head = status_.last_head;
        published_->disconnects = status_.disconnects;
        published_->malformed = status_.malformed;
    }
    if (!std::exchange(is_status_due_, false) && published_ == status_) {
        return std::nullopt;
    }
    published_ = status_;
    return published_;
}

}  // namespace monitor
