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

chain::Head head_of(const beacon_api::BlockHeader& header) {
    chain::Head head;
    head.slot = header.slot;
    head.block = header.root;
    head.state = header.state_root;
    head.execution_optimistic = header.execution_optimistic;
    return head;
}

}  // namespace

void Upstream::run_began(const LivenessOverride& configured, updates::NetworkCheck network_check) {
    configured_ = configured;
    status_.network_check = network_check;
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

void Upstream::enqueue_status(bool check_due) {
    using Kind = RestRequest::Kind;
    if (check_due) {
        requests_.enqueue({Kind::kIdentity, {}});
    }
    if (status_.network_check == updates::NetworkCheck::kMismatch) {
        return;
    }
    // In this order: a head counts once its node is checked, and is best only if it does not sync.
    for (const Kind kind : {Kind::kVersion, Kind::kSyncing, Kind::kHead}) {
        requests_.enqueue({kind, {}});
    }
}

void Upstream::enqueue_head(bool check_due) {
    if (check_due) {
        requests_.enqueue({RestRequest::Kind::kIdentity, {}});
    }
    requests_.enqueue({RestRequest::Kind::kHead, {}});
}

void Upstream::enqueue_header(const chain::Root& root) {
    requests_.enqueue({RestRequest::Kind::kHeader, root});
}

void Upstream::rest_answered(const RestAnswer& answer, base::MonoTime now) {
    requests_.answered(answer, now);
    for (const beacon_api::Exchange& exchange : answer.exchanges) {
        liveness_.rest_answered(exchange.received.mono);
    }
}

void Upstream::set_version(const std::string& version) {
    if (status_.version != version) {
        status_.version = version;
        topics_.version_learned(version);
        update_limits();
    }
}

std::optional<chain::Head> Upstream::rest_head(const beacon_api::BlockHeader& header,
                                               base::MonoTime at) {
    if (is_syncing()) {
        // Some clients stream no heads while they sync: that is neither a stall nor a gap.
        return std::nullopt;
    }
    liveness_.rest_head(header.root, at);
    const bool has_connection = status_.state == updates::StreamState::kOpen ||
                                status_.state == updates::StreamState::kWaiting;
    if (!has_connection || has_head_ || polled_ == header.root) {
        return std::nullopt;
    }
    polled_ = header.root;
    return head_of(header);
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
    is_status_due_ = true;
}

bool Upstream::is_observed() const {
    return status_.state == updates::StreamState::kOpen && is_on_our_chain() && !is_syncing() &&
           !status_.is_unproven && !status_.is_head_old && !liveness_.is_silent() &&
           !liveness_.is_stalled();
}

std::optional<bool> Upstream::take_observation_change() {
    const bool observed = is_observed();
    if (std::exchange(was_observed_, observed) == observed) {
        return std::nullopt;
    }
    return observed;
}

void Upstream::fill(updates::NodeStatus& status) const {
    status.topic_set = topics_.form();
    status.breaker = requests_.breaker();
    status.is_silent = liveness_.is_silent();
    status.is_stalled = liveness_.is_stalled();
    status.is_buffered = buffering_.is_buffered();
}

updates::NodeStatus Upstream::status() const {
    updates::NodeStatus status = status_;
    fill(status);
    return status;
}

std::optional<updates::NodeStatus> Upstream::take_status_change() {
    fill(status_);
    if (published_) {
        published_->state = status_.state;
        published_->last_byte = status_.last_byte;
        published_->last_head = status_.last_head;
        published_->disconnects = status_.disconnects;
        published_->malformed = status_.malformed;
        published_->dropped_heads = status_.dropped_heads;
    }
    if (!std::exchange(is_status_due_, false) && published_ == status_) {
        return std::nullopt;
    }
    published_ = status_;
    return published_;
}

}  // namespace monitor
