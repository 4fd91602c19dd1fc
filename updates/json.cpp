#include "updates/json.hpp"

#include <algorithm>
#include <optional>
#include <string_view>

#include "base/time_text.hpp"
#include "chain/root.hpp"
#include "updates/json_writer.hpp"
#include "updates/kind.hpp"
#include "updates/node_health.hpp"

namespace updates {
namespace {

/// Writes the members of each kind of fact.
class Members {
  public:
    /// Of an update of this moment.
    Members(JsonWriter& out, base::Instant at) : out_{out}, at_{at} {}

    void operator()(const RunStarted& fact) const {
        nodes("nodes", fact.nodes);
        nodes("renewed", fact.renewed);
    }

    void operator()(const StreamOpened& fact) const {
        node(fact.node);
        out_.flag("reopened", fact.reopened);
    }

    void operator()(const StreamEnded& fact) const {
        node(fact.node);
        out_.text("reason", to_string(fact.reason));
        out_.text("detail", fact.detail);
        out_.count("consecutive_disconnects", fact.consecutive_disconnects);
    }

    void operator()(const NodeHead& fact) const {
        node(fact.node);
        head(fact.head, fact.source);
        const HeadTiming& timing = fact.timing;
        const bool is_timed = timing.timeliness == HeadTimeliness::kLive && !timing.is_repeat;
        const bool is_judged = timing.delay && timing.deadline;
        out_.flag("is_latest", fact.is_latest);
        out_.flag("is_first", fact.is_first);
        out_.text("timeliness", to_string(timing.timeliness));
        out_.flag("is_repeat", timing.is_repeat);
        out_.flag("is_payload", timing.is_payload);
        out_.seconds("lag_seconds", is_timed ? std::optional{fact.lag} : std::nullopt);
        out_.seconds("delay_seconds", timing.delay);
        out_.flag("is_late", is_judged ? std::optional{timing.is_late()} : std::nullopt);
        deadline(timing.deadline);
    }

    void operator()(const BestHead& fact) const {
        node(fact.node);
        head(fact.head, fact.source);
    }

    void operator()(const Reorg& fact) const {
        out_.root("old_head", fact.old_head);
        out_.root("new_head", fact.new_head);
        out_.count("depth", fact.depth);
        out_.flag("is_depth_exact", fact.is_depth_exact);
        out_.text("certainty", to_string(fact.certainty));
        node("reported_by", fact.reported_by);
    }

    void operator()(const Finalized& fact) const {
        node(fact.node);
        out_.decimal("epoch", fact.checkpoint.epoch.value);
        out_.root("block", fact.checkpoint.block);
        out_.root("state", fact.checkpoint.state);
        out_.flag("execution_optimistic", fact.checkpoint.execution_optimistic);
    }

    void operator()(const NodeStatus& fact) const {
        node(fact.node);
        out_.text("state", to_string(fact.state));
        out_.text("version", fact.version);
        time("last_byte", fact.last_byte);
        time("last_head", fact.last_head);
        out_.count("disconnects", fact.disconnects);
        out_.count("malformed", fact.malformed);
        out_.count("ignored", fact.ignored);
        if (fact.ignored > 0) {
            out_.text("last_ignored", fact.last_ignored);
        } else {
            out_.null("last_ignored");
        }
        out_.text("network_check", to_string(fact.network_check));
        out_.text("network", fact.network);
        out_.text("topic_set", to_string(fact.topic_set));
        out_.flag("has_extra_topics", fact.has_extra_topics);
        out_.text("rest_breaker", to_string(fact.breaker));
        out_.seconds("stream_retry_after_seconds", time_left(fact.retry_at));
        out_.seconds("rest_retry_after_seconds", fact.rest_retry_after);
        unanswered(fact);
        out_.text("odd_spec_members", fact.odd_spec_members);
        sync_status(fact);
        out_.flag("is_head_optimistic", fact.is_head_optimistic);
        out_.flag("is_silent", fact.is_silent);
        out_.flag("is_stalled", fact.is_stalled);
        out_.flag("is_behind", fact.is_behind);
        out_.flag("is_lagging", fact.is_lagging);
        out_.flag("is_buffered", fact.is_buffered);
        out_.flag("is_unproven", fact.is_unproven);
        out_.flag("is_head_old", fact.is_head_old);
        out_.flag("is_clock_off", fact.is_clock_off);
        out_.count("dropped_heads", fact.dropped_heads);
        out_.count("dropped_events", fact.dropped_events);
        out_.count("dropped_extra_events", fact.dropped_extra_events);
        last_reorg(fact.last_reorg);
        const NodeIssues issues = find_issues(fact);
        out_.text("health", to_string(assess(issues)));
        out_.begin_array("issues");
        for (const NodeIssue issue : kNodeIssues) {
            if (has_issue(issues, issue)) {
                out_.element(to_string(issue));
            }
        }
        out_.end_array();
    }

