#include "check/node_assessment.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "base/time_text.hpp"
#include "chain/slot_clock.hpp"
#include "check/node_issues.hpp"
#include "check/remedies.hpp"
#include "updates/client_family.hpp"
#include "updates/node_health.hpp"
#include "updates/node_status.hpp"

namespace check {
namespace {

using updates::ClockSkew;

constexpr std::uint64_t kEpochSlots = 32;
constexpr std::uint64_t kEpochSlotsMin = 8;
constexpr std::uint64_t kEpochSlotsMax = 64;

/// `a - b`, bounded.
std::int64_t difference(std::uint64_t a, std::uint64_t b) {
    constexpr std::uint64_t kMax = std::numeric_limits<std::int64_t>::max();
    return a >= b ? static_cast<std::int64_t>(std::min(a - b, kMax))
                  : -static_cast<std::int64_t>(std::min(b - a, kMax));
}

std::string slots(std::int64_t count) {
    return fmt::format("{} slot{}", count, count == 1 ? "" : "s");
}

/// All of one node: the issues that `headmon run` would publish, and what only a single look shows.
class NodeAssessor {
  public:
    NodeAssessor(const NodeReport& report, updates::NetworkCheck check, const Assessment& all,
                 const CheckContext& context)
        : report_{report}, status_{status_of(report, check)}, all_{all}, context_{context} {}

    NodeAssessment assess() {
        assessment_.network = status_.network_check;
        assess_clock();
        if (!report_.is_rest_answered() && report_.working_topics() == nullptr) {
            add_unreachable();
        } else {
            add_issues();
            add_odd_members();
            assess_stream();
        }
        assess_head_age();
        const auto worse = [](const Finding& a, const Finding& b) {
            return a.severity > b.severity;
        };
        std::stable_sort(assessment_.findings.begin(), assessment_.findings.end(), worse);
        if (!assessment_.findings.empty()) {
            assessment_.severity = assessment_.findings.front().severity;
        }
        return std::move(assessment_);
    }

  private:
    void add(std::string_view code, Severity severity, std::string problem, std::string advice) {
        assessment_.findings.push_back({code, severity, std::move(problem), std::move(advice)});
    }

    void assess_clock();
    /// One finding for a node that answers nothing, instead of each issue that follows from it.
    void add_unreachable();
    void add_issues();
    void add_odd_members();
    void assess_stream();
    void assess_head_age();

