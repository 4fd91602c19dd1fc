#include "logging/stream_log.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace logging {
namespace {

LogField node_field(updates::NodeId node) {
    return LogField{"node", node.name()};
}

/// What a name alone does not say to everyone.
std::string_view in_words(updates::StreamEndReason reason) {
    switch (reason) {
        case updates::StreamEndReason::kSilent:
            return "no byte for longer than its client keeps quiet";
        case updates::StreamEndReason::kStalled:
            return "its head moves by REST, and its stream gives nothing new";
        case updates::StreamEndReason::kTopicRefused:
            return "its head moves by REST, and these topics have never given one";
        case updates::StreamEndReason::kWrongNetwork:
            return "it is on another chain";
        default:
            return "";
    }
}

LogField reason_field(const updates::StreamEnded& fact) {
    std::string whole{to_string(fact.reason)};
    const std::string_view words =
        fact.detail.empty() ? in_words(fact.reason) : std::string_view{fact.detail};
    if (!words.empty()) {
        whole += ": ";
        whole += words;
    }
    return LogField{"reason", std::move(whole)};
}

}  // namespace

StreamLog::Line StreamLog::opened(const updates::StreamOpened& fact, base::Instant at) {
    Node& node = nodes_[fact.node];
    node.opened = at.mono;
    // In a new run after one that gave up all streams are opened for the first time again.
    const bool is_news = !fact.reopened && !node.losses.is_backing_off();
    return LogLine{
        is_news ? LogLevel::kInfo : LogLevel::kDebug, "stream open", {node_field(fact.node)}};
}

StreamLog::Line StreamLog::ended(const updates::StreamEnded& fact, base::Instant at) {
    if (fact.reason == updates::StreamEndReason::kCancelled) {
        return LogLine{LogLevel::kDebug, "stream closed", {node_field(fact.node)}};
    }
    Node& node = nodes_[fact.node];
    if (fact.reason == updates::StreamEndReason::kTopicRefused) {
        // Nothing is wrong with the node: the next request asks for fewer topics.
        const bool is_written = node.refusals.failed(at.mono, slot_);
        return LogLine{is_written ? LogLevel::kInfo : LogLevel::kDebug,
                       "topics refused",
                       {node_field(fact.node), reason_field(fact)}};
    }
    if (!node.down_since) {
        node.down_since = at.mono;
    }
    node.opened.reset();
    const bool is_written = node.losses.failed(at.mono, slot_);
    // The node's status reports it, with what to do.
    const bool is_wrong = fact.reason == updates::StreamEndReason::kWrongNetwork;
    return LogLine{
        is_written && !is_wrong ? LogLevel::kWarning : LogLevel::kDebug,
        "stream lost",
        {node_field(fact.node), reason_field(fact), LogField{"failures", node.losses.failures()}}};
}

std::vector<LogLine> StreamLog::head(const updates::NodeHead& fact, base::Instant at) {
    std::vector<LogLine> out;
    if (fact.source != updates::HeadSource::kStream) {
        // The stream has not shown yet that it gives any.
        return out;
    }
    Node& node = nodes_[fact.node];
    if (auto line = recovered(node, fact, at)) {
        out.push_back(std::move(*line));
    }
    if (auto line = topics_changed(node, fact.node, at)) {
        out.push_back(std::move(*line));
    }
    return out;
}

StreamLog::Line StreamLog::recovered(Node& node, const updates::NodeHead& fact, base::Instant at) {
    (void)node.refusals.well(at.mono);
    const auto before = std::exchange(node.last_head, fact.head.slot);
    const auto down_since = std::exchange(node.down_since, std::nullopt);
    const bool is_written = node.losses.well(at.mono);
    if (!down_since) {
        return std::nullopt;
    }
    const base::MonoTime up = node.opened.value_or(at.mono);
    const auto down = std::chrono::duration_cast<std::chrono::milliseconds>(up - *down_since);
    LogLine line{is_written ? LogLevel::kInfo : LogLevel::kDebug,
                 "stream recovered",
                 {node_field(fact.node), LogField{"failures", node.losses.failures()},
                  LogField{"down_ms", std::int64_t{down.count()}}}};
    if (before) {
        const std::uint64_t next = before->value + 1;
        const std::uint64_t slot = fact.head.slot.value;
        line.fields.push_back(
            LogField{"slots_not_reported", std::uint64_t{slot > next ? slot - next : 0}});
    }
    return line;
}

StreamLog::Line StreamLog::topics_changed(Node& node, updates::NodeId id, base::Instant at) {
    if (node.requested == node.logged) {
        (void)node.topic_changes.well(at.mono);
        return std::nullopt;
    }
    const bool lost_extra = node.logged.has_extra && !node.requested.has_extra;
    const bool is_lower = node.requested.set > node.logged.set ||
                          (node.requested.set == node.logged.set && lost_extra);
    node.logged = node.requested;
    const bool is_written = is_lower && node.topic_changes.failed(at.mono, slot_);
    LogLine line{
        is_written ? LogLevel::kInfo : LogLevel::kDebug,
        is_lower ? "node asked for fewer topics" : "node asked for more topics",
        {node_field(id), LogField{"topic_set", std::string{to_string(node.requested.set)}}}};
    if (lost_extra) {
        line.fields.push_back(LogField{"extra_topics", "refused"});
    }
    return line;
}

void StreamLog::status(const updates::NodeStatus& status) {
    Node& node = nodes_[status.node];
    node.requested = {status.topic_set, status.has_extra_topics};
    node.logged.has_extra = node.logged.has_extra || status.has_extra_topics;
}

void StreamLog::keep(const std::vector<updates::NodeId>& nodes) {
    erase_if(nodes_, [&](const auto& entry) {
        return std::find(nodes.begin(), nodes.end(), entry.first) == nodes.end();
    });
}

}  // namespace logging
