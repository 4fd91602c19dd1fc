#include <string>

#include "history/head_flags.hpp"
#include "history/moment.hpp"
#include "history/recorder_state.hpp"
#include "updates/node_health.hpp"

// The facts whose row depends on nothing but themselves.
namespace history {

std::int64_t head_flags(const updates::NodeHead& head, updates::TopicSet topics,
                        bool is_unbelieved) {
    const updates::HeadTiming& timing = head.timing;
    const auto if_so = [](bool is_so, std::int64_t flag) { return is_so ? flag : 0; };
    std::int64_t flags = if_so(head.is_latest, kLatest) | if_so(head.is_first, kFirst);
    flags |= if_so(timing.is_repeat, kRepeat) | if_so(timing.is_payload, kPayload);
    flags |= if_so(head.head.execution_optimistic, kOptimistic);
    flags |= if_so(head.head.epoch_transition, kEpochTransition);
    flags |= if_so(timing.delay && timing.deadline, kJudged);
    flags |= if_so(timing.is_late(), kLateHead);
    flags |= if_so(head.source == updates::HeadSource::kPoll, kPolledHead);
    flags |= if_so(head.head.payload_status.has_value(), kPayloadKnown);
    flags |= if_so(head.head.payload_status == chain::PayloadStatus::kFull, kPayloadFull);
    flags |= if_so(is_unbelieved, kUnbelieved);
    flags |= static_cast<std::int64_t>(timing.timeliness) << kTimelinessShift;
    flags |= static_cast<std::int64_t>(topics) << kTopicSetShift;
    return flags;
}

void Recorder::Pass::operator()(const updates::NodeHead& fact) {
    const State::Node& its = node(fact.node);
    const bool is_live = fact.source == updates::HeadSource::kStream &&
                         fact.timing.timeliness == updates::HeadTimeliness::kLive;
    (void)rows_.insert(
        "INSERT INTO heads (at, node, block, flags, delay_ns, lag_ns) VALUES (?, ?, ?, ?, ?, ?)",
        at_, its.id, block(fact.head.slot, fact.head.block),
        head_flags(fact, its.topic_set, its.is_unproven), fact.timing.delay,
        is_live && !fact.timing.is_repeat ? std::optional{fact.lag} : std::nullopt);
}

void Recorder::Pass::operator()(const updates::HeadProven& fact) {
    // The header's slot overrules that of whoever reported the block first.
    rows_.run("UPDATE blocks SET proven = ?, slot = ?, parent = ? WHERE at = ?", at_,
              fact.slot.value, fact.parent, block(fact.slot, fact.block));
}

void Recorder::Pass::operator()(const updates::BestHead& fact) {
    (void)rows_.insert("INSERT INTO best_heads (at, node, block, source) VALUES (?, ?, ?, ?)", at_,
                       node(fact.node).id, block(fact.head.slot, fact.head.block),
                       to_string(fact.source));
}

void Recorder::Pass::operator()(const updates::SlotVerdict& fact) {
    const auto its_block = fact.root ? std::optional{block(fact.slot, *fact.root)} : std::nullopt;
    (void)rows_.insert(
        "INSERT INTO slots (at, slot, verdict, first_node, block, delay_ns, deadline_ns, "
        "deadline_assumed) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        at_, fact.slot.value, to_string(fact.verdict), node(fact.first_reported_by), its_block,
        fact.delay, fact.deadline.after_start, fact.deadline.assumed);
}

void Recorder::Pass::operator()(const updates::Reorg& fact) {
    (void)rows_.insert(
        "INSERT INTO reorgs (at, old_head, new_head, depth, is_depth_exact, certainty, "
        "reported_by) VALUES (?, ?, ?, ?, ?, ?, ?)",
        at_, fact.old_head, fact.new_head, fact.depth, fact.is_depth_exact,
        to_string(fact.certainty), node(fact.reported_by));
}

void Recorder::Pass::operator()(const updates::Finalized& fact) {
    (void)rows_.insert(
        "INSERT INTO finalized (at, node, epoch, block, state, execution_optimistic) "
        "VALUES (?, ?, ?, ?, ?, ?)",
        at_, node(fact.node).id, fact.checkpoint.epoch.value, fact.checkpoint.block,
        fact.checkpoint.state, fact.checkpoint.execution_optimistic);
}

void Recorder::Pass::operator()(const updates::NodeStatus& fact) {
    State::Node& its = node(fact.node);
    its.topic_set = fact.topic_set;
    its.is_unproven = fact.is_unproven;
    const updates::NodeIssues issues = updates::find_issues(fact);
    std::string names;
    for (const updates::NodeIssue issue : updates::kNodeIssues) {
        if (updates::has_issue(issues, issue)) {
            names.append(names.empty() ? "" : ",").append(to_string(issue));
        }
    }
    const auto health = to_string(updates::assess(issues));
    std::string row{health};
    for (const std::string_view part :
         {std::string_view{names}, to_string(fact.state), to_string(fact.network_check),
          to_string(fact.topic_set), std::string_view{fact.version}}) {
        row.append("\n").append(part);
    }
    // Published once a slot; news only when it differs.
    if (row == its.health) {
        return;
    }
    (void)rows_.insert(
        "INSERT INTO node_health (at, node, health, issues, state, network_check, topic_set, "
        "version) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        at_, its.id, health, names, to_string(fact.state), to_string(fact.network_check),
        to_string(fact.topic_set), fact.version);
    its.health = std::move(row);
}

void Recorder::Pass::operator()(const updates::HeadSplit& fact) {
    const auto split =
        rows_.insert("INSERT INTO splits (at, is_over) VALUES (?, ?)", at_, fact.is_over);
    std::int64_t number = 0;
    for (const updates::HeadSplit::Branch& branch : fact.branches) {
        rows_.run("INSERT INTO split_branches (split, branch, head, slot) VALUES (?, ?, ?, ?)",
                  split, ++number, branch.head, branch.slot.value);
        for (const updates::NodeId id : branch.nodes) {
            rows_.run("INSERT OR IGNORE INTO split_nodes (split, branch, node) VALUES (?, ?, ?)",
                      split, number, node(id).id);
        }
    }
}

void Recorder::Pass::operator()(const updates::NodeBehind& fact) {
    (void)rows_.insert(
        "INSERT INTO node_behind (at, node, is_behind, slot, best_slot) VALUES (?, ?, ?, ?, ?)",
        at_, node(fact.node).id, fact.is_behind, fact.slot.value, fact.best_slot.value);
}

void Recorder::Pass::operator()(const updates::ClockSkew& fact) {
    (void)rows_.insert(
        "INSERT INTO clock_skew (at, level, offset_ns, uncertainty_ns, kernel_synchronised) "
        "VALUES (?, ?, ?, ?, ?)",
        at_, to_string(fact.level), fact.offset, fact.uncertainty, fact.kernel_synchronised);
}

void Recorder::Pass::operator()(const updates::StreamBuffered& fact) {
    (void)rows_.insert("INSERT INTO stream_buffered (at, node, is_buffered) VALUES (?, ?, ?)", at_,
                       node(fact.node).id, fact.is_buffered);
}

void Recorder::Pass::operator()(const updates::SlotTime& fact) {
    const std::int64_t genesis = to_micros(fact.clock.genesis());
    const std::int64_t duration = fact.clock.slot_duration().count();
    const auto known = rows_.find(
        "SELECT genesis = ? AND slot_duration_ms = ? AND source = ? FROM slot_times "
        "ORDER BY at DESC LIMIT 1",
        genesis, duration, to_string(fact.source));
    if (known != 1) {
        (void)rows_.insert(
            "INSERT INTO slot_times (at, genesis, slot_duration_ms, source, node) "
            "VALUES (?, ?, ?, ?, ?)",
            at_, genesis, duration, to_string(fact.source), node(fact.node));
    }
}

void Recorder::Pass::operator()(const updates::CycleFailed& fact) {
    (void)rows_.insert("INSERT INTO failed_cycles (at, consecutive) VALUES (?, ?)", at_,
                       fact.consecutive);
}

void Recorder::Pass::operator()(const updates::ServiceEnded& fact) {
    (void)rows_.insert(
        "INSERT INTO service_ends (at, service, reason, detail, restart_after_ns, fatal, "
        "consecutive_failures) VALUES (?, ?, ?, ?, ?, ?, ?)",
        at_, fact.service, to_string(fact.reason), fact.detail, fact.restart_after, fact.fatal,
        fact.consecutive_failures);
}

void Recorder::Pass::operator()(const updates::ServiceHealth& fact) {
    (void)rows_.insert(
        "INSERT INTO service_health (at, service, health, detail) VALUES (?, ?, ?, ?)", at_,
        fact.service, to_string(fact.state), fact.detail);
}

}  // namespace history
