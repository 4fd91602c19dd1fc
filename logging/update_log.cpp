#include "logging/update_log.hpp"

#include <algorithm>
#include <bit>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "base/printable.hpp"
#include "updates/advice.hpp"
#include "updates/node_health.hpp"

namespace logging {
namespace {

LogField text(std::string name, std::string_view value) {
    return LogField{std::move(name), std::string{value}};
}

template <class Number>
LogField number(std::string name, Number value) {
    using Wide = std::conditional_t<std::is_signed_v<Number>, std::int64_t, std::uint64_t>;
    return LogField{std::move(name), Wide{value}};
}

std::int64_t milliseconds(base::Duration duration) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(duration).count();
}

/// What a name alone does not say to everyone.
std::string_view in_words(updates::StreamEndReason reason) {
    switch (reason) {
        case updates::StreamEndReason::kSilent:
            return "no byte for longer than its client keeps quiet";
        case updates::StreamEndReason::kStalled:
            return "its head moves by REST, and its stream gives none";
        case updates::StreamEndReason::kTopicRefused:
            return "it does not serve the topics that it was asked for";
        case updates::StreamEndReason::kWrongNetwork:
            return "it is on another chain";
        default:
            return "";
    }
}

std::string why(updates::StreamEndReason reason, const std::string& detail) {
    std::string whole{to_string(reason)};
    const std::string_view words = detail.empty() ? in_words(reason) : detail;
    if (!words.empty()) {
        whole += ": ";
        whole += words;
    }
    return whole;
}

/// "slot 9 0x…: alpha, beta"
std::string describe(const updates::HeadSplit::Branch& branch) {
    std::string line =
        "slot " + std::to_string(branch.slot.value) + " " + to_string(branch.head) + ":";
    for (updates::NodeId id : branch.nodes) {
        line += (line.back() == ':' ? " " : ", ") + id.name();
    }
    return line;
}

}  // namespace

bool WarningBackoff::failed() {
    ++failures_;
    return std::has_single_bit(failures_);
}

bool WarningBackoff::recovered() {
    return std::exchange(failures_, 0) > 0;
}

std::vector<LogLine> UpdateLog::lines(const updates::Update& update) {
    if (const auto* const status = std::get_if<updates::NodeStatus>(&update.fact)) {
        return statuses_.lines(*status, update.at.mono);
    }
    std::vector<LogLine> out;
    const auto add = [&](const auto& fact) {
        if constexpr (!std::is_same_v<std::decay_t<decltype(fact)>, updates::NodeStatus>) {
            if (auto line = line_of(fact, update.at)) {
                out.push_back(std::move(*line));
            }
        }
    };
    std::visit(add, update.fact);
    return out;
}

UpdateLog::Line UpdateLog::line_of(const updates::RunStarted& fact, base::Instant /*at*/) {
    const auto is_gone = [&](const auto& entry) {
        return std::find(fact.nodes.begin(), fact.nodes.end(), entry.first) == fact.nodes.end();
    };
    erase_if(nodes_, is_gone);
    statuses_.keep(fact.nodes);
    std::string renewed;
    for (const updates::NodeId node : fact.renewed) {
        nodes_.erase(node);
        statuses_.forget(node);
        renewed += (renewed.empty() ? "" : ", ") + node.name();
    }
    // Runs that follow a run which gave up come every few slots.
    const LogLevel level = give_ups_.failures() > 0 ? LogLevel::kDebug : LogLevel::kInfo;
    LogLine line{level, "run started", {number("nodes", fact.nodes.size())}};
    if (!renewed.empty()) {
        line.fields.push_back(text("renewed", renewed));
    }
    return line;
}

UpdateLog::Line UpdateLog::line_of(const updates::StreamOpened& fact, base::Instant at) {
    Node& node = nodes_[fact.node];
    node.opened = at.mono;
    (void)cycles_.recovered();
    (void)give_ups_.recovered();
    const LogLevel level = fact.reopened ? LogLevel::kDebug : LogLevel::kInfo;
    return LogLine{level, "stream open", {text("node", fact.node.name())}};
}

UpdateLog::Line UpdateLog::line_of(const updates::StreamEnded& fact, base::Instant at) {
    if (fact.reason == updates::StreamEndReason::kCancelled) {
        return LogLine{LogLevel::kDebug, "stream closed", {text("node", fact.node.name())}};
    }
    if (fact.reason == updates::StreamEndReason::kTopicRefused) {
        // Nothing is wrong with the node: the next request asks for fewer topics.
        return LogLine{
            LogLevel::kInfo,
            "topics refused",
            {text("node", fact.node.name()), text("reason", why(fact.reason, fact.detail))}};
    }
    Node& node = nodes_[fact.node];
    if (!node.down_since) {
        node.down_since = at.mono;
    }
    node.opened.reset();
    const bool is_told = node.backoff.failed();
    // The node's status tells it, with what to do.
    const bool is_wrong = fact.reason == updates::StreamEndReason::kWrongNetwork;
    const LogLevel level = is_told && !is_wrong ? LogLevel::kWarning : LogLevel::kDebug;
    return LogLine{level,
                   "stream lost",
                   {text("node", fact.node.name()), text("reason", why(fact.reason, fact.detail)),
                    number("failures", node.backoff.failures())}};
}