    const NodeReport& report_;
    updates::NodeStatus status_;
    const Assessment& all_;
    const CheckContext& context_;
    NodeAssessment assessment_;
};

void NodeAssessor::assess_clock() {
    monitor::ClockEstimate estimate;
    if (all_.chain) {
        estimate.set_slot_duration(all_.chain->slot_duration.value());
    }
    add_dates(report_, estimate);
    assessment_.clock = estimate.current();
    if (level_of(assessment_.clock) != ClockSkew::Level::kNone &&
        level_of(all_.clock) == ClockSkew::Level::kNone) {
        add("node_clock_off", Severity::kDegraded,
            fmt::format(
                "by its clock, ours is {} its own, and by other nodes' clocks or the kernel's word "
                "ours is right",
                clock_text(*assessment_.clock)),
            "set the clock of the node's machine right, with chrony or systemd-timesyncd");
    }
}

void NodeAssessor::add_unreachable() {
    const FailureCause cause = cause_of(report_.syncing.result.error());
    add(report_.exchanges.empty() ? "unreachable" : "rest_failed",
        severity_of(updates::assess(updates::find_issues(status_))), "it " + problem_text(cause),
        fix_text(cause));
}

void NodeAssessor::add_issues() {
    const updates::NodeIssues issues = updates::find_issues(status_);
    for (const updates::NodeIssue issue : updates::kNodeIssues) {
        if (updates::has_issue(issues, issue)) {
            assessment_.findings.push_back(finding_of(issue, report_, context_));
        }
    }
}

void NodeAssessor::add_odd_members() {
    if (!status_.odd_spec_members.empty()) {
        add("odd_spec_members", Severity::kGood,
            fmt::format("members of its spec cannot be read, or contradict others: {}",
                        status_.odd_spec_members),
            "defaults or the other nodes' values count in their place; update the node");
    }
}

void NodeAssessor::assess_head_age() {
    const auto chain = chain_of(report_);
    if (!chain || !report_.head.result) {
        return;
    }
    auto slot_duration = chain->slot_duration;
    if (!slot_duration && all_.chain && status_.network_check == updates::NetworkCheck::kMatch) {
        slot_duration = all_.chain->slot_duration;
    }
    if (!slot_duration) {
        return;
    }
    const chain::SlotClock clock{chain->genesis_time, *slot_duration};
    const auto now = clock.slot_at(report_.head_at.wall);
    if (!now) {
        add("before_genesis", Severity::kGood, "its chain has not begun yet", "wait for genesis");
        return;
    }
    const std::int64_t age = difference(now->value, report_.head.result->slot.value);
    assessment_.head_age = age;
    // Ages are as good as the clock; and heads of another chain do not matter.
    if (level_of(all_.clock) == ClockSkew::Level::kVerdictsSuspended ||
        status_.network_check == updates::NetworkCheck::kMismatch) {
        return;
    }
    if (age < -1) {
        add("head_in_future", Severity::kDegraded,
            fmt::format("its head is of a slot that begins in {}", slots(-age)),
            "check the clocks of this machine and of the node's");
        return;
    }
    // An older head is what syncing means.
    if (status_.syncing && status_.syncing->is_syncing) {
        return;
    }
    const auto given =
        report_.spec.result ? report_.spec.result->slots_per_epoch : std::optional<std::uint64_t>{};
    const std::uint64_t epoch =
        std::clamp(given.value_or(kEpochSlots), kEpochSlotsMin, kEpochSlotsMax);
    if (age >= static_cast<std::int64_t>(epoch)) {
        add("head_stale", Severity::kUnusable,
            fmt::format("its head is {} old, and it does not say that it is syncing", slots(age)),
            "see the node's log and peers, and restart it");
    } else if (age >= kHeadOldSlots) {
        add("head_old", Severity::kDegraded, fmt::format("its head is {} old", slots(age)),
            "see the node's peers; where all nodes say so, the chain itself may have gaps");
    }
}

void NodeAssessor::assess_stream() {
    const TopicProbe* const probe = report_.working_topics();
    if (probe != nullptr && probe->topic_set == updates::TopicSet::kHeadOnly) {
        add("head_only", Severity::kGood,
            "its event stream serves the topic head alone; reorgs and finality are reported by "
            "other nodes",
            "update the node when a release serves lists of topics");
    }
    if (is_without_head(report_)) {
        if (!status_.is_stalled) {
            add("no_head_seen", Severity::kDegraded,
                fmt::format("in {:.1f} s no head came on its event stream, and its own head is not "
                            "known to have moved",
                            base::seconds(*report_.waited)),
                "see the node's peers, and try again with --wait");
        }
        return;
    }
    if (status_.state != updates::StreamState::kWaiting || report_.waited) {
        return;
    }
    const auto habits = updates::find_client_habits(status_.version);
    if (habits && !habits->headers_at_once) {
        add("topics_unknown", Severity::kGood,
            "this client sends nothing before its first event, so one look cannot tell which "
            "topics its event stream serves",
            "use --wait, which waits up to two slots for a head");
        return;
    }
    add("stream_no_answer", Severity::kDegraded,
        habits ? "its event stream gave no answer, though this client answers at once"
               : "its event stream gave no answer",
        std::string{updates::advice(updates::NodeIssue::kBuffered)});
}

}  // namespace

ClockSkew::Level level_of(const std::optional<ClockSkew>& clock) {
    return clock ? clock->level : ClockSkew::Level::kNone;
}

std::string clock_text(const ClockSkew& clock) {
    const double offset = base::seconds(clock.offset.value_or(base::Duration{}));
    return fmt::format("{:.1f} s {}", offset < 0 ? -offset : offset,
                       offset < 0 ? "behind" : "ahead of");
}

void add_dates(const NodeReport& report, monitor::ClockEstimate& estimate) {
    for (const beacon_api::Exchange& exchange : report.exchanges) {
        if (exchange.date) {
            estimate.http_date(report.id, *exchange.date, exchange.sent, exchange.received);
        }
    }
}

NodeAssessment assess_node(const NodeReport& report, updates::NetworkCheck check,
                           const Assessment& all, const CheckContext& context) {
    return NodeAssessor{report, check, all, context}.assess();
}

}  // namespace check
