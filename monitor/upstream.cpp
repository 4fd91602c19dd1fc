#include "monitor/upstream.hpp"

#include <algorithm>
#include <chrono>
#include <utility>
#include <variant>

#include "monitor/node/event_judge.hpp"
#include "updates/client_family.hpp"

namespace monitor {
void Upstream::renew() {
    Upstream fresh{status_.node};
    fresh.status_.disconnects = status_.disconnects;
    fresh.status_.malformed = status_.malformed;
    fresh.status_.ignored = status_.ignored;
    fresh.status_.dropped_heads = status_.dropped_heads;
    fresh.status_.dropped_events = status_.dropped_events;
    fresh.status_.dropped_extra_events = status_.dropped_extra_events;
    fresh.status_.last_ignored = status_.last_ignored;
    fresh.slot_ = slot_;
    *this = std::move(fresh);
}

void Upstream::run_began(const LivenessOverride& configured,
                         const std::vector<std::string>& extra_topics) {
    topics_.set_extra(extra_topics);
    configured_ = configured;
    status_.state = updates::StreamState::kEnded;
    is_status_due_ = true;
    openings_ = 0;
    was_good_ = false;
    was_observed_ = false;
    read_.at.reset();
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
    liveness_.accepted();
    return true;
}

void Upstream::bytes(base::Instant at) {
    read_.at = at.mono;
    read_.heads.clear();
    read_.had_comment = false;
    status_.last_byte = at;
    liveness_.bytes(at.mono);
}

void Upstream::comment() {
    read_.had_comment = true;
}

void Upstream::head_in_read(const BufferingDetector::Head& head) {
    if (read_.at && !is_syncing()) {
        read_.heads.push_back(head);
    }
}

std::optional<bool> Upstream::end_read(bool loop_is_on_time) {
    const auto at = std::exchange(read_.at, std::nullopt);
    if (!at || read_.heads.empty() || !loop_is_on_time) {
        return std::nullopt;
    }
    return buffering_.read(read_.heads, read_.had_comment, *at);
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
    const auto* const head = event ? std::get_if<chain::Head>(&*event) : nullptr;
    switch (judged.meaning) {
        case EventJudgement::Meaning::kHead:
            has_head_ = true;
            head_reported(head->block, head->execution_optimistic);
            status_.last_head = at;
            liveness_.head(head->block, at.mono);
            topics_.head_received();
            return {true};
        case EventJudgement::Meaning::kFact:
            if (facts_ == updates::kNodeEventsMax) {
                ++status_.dropped_events;
                return {};
            }
            ++facts_;
            return {true};
        case EventJudgement::Meaning::kExtra:
            return {take_extra(std::get<beacon_api::ExtraEvent>(*event))};
        case EventJudgement::Meaning::kUnusable:
            ++status_.dropped_extra_events;
            return {};
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

bool Upstream::take_extra(const beacon_api::ExtraEvent& event) {
    if (extra_events_ == updates::kNodeExtraEventsMax ||
        extra_bytes_ + event.data.size() > updates::kNodeExtraBytesMax) {
        ++status_.dropped_extra_events;
        return false;
    }
    ++extra_events_;
    extra_bytes_ += event.data.size();
    return true;
}

std::optional<Upstream::Rejection> Upstream::find_dead(base::MonoTime now, bool before_genesis) {
    if (before_genesis) {
        liveness_.before_genesis(now);
    }
    const Liveness::Finding finding = liveness_.check(now, !topics_.is_retrial());
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
    buffering_.set_slot_duration(slot_);
    lag_.set_slot_duration(slot_);
}

void Upstream::on_tick() {
    facts_ = 0;
    extra_events_ = 0;
    extra_bytes_ = 0;
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

bool Upstream::is_sound() const {
    return status_.state == updates::StreamState::kOpen && is_on_our_chain() && !is_syncing() &&
           !status_.is_unproven && !liveness_.is_silent() && !liveness_.is_stalled();
}

bool Upstream::is_good() const {
    return is_sound() && !(status_.is_head_old && age_counts_);
}

bool Upstream::is_observed() const {
    return is_good() && !buffering_.is_buffered() && !lag_.is_lagging();
}

Upstream::UseChange Upstream::take_use_change() {
    UseChange change;
    if (const bool good = is_good(); std::exchange(was_good_, good) != good) {
        change.is_good = good;
    }
    if (const bool observed = is_observed(); std::exchange(was_observed_, observed) != observed) {
        change.is_observed = observed;
    }
    return change;
}

void Upstream::fill(updates::NodeStatus& status, base::MonoTime now) const {
    status.topic_set = topics_.form();
    status.has_extra_topics = topics_.has_extra();
    status.breaker = requests_.breaker(now);
    status.rest_retry_after = requests_.time_left(now);
    status.unanswered = questions_.overdue();
    status.is_silent = liveness_.is_silent();
    status.is_stalled = liveness_.is_stalled();
    status.is_lagging = lag_.is_lagging();
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
        published_->dropped_heads = status_.dropped_heads;
        published_->dropped_events = status_.dropped_events;
        published_->dropped_extra_events = status_.dropped_extra_events;
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