UpdateLog::Line UpdateLog::line_of(const updates::NodeHead& fact, base::Instant at) {
    if (fact.source != updates::HeadSource::kStream) {
        // The stream has not shown yet that it gives any.
        return std::nullopt;
    }
    Node& node = nodes_[fact.node];
    const std::optional<chain::Slot> before = std::exchange(node.last_head, fact.head.slot);
    const std::uint64_t failures = node.backoff.failures();
    if (!node.backoff.recovered()) {
        return std::nullopt;
    }
    const base::MonoTime up = node.opened.value_or(at.mono);
    LogLine line{LogLevel::kInfo,
                 "stream recovered",
                 {text("node", fact.node.name()), number("failures", failures)}};
    if (const auto down = std::exchange(node.down_since, std::nullopt)) {
        line.fields.push_back(number("down_ms", milliseconds(up - *down)));
    }
    if (before) {
        const std::uint64_t next = before->value + 1;
        const std::uint64_t slot = fact.head.slot.value;
        line.fields.push_back(number("slots_not_reported", slot > next ? slot - next : 0));
    }
    return line;
}

UpdateLog::Line UpdateLog::line_of(const updates::BestHead& fact, base::Instant /*at*/) {
    return LogLine{LogLevel::kDebug,
                   "best head",
                   {number("slot", fact.head.slot.value), text("root", to_string(fact.head.block)),
                    text("node", fact.node.name())}};
}

UpdateLog::Line UpdateLog::line_of(const updates::Reorg& fact, base::Instant /*at*/) {
    const bool is_sure = fact.certainty == updates::Certainty::kConfirmed;
    LogLine line{
        is_sure ? LogLevel::kInfo : LogLevel::kDebug,
        "reorg",
        {number("depth", fact.depth), text("certainty", to_string(fact.certainty)),
         text("old_head", to_string(fact.old_head)), text("new_head", to_string(fact.new_head))}};
    if (fact.reported_by) {
        line.fields.push_back(text("node", fact.reported_by->name()));
    }
    return line;
}

UpdateLog::Line UpdateLog::line_of(const updates::Finalized& fact, base::Instant /*at*/) {
    return LogLine{LogLevel::kDebug,
                   "finalized",
                   {number("epoch", fact.checkpoint.epoch.value), text("node", fact.node.name())}};
}

UpdateLog::Line UpdateLog::line_of(const updates::SlotVerdict& fact, base::Instant /*at*/) {
    using updates::Verdict;
    const auto is_lasting = [](Verdict verdict) {
        return verdict == Verdict::kUnknown || verdict == Verdict::kOptimistic;
    };
    const Verdict before = std::exchange(verdict_, fact.verdict);
    const bool is_lost = fact.verdict == Verdict::kLate || fact.verdict == Verdict::kMissed;
    // What can last for hours is told when it begins and when it ends.
    const bool is_news = before != fact.verdict && (is_lasting(before) || is_lasting(fact.verdict));
    LogLine line{is_lost || is_news ? LogLevel::kInfo : LogLevel::kDebug,
                 "slot " + std::string{to_string(fact.verdict)},
                 {number("slot", fact.slot.value)}};
    if (fact.delay) {
        line.fields.push_back(number("delay_ms", milliseconds(*fact.delay)));
    }
    if (fact.verdict == Verdict::kLate) {
        line.fields.push_back(number("deadline_ms", milliseconds(fact.deadline.after_start)));
    }
    if (fact.first_reported_by) {
        line.fields.push_back(text("node", fact.first_reported_by->name()));
    }
    return line;
}

UpdateLog::Line UpdateLog::line_of(const updates::HeadSplit& fact, base::Instant at) {
    if (fact.is_over) {
        is_split_ = false;
        return LogLine{LogLevel::kInfo,
                       "head split resolved",
                       {number("split_ms", milliseconds(at.mono - fact.since))}};
    }
    const bool is_new = !std::exchange(is_split_, true);
    LogLine line{is_new ? LogLevel::kWarning : LogLevel::kDebug,
                 "head split",
                 {number("branches", fact.branches.size())}};
    for (std::size_t i = 0; i < fact.branches.size(); ++i) {
        line.fields.push_back(text("branch_" + std::to_string(i + 1), describe(fact.branches[i])));
    }
    line.fields.push_back(text("advice", updates::kSplitAdvice));
    return line;
}

UpdateLog::Line UpdateLog::line_of(const updates::NodeBehind& fact, base::Instant /*at*/) {
    return LogLine{LogLevel::kDebug,
                   fact.is_behind ? "node behind" : "node caught up",
                   {text("node", fact.node.name()), number("slot", fact.slot.value),
                    number("best_slot", fact.best_slot.value)}};
}