    void operator()(const SlotVerdict& fact) const {
        out_.decimal("slot", fact.slot.value);
        out_.text("verdict", to_string(fact.verdict));
        node("first_reported_by", fact.first_reported_by);
        out_.root("block", fact.root);
        out_.seconds("delay_seconds", fact.delay);
        deadline(fact.deadline);
    }

    void operator()(const HeadSplit& fact) const {
        out_.flag("is_over", fact.is_over);
        out_.seconds("since_monotonic_seconds", fact.since.time_since_epoch());
        out_.begin_array("branches");
        for (const HeadSplit::Branch& branch : fact.branches) {
            out_.begin_object();
            out_.root("head", branch.head);
            out_.decimal("slot", branch.slot.value);
            nodes("nodes", branch.nodes);
            out_.end_object();
        }
        out_.end_array();
    }

    void operator()(const NodeBehind& fact) const {
        node(fact.node);
        out_.flag("is_behind", fact.is_behind);
        out_.decimal("slot", fact.slot.value);
        out_.decimal("best_slot", fact.best_slot.value);
    }

    void operator()(const ClockSkew& fact) const {
        out_.text("level", to_string(fact.level));
        out_.seconds("offset_seconds", fact.offset);
        out_.seconds("uncertainty_seconds", fact.uncertainty);
        out_.flag("kernel_synchronised", fact.kernel_synchronised);
    }

    void operator()(const StreamBuffered& fact) const {
        node(fact.node);
        out_.flag("is_buffered", fact.is_buffered);
        if (fact.is_buffered) {
            out_.text("advice", advice(NodeIssue::kBuffered));
        } else {
            out_.null("advice");
        }
    }

    void operator()(const SlotTime& fact) const {
        out_.text("genesis", base::to_rfc3339(fact.clock.genesis()));
        out_.seconds("slot_duration_seconds", base::Duration{fact.clock.slot_duration()});
        out_.text("source", to_string(fact.source));
        node("node", fact.node);
    }

    void operator()(const CycleFailed& fact) const {
        out_.count("consecutive_failed_cycles", fact.consecutive);
        out_.count("limit", fact.limit);
    }

    void operator()(const RunEnded& fact) const {
        out_.text("reason", to_string(fact.reason));
        out_.text("detail", fact.detail);
    }

    void operator()(const ServiceEnded& fact) const {
        out_.text("service", fact.service);
        out_.text("reason", to_string(fact.reason));
        out_.text("detail", fact.detail);
        out_.seconds("restart_after_seconds", fact.restart_after);
        out_.flag("fatal", fact.fatal);
        out_.count("consecutive_failures", fact.consecutive_failures);
    }

    void operator()(const HeadProven& fact) const {
        out_.decimal("slot", fact.slot.value);
        out_.root("block", fact.block);
        out_.root("parent", fact.parent);
    }

    void operator()(const NodeBlock& fact) const {
        node(fact.node);
        out_.decimal("slot", fact.slot.value);
        out_.root("block", fact.block);
        out_.flag("execution_optimistic", fact.execution_optimistic);
    }

    void operator()(const NodeReorg& fact) const {
        node(fact.node);
        out_.decimal("slot", fact.slot.value);
        out_.decimal("depth", fact.depth);
        out_.root("old_head_block", fact.old_head_block);
        out_.root("new_head_block", fact.new_head_block);
        out_.root("old_head_state", fact.old_head_state);
        out_.root("new_head_state", fact.new_head_state);
        out_.decimal("epoch", fact.epoch.value);
        out_.flag("execution_optimistic", fact.execution_optimistic);
        out_.root("old_head_hash", fact.old_head_hash);
        out_.root("new_head_hash", fact.new_head_hash);
    }

    void operator()(const NodeEvent& fact) const {
        node(fact.node);
        out_.text("topic", fact.topic);
        out_.json("data", fact.data);
        out_.root("content", fact.content);
    }

    void operator()(const ServiceHealth& fact) const {
        out_.text("service", fact.service);
        out_.text("health", to_string(fact.state));
        out_.text("detail", fact.detail);
    }

  private:
    void node(NodeId id) const { out_.text("node", id.name()); }

