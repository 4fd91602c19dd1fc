#include "monitor/node/topic_sets.hpp"

#include <algorithm>
#include <iterator>

namespace monitor {

std::string_view head_topic(updates::TopicSet set) {
    return set == updates::TopicSet::kHeadV2Full ? "head_v2" : "head";
}

std::vector<std::string_view> topics_of(updates::TopicSet set) {
    std::vector<std::string_view> topics{head_topic(set)};
    if (set != updates::TopicSet::kHeadOnly) {
        topics.insert(topics.end(), kOptionalTopics.begin(), kOptionalTopics.end());
    }
    return topics;
}

std::string join_topics(const std::vector<std::string_view>& topics) {
    std::string joined;
    for (const std::string_view topic : topics) {
        joined += joined.empty() ? "" : ",";
        joined += topic;
    }
    return joined;
}

std::optional<updates::TopicSet> poorer_set(updates::TopicSet set) {
    const auto* const next = std::next(std::find(kTopicSets.begin(), kTopicSets.end(), set));
    return next == kTopicSets.end() ? std::nullopt : std::optional{*next};
}

TopicRefusal find_refusal(const TopicAnswer& answer) {
    using updates::StreamEndReason;
    constexpr int kBadRequest = 400;
    if (answer.end == StreamEndReason::kHttpStatus) {
        return answer.http_status == kBadRequest ? TopicRefusal::kByStatus : TopicRefusal::kNone;
    }
    if (answer.is_confirmed) {
        return TopicRefusal::kNone;
    }
    if (!answer.end) {
        return TopicRefusal::kByConduct;
    }
    const bool is_clean =
        answer.end == StreamEndReason::kEof || answer.end == StreamEndReason::kEmptyBody;
    return is_clean && !answer.had_event ? TopicRefusal::kByConduct : TopicRefusal::kNone;
}

}  // namespace monitor