UpdateLog::Line UpdateLog::line_of(const updates::ClockSkew& fact, base::Instant /*at*/) {
    using Level = updates::ClockSkew::Level;
    if (std::exchange(clock_level_, fact.level) == fact.level) {
        return std::nullopt;
    }
    const bool is_over = fact.level == Level::kNone;
    const char* message = "clock skewed: delays cannot be trusted";
    if (is_over) {
        message = "clock no longer skewed";
    } else if (fact.level == Level::kVerdictsSuspended) {
        message = "clock skewed by more than a slot: verdicts suspended";
    }
    LogLine line{is_over ? LogLevel::kInfo : LogLevel::kWarning, message, {}};
    if (fact.offset && fact.uncertainty) {
        line.fields.push_back(number("offset_ms", milliseconds(*fact.offset)));
        line.fields.push_back(number("uncertainty_ms", milliseconds(*fact.uncertainty)));
    }
    if (fact.kernel_synchronised) {
        line.fields.push_back(
            text("kernel_synchronised", *fact.kernel_synchronised ? "yes" : "no"));
    }
    if (!is_over) {
        line.fields.push_back(text("advice", updates::kClockAdvice));
    }
    return line;
}

UpdateLog::Line UpdateLog::line_of(const updates::StreamBuffered& fact, base::Instant /*at*/) {
    if (!fact.is_buffered) {
        return LogLine{
            LogLevel::kInfo, "stream no longer buffered", {text("node", fact.node.name())}};
    }
    return LogLine{LogLevel::kWarning,
                   "stream buffered by a proxy",
                   {text("node", fact.node.name()),
                    text("advice", updates::advice(updates::NodeIssue::kBuffered))}};
}

UpdateLog::Line UpdateLog::line_of(const updates::SlotTime& fact, base::Instant /*at*/) {
    const auto genesis = fact.clock.genesis().time_since_epoch();
    LogLine line{LogLevel::kInfo, "slot time known", {text("source", to_string(fact.source))}};
    if (fact.node) {
        line.fields.push_back(text("node", fact.node->name()));
    }
    line.fields.push_back(number("slot_ms", fact.clock.slot_duration().count()));
    line.fields.push_back(
        number("genesis", std::chrono::duration_cast<std::chrono::seconds>(genesis).count()));
    return line;
}

UpdateLog::Line UpdateLog::line_of(const updates::CycleFailed& fact, base::Instant /*at*/) {
    const LogLevel level = cycles_.failed() ? LogLevel::kWarning : LogLevel::kDebug;
    return LogLine{level,
                   "no node has a stream in this slot",
                   {number("consecutive", fact.consecutive), number("limit", fact.limit),
                    number("failures", cycles_.failures())}};
}

UpdateLog::Line UpdateLog::line_of(const updates::RunEnded& fact, base::Instant /*at*/) {
    LogLevel level = LogLevel::kInfo;
    if (fact.reason == updates::RunEndReason::kGaveUp) {
        // The end of the service that stands behind it tells the same, and what comes of it.
        (void)give_ups_.failed();
        level = LogLevel::kDebug;
    }
    LogLine line{level, "run ended", {text("reason", to_string(fact.reason))}};
    if (!fact.detail.empty()) {
        line.fields.push_back(text("detail", base::printable(fact.detail, 400)));
    }
    return line;
}

UpdateLog::Line UpdateLog::line_of(const updates::ServiceEnded& fact, base::Instant /*at*/) {
    const bool is_failure = fact.reason != updates::ServiceEndReason::kCompleted &&
                            fact.reason != updates::ServiceEndReason::kCancelled;
    // A service that fails again and again would fill the log; one that stays down is told once.
    const bool is_told =
        is_failure && (!fact.restart_after || std::has_single_bit(fact.consecutive_failures));
    LogLine line{is_told ? LogLevel::kError : LogLevel::kDebug,
                 "service ended",
                 {text("service", fact.service), text("reason", to_string(fact.reason))}};
    if (!fact.detail.empty()) {
        line.fields.push_back(text("detail", base::printable(fact.detail, 400)));
    }
    if (fact.restart_after) {
        line.fields.push_back(number("restart_in_ms", milliseconds(*fact.restart_after)));
    } else {
        line.fields.push_back(text("restart", "never"));
    }
    line.fields.push_back(number("failures", fact.consecutive_failures));
    return line;
}

UpdateLog::Line UpdateLog::line_of(const updates::ServiceHealth& fact, base::Instant /*at*/) {
    const bool is_healthy = fact.state == updates::ServiceHealthState::kHealthy;
    LogLine line{is_healthy ? LogLevel::kInfo : LogLevel::kWarning,
                 "service health",
                 {text("service", fact.service), text("health", to_string(fact.state))}};
    if (!fact.detail.empty()) {
        line.fields.push_back(text("detail", fact.detail));
    }
    return line;
}

}  // namespace logging
