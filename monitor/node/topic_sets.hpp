#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "updates/node_status.hpp"
#include "updates/stream_end_reason.hpp"

namespace monitor {

/// Topics of the Beacon API.
using TopicList = std::vector<std::string>;

/// The topics that are left out where they do harm.
inline constexpr std::array<std::string_view, 3> kOptionalTopics{"block", "chain_reorg",
                                                                 "finalized_checkpoint"};

/// From the richest set to the one that every node serves, in the order in which they are
/// requested.
inline constexpr std::array kTopicSets{updates::TopicSet::kHeadV2Full, updates::TopicSet::kHeadFull,
                                       updates::TopicSet::kHeadOnly};

/// The topic of the set that brings heads: "head_v2" or "head".
[[nodiscard]] std::string_view head_topic(updates::TopicSet set);

/// Whether this topic brings heads in some set.
[[nodiscard]] bool is_head_topic(std::string_view topic);

/// All topics of a set, the one of heads first.
[[nodiscard]] TopicList topics_of(updates::TopicSet set);

/// `topics` as an URL has them: "head,block,chain_reorg,finalized_checkpoint".
[[nodiscard]] std::string join_topics(const TopicList& topics);

/// The next poorer set, or nothing after the last.
[[nodiscard]] std::optional<updates::TopicSet> poorer_set(updates::TopicSet set);

/// How a node answered the request for one topic set.
struct TopicAnswer {
    updates::TopicSet set = updates::TopicSet::kHeadV2Full;
    /// How its stream ended; nothing while it is open and silent although the node's head moves.
    std::optional<updates::StreamEndReason> end{};
    /// Of a stream that ended with kHttpStatus.
    int http_status = 0;
    /// Any event of a requested topic came since the request.
    bool had_event = false;
    /// The set has delivered a head on this node.
    bool is_confirmed = false;
    /// It ended for a head that could not be decoded.
    bool is_head_unreadable = false;
};

/// What an answer says about the topic set that was requested.
enum class TopicRefusal : std::uint8_t {
    /// Nothing: whatever ended the stream, the topics did not.
    kNone,
    /// A 400: the node has read the topics and does not serve them.
    kByStatus,
    /// A 200 that ended without an event. Whether the topics were the reason shows when the next
    /// set delivers, or does not.
    kPerhaps,
    /// Silence while the node's head moves, or heads that cannot be decoded where a poorer set has
    /// heads of another shape.
    kByConduct,
};

/// A set that is confirmed was refused by a 400 or by unreadable heads only: else its stream was
/// cut for another reason.
[[nodiscard]] TopicRefusal find_refusal(const TopicAnswer& answer);

}  // namespace monitor
