#include "monitor/node/event_judge.hpp"

#include <algorithm>
#include <array>
#include <variant>

namespace monitor {
namespace {

using Meaning = EventJudgement::Meaning;

/// https://ethereum.github.io/beacon-APIs/#/Events/eventstream, and two that are none of it.
constexpr std::array<std::string_view, 22> kKnownTypes{
    "head",
    "head_v2",
    "block",
    "block_gossip",
    "attestation",
    "single_attestation",
    "voluntary_exit",
    "bls_to_execution_change",
    "proposer_slashing",
    "attester_slashing",
    "finalized_checkpoint",
    "chain_reorg",
    "contribution_and_proof",
    "light_client_finality_update",
    "light_client_optimistic_update",
    "payload_attributes",
    "blob_sidecar",
    "data_column_sidecar",
    "execution_payload_available",
    "execution_payload",
    "message",
    "ping",
};

/// Of the topics that may be requested.
bool is_extra_topic(std::string_view topic) {
    return !is_head_topic(topic) && std::find(kOptionalTopics.begin(), kOptionalTopics.end(),
                                              topic) == kOptionalTopics.end();
}

std::string data_of(const base::Result<beacon_api::ChainEvent>& event) {
    const auto* const other = event ? std::get_if<beacon_api::OtherEvent>(&event.value()) : nullptr;
    return other == nullptr ? std::string{} : other->data;
}

}  // namespace

EventJudgement judge_event(std::string_view topic, const TopicList& requested,
                           const base::Result<beacon_api::ChainEvent>& event) {
    if (topic == "error") {
        return {Meaning::kEndsStream, updates::StreamEndReason::kErrorEvent, data_of(event)};
    }
    if (std::find(requested.begin(), requested.end(), topic) == requested.end()) {
        return {Meaning::kIgnored};
    }
    if (event && std::holds_alternative<beacon_api::ExtraEvent>(*event)) {
        return {Meaning::kExtra};
    }
    if (!event && is_extra_topic(topic) &&
        (event.error().code == base::ErrorCode::kTooLong ||
         event.error().code == base::ErrorCode::kBadValue)) {
        return {Meaning::kUnusable};
    }
    if (!is_head_topic(topic)) {
        return {event ? Meaning::kFact : Meaning::kUnreadable};
    }
    if (event && std::holds_alternative<chain::Head>(*event)) {
        return {Meaning::kHead};
    }
    const std::string what = event ? "no head" : base::to_string(event.error());
    return {Meaning::kEndsStream, updates::StreamEndReason::kMalformed,
            std::string{topic} + ": " + what};
}

std::string_view name_of_ignored(std::string_view topic) {
    const auto* const known = std::find(kKnownTypes.begin(), kKnownTypes.end(), topic);
    return known == kKnownTypes.end() ? "another type" : *known;
}

}  // namespace monitor