    void node(std::string_view name, const std::optional<NodeId>& id) const {
        if (id) {
            out_.text(name, id->name());
        } else {
            out_.null(name);
        }
    }

    void nodes(std::string_view name, const std::vector<NodeId>& ids) const {
        out_.begin_array(name);
        for (const NodeId id : ids) {
            out_.element(id.name());
        }
        out_.end_array();
    }

    [[nodiscard]] std::optional<base::Duration> time_left(
        const std::optional<base::Instant>& until) const {
        if (!until) {
            return std::nullopt;
        }
        return std::max(base::Duration::zero(), until->mono - at_.mono);
    }

    void time(std::string_view name, const std::optional<base::Instant>& when) const {
        if (when) {
            out_.text(name, base::to_rfc3339(when->wall));
        } else {
            out_.null(name);
        }
    }

    void deadline(const std::optional<chain::AttestationDeadline>& deadline) const {
        out_.seconds("deadline_seconds",
                     deadline ? std::optional{deadline->after_start} : std::nullopt);
        out_.flag("deadline_assumed", deadline ? std::optional{deadline->assumed} : std::nullopt);
    }

    void unanswered(const NodeStatus& status) const {
        out_.begin_array("unanswered");
        for (const UnansweredQuestion& one : status.unanswered) {
            out_.begin_object();
            out_.text("question", to_string(one.question));
            out_.text("path", path_of(one.question));
            out_.text("reason", one.reason);
            out_.count("slots", one.slots);
            out_.end_object();
        }
        out_.end_array();
    }

    void sync_status(const NodeStatus& status) const {
        if (status.syncing && status.is_sync_current) {
            out_.decimal("head_slot", status.syncing->head_slot.value);
            out_.count("sync_distance", status.syncing->sync_distance);
        } else {
            out_.null("head_slot");
            out_.null("sync_distance");
        }
        // What was wrong when it was last known holds until an answer ends it; what was right does
        // not.
        const auto flag = [&](std::string_view name, bool chain::SyncStatus::*member) {
            const bool is_on = status.syncing && (*status.syncing).*member;
            const bool is_known = status.syncing && (status.is_sync_current || is_on);
            out_.flag(name, is_known ? std::optional{is_on} : std::nullopt);
        };
        flag("is_syncing", &chain::SyncStatus::is_syncing);
        flag("is_optimistic", &chain::SyncStatus::is_optimistic);
        flag("el_offline", &chain::SyncStatus::el_offline);
    }

    void last_reorg(const std::optional<HeadReorg>& reorg) const {
        if (!reorg) {
            out_.null("last_reorg");
            return;
        }
        out_.begin_object("last_reorg");
        out_.root("old_head", reorg->old_head);
        out_.root("new_head", reorg->new_head);
        out_.count("depth", reorg->depth);
        out_.flag("is_depth_exact", reorg->is_depth_exact);
        out_.end_object();
    }

    void head(const chain::Head& head, HeadSource source) const {
        // A block header has neither.
        const bool is_event = source == HeadSource::kStream;
        const auto if_event = [&](const auto& value) {
            return is_event ? std::optional{value} : std::nullopt;
        };
        out_.decimal("slot", head.slot.value);
        out_.root("block", head.block);
        out_.root("state", head.state);
        out_.flag("epoch_transition", if_event(head.epoch_transition));
        out_.root("current_epoch_dependent_root", if_event(head.current_epoch_dependent_root));
        out_.root("next_epoch_dependent_root", if_event(head.next_epoch_dependent_root));
        if (head.payload_status) {
            out_.text("payload_status", to_string(*head.payload_status));
        } else {
            out_.null("payload_status");
        }
        out_.flag("execution_optimistic", head.execution_optimistic);
        if (head.version) {
            out_.text("version", head.version->text());
        } else {
            out_.null("version");
        }
        out_.text("source", to_string(source));
    }

    JsonWriter& out_;
    base::Instant at_;
};

}  // namespace

void write_members(JsonWriter& out, const Fact& fact, base::Instant at) {
    std::visit(Members{out, at}, fact);
}

void append_json(const Update& update, std::string& out) {
    JsonWriter writer{out};
    writer.begin_object();
    writer.text("update", to_string(kind_of(update.fact)));
    writer.text("at", base::to_rfc3339(update.at.wall));
    writer.seconds("at_monotonic_seconds", update.at.mono.time_since_epoch());
    write_members(writer, update.fact, update.at);
    writer.end_object();
}

std::string to_json(const Update& update) {
    std::string out;
    append_json(update, out);
    return out;
}

}  // namespace updates
