#include "monitor/upstream.hpp"

#include <algorithm>
#include <chrono>
#include <utility>
#include <variant>

#include "monitor/node/event_judge.hpp"
#include "updates/client_family.hpp"

namespace monitor {
namespace {

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
    status_.retry_at.reset();
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
    read_ = Read{at.mono, {}, false};
    status_.last_byte = at;
    liveness_.bytes(at.mono);
}

void Upstream::comment() {
    if (read_) {
        read_->had_comment = true;
    }
}

void Upstream::head_in_read(const BufferingDetector::Head& head) {
    if (read_ && !is_syncing()) {
        read_->heads.push_back(head);
    }
}

std::optional<bool> Upstream::end_read(bool loop_is_on_time) {
    const auto read = std::exchange(read_, std::nullopt);
    if (!read || read->heads.empty() || !loop_is_on_time) {
        return std::nullopt;
    }
    return buffering_.read(read->heads, read->had_comment, read->at);
}

Upstream::Reading Upstream::event(std::string_view topic,
                                  const base::Result<beacon_api::ChainEvent>& event,
                                  base::Instant at) {
    status_.last_byte = at;
    liveness_.bytes(at.mono);
    EventJudgement judged = judge_event(topic, requested_topics_, event);
    if (judged.meaning == EventJudgement::Meaning::kIgnored) {
        ++status_.ignored;
        status_.last_ignored = name_of_ignored(topic);
        return {};
    }
    if (topic != "error") {
        topics_.event_received();
    }
    switch (judged.meaning) {
        case EventJudgement::Meaning::kHead:
            has_head_ = true;
            status_.last_head = at;
            liveness_.head(std::get<chain::Head>(*event).block, at.mono);
            topics_.head_received();
            return {true};
        case EventJudgement::Meaning::kFact:
            return {true};
        case EventJudgement::Meaning::kUnreadable:
            ++status_.malformed;
            topics_.malformed_optional(topic);
            return {};
        case EventJudgement::Meaning::kIgnored:
            return {};
        case EventJudgement::Meaning::kEndsStream:
            break;
    }
    if (judged.reason == updates::StreamEndReason::kMalformed) {
        topics_.malformed_head();
    }
    return {false, Rejection{judged.reason, std::move(judged.detail)}};
}

std::optional<Upstream::Rejection> Upstream::find_dead(base::MonoTime now, bool before_genesis) {
    if (before_genesis) {
        liveness_.before_genesis(now);
    }
    const Liveness::Finding finding = liveness_.check(now);
    if (finding == Liveness::Finding::kAlive) {
        return std::nullopt;
    }
    std::string detail = liveness_.describe(finding, now);
    if (finding == Liveness::Finding::kSilent) {
        return Rejection{updates::StreamEndReason::kSilent, std::move(detail)};
    }
    if (topics_.went_silent() == TopicNegotiation::Retry::kAtNextOpening) {
        return Rejection{updates::StreamEndReason::kTopicRefused, std::move(detail)};
    }
    return Rejection{updates::StreamEndReason::kStalled, std::move(detail)};
}

std::optional<updates::StreamEndReason> Upstream::transfer_ended(const StreamEnd& why,
                                                                 base::Instant now) {
    if (why.retry_after) {
        const base::Duration wait = std::clamp<base::Duration>(
            *why.retry_after, base::Duration::zero(), kRetryAfterSlotsMax * slot_);
        status_.retry_at = base::Instant{
            now.mono + wait, now.wall + std::chrono::duration_cast<base::WallTime::duration>(wait)};
    }
    if (why.reason != updates::StreamEndReason::kHttpStatus) {
        topics_.ended(why.reason);
        return why.reason;
    }
    if (topics_.refused_by_status(why.http_status) != TopicNegotiation::Retry::kNow) {
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
    liveness_.rest_head(header.root, header.slot, at);
    buffering_.rest_head(header.root, at);
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
    buffering_.set_slot_duration(slot_);
    lag_.set_slot_duration(slot_);
}

void Upstream::on_tick() {
    requests_.on_tick();
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

void Upstream::fill(updates::NodeStatus& status) const {
    status.topic_set = topics_.form();
    status.breaker = requests_.breaker();
    status.is_silent = liveness_.is_silent();
    status.is_stalled = liveness_.is_stalled();
    status.is_lagging = lag_.is_lagging();
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
        published_->ignored = status_.ignored;
        published_->last_ignored = status_.last_ignored;
    }
    if (!std::exchange(is_status_due_, false) && published_ == status_) {
        return std::nullopt;
    }
    published_ = status_;
    return published_;
}

}  // namespace monitor
