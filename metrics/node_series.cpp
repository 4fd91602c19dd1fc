#include "metrics/node_series.hpp"

#include <algorithm>
#include <chrono>

#include "base/time_text.hpp"
#include "updates/client_family.hpp"

namespace metrics {
namespace {

constexpr std::size_t kVersionBytes = 64;

/// Adds what a count of the node's has grown by since `seen`.
void follow(const Counter& counter, std::uint64_t& seen, std::uint64_t count) {
    if (count > seen) {
        counter->Increment(static_cast<double>(count - seen));
        seen = count;
    }
}

Labels head_labels(const Labels& node, HeadTopic topic, updates::HeadSource source) {
    return with(with(node, "topic", std::string{to_string(topic)}), "source",
                std::string{to_string(source)});
}

}  // namespace

void ReportedSlots::add(chain::Slot slot) {
    if (!contains(slot)) {
        slots_[next_] = slot;
        next_ = (next_ + 1) % kSlots;
    }
}

bool ReportedSlots::contains(chain::Slot slot) const {
    return std::find(slots_.begin(), slots_.end(), slot) != slots_.end();
}

NodeSeries::NodeSeries(Families& families, const std::string& label, base::WallTime since)
    : families_{families},
      labels_{{"node", label}},
      since_{since},
      status_{updates::NodeId{label}},
      disconnections_{"reason", labels_,
                      [&](const Labels& all) {
                          return all.at("reason") == to_string(updates::StreamEndReason::kCancelled)
                                     ? Counter{}
                                     : families.counter(Metric::kStreamDisconnections, all);
                      }},
      reconnections_{families.counter(Metric::kStreamReconnections, labels_)},
      state_{families, Metric::kStreamState, "state", labels_, status_.state},
      health_{families.gauge(Metric::kNodeHealth, labels_)},
      issue_{"issue", labels_,
             [&](const Labels& all) { return families.gauge(Metric::kNodeIssue, all); }},
      network_check_{families, Metric::kNodeNetworkCheck, "result", labels_, status_.network_check},
      topic_set_{families, Metric::kNodeTopicSet, "set", labels_, status_.topic_set},
      breaker_{families, Metric::kNodeRestBreaker, "state", labels_, status_.breaker},
      rest_wait_{families.gauge(Metric::kNodeRestWait, labels_)},
      head_slot_{families, Metric::kNodeHeadSlot, labels_},
      last_byte_{families, Metric::kNodeLastByte, labels_},
      last_head_{families, Metric::kNodeLastHead, labels_},
      sync_distance_{families, Metric::kNodeSyncDistance, labels_},
      stream_retry_{families, Metric::kNodeStreamRetry, labels_},
      branch_{families.gauge(Metric::kNodeSplitBranch, labels_)},
      heads_by_head_v2_{families.counter(
          Metric::kHeads, head_labels(labels_, HeadTopic::kHeadV2, updates::HeadSource::kStream))},
      heads_by_head_{families.counter(
          Metric::kHeads, head_labels(labels_, HeadTopic::kHead, updates::HeadSource::kStream))},
      heads_by_poll_{families.counter(
          Metric::kHeads, head_labels(labels_, HeadTopic::kNone, updates::HeadSource::kPoll))},
      heads_first_{families.counter(Metric::kHeadsFirst, labels_)},
      heads_on_time_{families.counter(Metric::kHeadsOnTime, labels_)},
      heads_late_{families.counter(Metric::kHeadsLate, labels_)},
      unreported_slots_{families.counter(Metric::kUnreportedSlots, labels_)},
      malformed_events_{families.counter(Metric::kMalformedEvents, labels_)},
      ignored_events_{families.counter(Metric::kIgnoredEvents, labels_)},
      dropped_heads_{families.counter(Metric::kDroppedHeads, labels_)},
      dropped_events_{families.counter(Metric::kDroppedEvents, labels_)},
      arrival_delay_{families.histogram(Metric::kHeadArrivalDelay, labels_)},
      lag_{families.histogram(Metric::kHeadLag, labels_)} {
    set_version("");
    show();
}

void NodeSeries::run_started() {
    status_.state = updates::StreamState::kConnecting;
    show();
}

void NodeSeries::renewed() {
    status_ = updates::NodeStatus{status_.node, status_.state};
    head_slot_.clear();
    last_byte_.clear();
    last_head_.clear();
    sync_distance_.clear();
    set_version("");
    show();
}

void NodeSeries::stream_opened() {
    if (lost_) {
        lost_ = false;
        reconnections_->Increment();
    }
    status_.state = updates::StreamState::kOpen;
    show();
}

void NodeSeries::stream_ended(updates::StreamEndReason reason) {
    if (reason != updates::StreamEndReason::kCancelled) {
        lost_ = true;
        disconnections_[reason].Increment();
    }
    status_.state = updates::StreamState::kEnded;
    show();
}

void NodeSeries::head(const updates::NodeHead& head, base::Instant at) {
    head_slot_.set(static_cast<double>(head.head.slot.value));
    if (head.source == updates::HeadSource::kPoll) {
        heads_by_poll_->Increment();
        return;
    }
    const bool by_head_v2 = status_.topic_set == updates::TopicSet::kHeadV2Full;
    (by_head_v2 ? heads_by_head_v2_ : heads_by_head_)->Increment();
    last_byte_.set(base::unix_time(at.wall));
    last_head_.set(base::unix_time(at.wall));
    reported_.add(head.head.slot);
}

void NodeSeries::proven_head(const updates::NodeHead& head) {
    if (status_.is_unproven) {
        // Whatever else it makes up, it is not compared with others.
        return;
    }
    const updates::HeadTiming& timing = head.timing;
    lag_->Observe(base::seconds(head.lag));
    if (head.is_first) {
        heads_first_->Increment();
    }
    // Without a deadline it is no block that came but its payload.
    if (timing.delay && timing.deadline) {
        // A sum that goes down would look like a restart of headmon.
        arrival_delay_->Observe(std::max(0.0, base::seconds(*timing.delay)));
        (timing.is_late() ? heads_late_ : heads_on_time_)->Increment();
    }
}

void NodeSeries::status(const updates::NodeStatus& status) {
    if (status.version != status_.version) {
        set_version(status.version);
    }
    status_ = status;
    if (status.last_byte) {
        last_byte_.set(base::unix_time(status.last_byte->wall));
    }
    if (status.last_head) {
        last_head_.set(base::unix_time(status.last_head->wall));
    }
    if (status.syncing && status.is_sync_current) {
        sync_distance_.set(static_cast<double>(status.syncing->sync_distance));
    } else {
        sync_distance_.clear();
    }
    follow(malformed_events_, malformed_, status.malformed);
    follow(ignored_events_, ignored_, status.ignored);
    follow(dropped_heads_, heads_dropped_, status.dropped_heads);
    follow(dropped_events_, events_dropped_, status.dropped_events + status.dropped_extra_events);
    if (status.retry_at) {
        stream_retry_.set(base::unix_time(status.retry_at->wall));
    } else {
        stream_retry_.clear();
    }
    show();
}

void NodeSeries::behind(bool is_behind) {
    status_.is_behind = is_behind;
    show();
}

void NodeSeries::buffered(bool is_buffered) {
    status_.is_buffered = is_buffered;
    show();
}

void NodeSeries::block_known(chain::Slot slot, base::WallTime start) {
    if (since_ <= start && !reported_.contains(slot)) {
        unreported_slots_->Increment();
    }
}

void NodeSeries::branch(std::size_t number) {
    branch_->Set(static_cast<double>(number));
}

void NodeSeries::set_version(const std::string& version) {
    const auto client = updates::find_client_family(version);
    // The old one goes first: there is one for each node at a time.
    info_.reset();
    info_ = families_.gauge(
        Metric::kNodeInfo,
        with(with(labels_, "client", std::string{client ? to_string(*client) : "unknown"}),
             "version", label_text(version, kVersionBytes)));
    info_->Set(1);
}

void NodeSeries::show() {
    state_.set(status_.state);
    network_check_.set(status_.network_check);
    topic_set_.set(status_.topic_set);
    breaker_.set(status_.breaker);
    rest_wait_->Set(base::seconds(status_.rest_retry_after.value_or(base::Duration{})));
    const updates::NodeIssues now = updates::find_issues(status_);
    for (const updates::NodeIssue problem : updates::kNodeIssues) {
        const auto bit = static_cast<std::size_t>(problem);
        if (now[bit] != issues_[bit]) {
            issue_[problem].Set(now[bit] ? 1 : 0);
        }
    }
    issues_ = now;
    health_->Set(static_cast<double>(updates::assess(now)));
}

}  // namespace metrics
