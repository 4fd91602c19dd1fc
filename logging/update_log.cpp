#include "logging/update_log.hpp"

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

std::vector<LogLine> UpdateLog::lines(const updates::Update& update) {
    if (const auto* const status = std::get_if<updates::NodeStatus>(&update.fact)) {
        streams_.status(*status);
        return statuses_.lines(*status, update.at.mono);
    }
    if (const auto* const head = std::get_if<updates::NodeHead>(&update.fact)) {
        if (head->source == updates::HeadSource::kStream) {
            (void)cycles_.well(update.at.mono);
            (void)give_ups_.well(update.at.mono);
        }
        return streams_.head(*head, update.at);
    }
    std::vector<LogLine> out;
    const auto add = [&](const auto& fact) {
        using Fact = std::decay_t<decltype(fact)>;
        if constexpr (!std::is_same_v<Fact, updates::NodeStatus> &&
                      !std::is_same_v<Fact, updates::NodeHead>) {
            if (auto line = line_of(fact, update.at)) {
                out.push_back(std::move(*line));
            }
        }
    };
    std::visit(add, update.fact);
    return out;
}

UpdateLog::Line UpdateLog::line_of(const updates::RunStarted& fact, base::Instant /*at*/) {
    streams_.keep(fact.nodes);
    statuses_.keep(fact.nodes);
    std::string renewed;
    for (const updates::NodeId node : fact.renewed) {
        streams_.forget(node);
        statuses_.forget(node);
        renewed += (renewed.empty() ? "" : ", ") + node.name();
    }
    // Runs that follow a run which gave up come every few slots.
    const LogLevel level = give_ups_.is_backing_off() ? LogLevel::kDebug : LogLevel::kInfo;
    LogLine line{level, "run started", {number("nodes", fact.nodes.size())}};
    if (!renewed.empty()) {
        line.fields.push_back(text("renewed", renewed));
    }
    return line;
}

UpdateLog::Line UpdateLog::line_of(const updates::StreamOpened& fact, base::Instant at) {
    return streams_.opened(fact, at);
}

UpdateLog::Line UpdateLog::line_of(const updates::StreamEnded& fact, base::Instant at) {
    return streams_.ended(fact, at);
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
        {text("depth", (fact.is_depth_exact ? "" : "at least ") + std::to_string(fact.depth)),
         text("certainty", to_string(fact.certainty)), text("old_head", to_string(fact.old_head)),
         text("new_head", to_string(fact.new_head))}};
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

UpdateLog::Line UpdateLog::line_of(const updates::SlotVerdict& fact, base::Instant at) {
    using updates::Verdict;
    const bool is_lost = fact.verdict == Verdict::kLate || fact.verdict == Verdict::kMissed;
    // What can last for hours is written when it begins and when it ends.
    const bool is_lasting =
        fact.verdict == Verdict::kUnknown || fact.verdict == Verdict::kOptimistic;
    bool is_news = false;
    if (!is_lasting) {
        (void)lasting_verdicts_.well(at.mono);
        is_news = std::exchange(lasting_verdict_, std::nullopt).has_value();
    } else if (lasting_verdict_ != fact.verdict && lasting_verdicts_.failed(at.mono, slot_)) {
        is_news = true;
        lasting_verdict_ = fact.verdict;
    }
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
                 is_new ? "head split" : "head split changed",
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
    // The node's status reports it, with what to do.
    return LogLine{LogLevel::kDebug,
                   fact.is_buffered ? "events held back" : "events no longer held back",
                   {text("node", fact.node.name())}};
}

UpdateLog::Line UpdateLog::line_of(const updates::SlotTime& fact, base::Instant /*at*/) {
    slot_ = fact.clock.slot_duration();
    streams_.set_slot_duration(slot_);
    statuses_.set_slot_duration(slot_);
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

UpdateLog::Line UpdateLog::line_of(const updates::CycleFailed& fact, base::Instant at) {
    const bool is_written = cycles_.failed(at.mono, slot_);
    const LogLevel level = is_written ? LogLevel::kWarning : LogLevel::kDebug;
    return LogLine{level,
                   "no node has a stream in this slot",
                   {number("consecutive", fact.consecutive), number("limit", fact.limit),
                    number("failures", cycles_.failures())}};
}

UpdateLog::Line UpdateLog::line_of(const updates::RunEnded& fact, base::Instant at) {
    LogLevel level = LogLevel::kInfo;
    if (fact.reason == updates::RunEndReason::kGaveUp) {
        // The end of the service behind it says the same, and what comes of it.
        (void)give_ups_.failed(at.mono, slot_);
        level = LogLevel::kDebug;
    }
    LogLine line{level, "run ended", {text("reason", to_string(fact.reason))}};
    if (!fact.detail.empty()) {
        line.fields.push_back(text("detail", base::printable(fact.detail, 400)));
    }
    return line;
}

UpdateLog::Line UpdateLog::line_of(const updates::ServiceEnded& fact, base::Instant at) {
    const bool is_failure = fact.reason != updates::ServiceEndReason::kCompleted &&
                            fact.reason != updates::ServiceEndReason::kCancelled;
    // A service that fails again and again would fill the log; one that stays down is written once.
    Service& service = services_[fact.service];
    if (service.last_end) {
        (void)service.ends.well(*service.last_end);
        (void)service.ends.well(at.mono);
    }
    service.last_end = at.mono;
    const bool is_written =
        is_failure && (service.ends.failed(at.mono, slot_) || !fact.restart_after);
    LogLine line{is_written ? LogLevel::kError : LogLevel::kDebug,
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

UpdateLog::Line UpdateLog::line_of(const updates::HeadProven& /*fact*/, base::Instant /*at*/) {
    return std::nullopt;
}

UpdateLog::Line UpdateLog::line_of(const updates::NodeBlock& /*fact*/, base::Instant /*at*/) {
    return std::nullopt;
}

// A Reorg follows, with what is known of it.
UpdateLog::Line UpdateLog::line_of(const updates::NodeReorg& /*fact*/, base::Instant /*at*/) {
    return std::nullopt;
}

// What a node sends is for clients, and not for the log.
UpdateLog::Line UpdateLog::line_of(const updates::NodeEvent& /*fact*/, base::Instant /*at*/) {
    return std::nullopt;
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
