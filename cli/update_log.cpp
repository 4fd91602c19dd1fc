#include "cli/update_log.hpp"

#include <algorithm>
#include <bit>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "base/printable.hpp"

namespace cli {
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

std::string why(base::EndReason reason, const std::string& detail) {
    std::string whole{base::to_string(reason)};
    if (!detail.empty()) {
        whole += ": " + detail;
    }
    return whole;
}

}  // namespace

bool WarningBackoff::failed() {
    ++failures_;
    return std::has_single_bit(failures_);
}

bool WarningBackoff::recovered() {
    return std::exchange(failures_, 0) > 0;
}

std::vector<LogLine> UpdateLog::lines(const monitor::Update& update) {
    std::vector<LogLine> out;
    const auto add = [&](const auto& fact) {
        using Fact = std::decay_t<decltype(fact)>;
        if constexpr (std::is_same_v<Fact, monitor::NodeHead>) {
            if (auto line = line_of(fact, update)) {
                out.push_back(std::move(*line));
            }
        } else if constexpr (requires { line_of(fact, update); }) {
            out.push_back(line_of(fact, update));
        }
    };
    std::visit(add, update.fact);
    return out;
}

LogLine UpdateLog::line_of(const monitor::RunStarted& fact, const monitor::Update&) {
    const auto is_gone = [&](const auto& entry) {
        return std::find(fact.candidates.begin(), fact.candidates.end(), entry.first) ==
               fact.candidates.end();
    };
    std::erase_if(nodes_, is_gone);
    // Runs that follow a run which gave up come every few slots.
    const LogLevel level = give_ups_.failures() > 0 ? LogLevel::kDebug : LogLevel::kInfo;
    return LogLine{level, "run started", {number("nodes", fact.candidates.size())}};
}

LogLine UpdateLog::line_of(const monitor::StreamOpened& fact, const monitor::Update& update) {
    Node& node = nodes_[fact.candidate];
    node.opened = update.at.mono;
    (void)cycles_.recovered();
    (void)give_ups_.recovered();
    const LogLevel level = fact.reopened ? LogLevel::kDebug : LogLevel::kInfo;
    return LogLine{level, "stream open", {text("node", fact.candidate.name())}};
}

LogLine UpdateLog::line_of(const monitor::StreamEnded& fact, const monitor::Update& update) {
    if (fact.reason == base::EndReason::kCancelled) {
        return LogLine{LogLevel::kDebug, "stream closed", {text("node", fact.candidate.name())}};
    }
    Node& node = nodes_[fact.candidate];
    if (!node.down_since) {
        node.down_since = update.at.mono;
    }
    node.opened.reset();
    const LogLevel level = node.backoff.failed() ? LogLevel::kWarning : LogLevel::kDebug;
    return LogLine{
        level,
        "node is bad",
        {text("node", fact.candidate.name()), text("reason", why(fact.reason, fact.detail)),
         number("failures", node.backoff.failures())}};
}

std::optional<LogLine> UpdateLog::line_of(const monitor::NodeHead& fact,
                                          const monitor::Update& update) {
    Node& node = nodes_[fact.candidate];
    const std::optional<base::Slot> before = std::exchange(node.last_head, fact.head.slot);
    const std::uint64_t failures = node.backoff.failures();
    if (!node.backoff.recovered()) {
        return std::nullopt;
    }
    const base::MonoTime up = node.opened.value_or(update.at.mono);
    LogLine line{LogLevel::kInfo,
                 "node is good again",
                 {text("node", fact.candidate.name()), number("failures", failures)}};
    if (const auto down = std::exchange(node.down_since, std::nullopt)) {
        line.fields.push_back(number("down_ms", milliseconds(up - *down)));
    }
    if (before) {
        const std::uint64_t next = before->value + 1;
        const std::uint64_t slot = fact.head.slot.value;
        line.fields.push_back(number("slots_missed", slot > next ? slot - next : 0));
    }
    return line;
}

LogLine UpdateLog::line_of(const monitor::BestHead& fact, const monitor::Update&) {
    return LogLine{
        LogLevel::kDebug,
        "best head",
        {number("slot", fact.head.slot.value), text("root", base::to_string(fact.head.block)),
         text("node", fact.candidate.name())}};
}

LogLine UpdateLog::line_of(const monitor::SlotTime& fact, const monitor::Update&) {
    const auto genesis = fact.clock.genesis().time_since_epoch();
    return LogLine{
        LogLevel::kInfo,
        "slot time known",
        {text("source", base::printable(fact.source)),
         number("slot_ms", fact.clock.slot_duration().count()),
         number("genesis", std::chrono::duration_cast<std::chrono::seconds>(genesis).count())}};
}

LogLine UpdateLog::line_of(const monitor::CycleFailed& fact, const monitor::Update&) {
    const LogLevel level = cycles_.failed() ? LogLevel::kWarning : LogLevel::kDebug;
    return LogLine{level,
                   "no node has a stream in this slot",
                   {number("in_row", fact.in_row), number("limit", fact.limit),
                    number("failures", cycles_.failures())}};
}

LogLine UpdateLog::line_of(const monitor::RunEnded& fact, const monitor::Update&) {
    LogLevel level = LogLevel::kInfo;
    if (fact.end == monitor::RunEnd::kGaveUp) {
        // The end of the service that stands behind it tells the same, and what comes of it.
        (void)give_ups_.failed();
        level = LogLevel::kDebug;
    }
    LogLine line{level, "run ended", {text("why", monitor::to_string(fact.end))}};
    if (!fact.detail.empty()) {
        line.fields.push_back(text("detail", base::printable(fact.detail, 400)));
    }
    return line;
}

LogLine UpdateLog::line_of(const monitor::ServiceEnded& fact, const monitor::Update&) {
    const bool is_failure = fact.end != "completed" && fact.end != "cancelled";
    // A service that fails again and again would fill the log; one that stays down is told once.
    const bool is_told =
        is_failure && (!fact.restart_after || std::has_single_bit(fact.failures_in_row));
    LogLine line{is_told ? LogLevel::kError : LogLevel::kDebug,
                 "service ended",
                 {text("service", fact.service), text("why", fact.end)}};
    if (!fact.detail.empty()) {
        line.fields.push_back(text("detail", base::printable(fact.detail, 400)));
    }
    if (fact.restart_after) {
        line.fields.push_back(number("restart_in_ms", milliseconds(*fact.restart_after)));
    } else {
        line.fields.push_back(text("restart", "never"));
    }
    line.fields.push_back(number("failures", fact.failures_in_row));
    return line;
}

}  // namespace cli
