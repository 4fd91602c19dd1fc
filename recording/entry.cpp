#include "recording/entry.hpp"

#include <algorithm>
#include <tuple>

namespace recording {
namespace {

auto members(const http::ResponseHead& head) {
    return std::tie(head.status, head.content_type, head.content_length, head.date,
                    head.retry_after, head.is_from_cache);
}

auto members(const http::TransferError& why) {
    return std::tie(why.reason, why.detail, why.status, why.retry_after, why.body);
}

auto members(const monitor::RememberedTopics& topics) {
    return std::tie(topics.node, topics.version, topics.set, topics.age);
}

}  // namespace

bool operator==(const Started& one, const Started& other) {
    const auto options = [](const Started& started) {
        const monitor::MonitorOptions& all = started.options;
        return std::tie(started.version, started.is_continuation, started.repeats, started.lost,
                        all.slot_time, all.remembered_slot_time, all.remembered_best,
                        all.event_bytes_max, all.extra_topics, all.tick_twelfths);
    };
    const auto& topics = one.options.remembered_topics;
    const auto& others = other.options.remembered_topics;
    return options(one) == options(other) &&
           std::equal(
               topics.begin(), topics.end(), others.begin(), others.end(),
               [](const auto& left, const auto& right) { return members(left) == members(right); });
}

bool operator==(const StreamHead& one, const StreamHead& other) {
    return one.stream == other.stream && members(one.head) == members(other.head);
}

bool operator==(const StreamEnd& one, const StreamEnd& other) {
    return one.stream == other.stream && members(one.why) == members(other.why);
}

bool operator==(const Answered& one, const Answered& other) {
    if (one.request != other.request || one.result.has_value() != other.result.has_value()) {
        return false;
    }
    if (!one.result) {
        return one.result.error() == other.result.error();
    }
    const http::Response& left = *one.result;
    const http::Response& right = *other.result;
    return members(left.head) == members(right.head) && left.body == right.body &&
           left.sent == right.sent && left.arrived == right.arrived;
}

bool begins_anew(const Entry& entry) {
    const auto* const started = std::get_if<Started>(&entry.event);
    return started != nullptr && (!started->is_continuation || started->lost > 0);
}

}  // namespace recording
