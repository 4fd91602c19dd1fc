#include "monitor/node/topic_sets.hpp"

#include <algorithm>
#include <iterator>

namespace monitor {

std::string_view head_topic(updates::TopicSet set) {
    return set == updates::TopicSet::kHeadV2Full ? "head_v2" : "head";
}

bool is_head_topic(std::string_view topic) {
    return std::any_of(kTopicSets.begin(), kTopicSets.end(),
                       [&](updates::TopicSet set) { return head_topic(set) == topic; });
}

TopicList topics_of(updates::TopicSet set) {
    TopicList topics{std::string{head_topic(set)}};
    if (set != updates::TopicSet::kHeadOnly) {
        topics.insert(topics.end(), kOptionalTopics.begin(), kOptionalTopics.end());
    }
    return topics;
}

std::string join_topics(const TopicList& topics) {
    std::string joined;
    for (const std::string& topic : topics) {
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
    if (answer.is_head_unreadable) {
        const auto poorer = poorer_set(answer.set);
        const bool has_other_heads = poorer && head_topic(*poorer) != head_topic(answer.set);
        return has_other_heads ? TopicRefusal::kByConduct : TopicRefusal::kNone;
    }
    if (answer.is_confirmed) {
        return TopicRefusal::kNone;
    }
    if (!answer.end) {
        return TopicRefusal::kByConduct;
    }
    const bool is_clean =
        answer.end == StreamEndReason::kEof || answer.end == StreamEndReason::kEmptyBody;
    return is_clean && !answer.had_event ? TopicRefusal::kPerhaps : TopicRefusal::kNone;
}

}  // namespace monitor
