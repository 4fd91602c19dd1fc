#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "beacon_api/node_client.hpp"
#include "beacon_api/request_error.hpp"
#include "beacon_api/responses.hpp"
#include "chain/spec.hpp"
#include "chain/sync_status.hpp"
#include "monitor/candidate.hpp"
#include "monitor/network_guard.hpp"
#include "monitor/stream_end.hpp"
#include "updates/node_status.hpp"

namespace check {

/// How a node's event stream answered the request for one set of topics.
struct TopicProbe {
    enum class State : std::uint8_t {
        /// A richer set works, or there was no time for it.
        kNotAsked,
        kConnecting,
        /// The request is sent, and nothing has come.
        kWaiting,
        /// Status 200 with `text/event-stream`, and the stream stays open.
        kAccepted,
        /// A head came.
        kDelivered,
        /// monitor/node/topic_sets.hpp says what a refusal is.
        kRefused,
        /// Any other end, `end`.
        kFailed,
    };
    updates::TopicSet topic_set = updates::TopicSet::kHeadV2Full;
    State state = State::kNotAsked;
    /// From the request to the accepted header.
    std::optional<base::Duration> opened_after{};
    /// Meaningful for kRefused and kFailed.
    monitor::StreamEnd end{};

    /// As far as was waited for, the node serves this set.
    [[nodiscard]] bool works() const {
        return state == State::kAccepted || state == State::kDelivered;
    }
};

/// "not_asked", "connecting", "no_answer", "accepted", "delivered", "refused", "failed".
[[nodiscard]] std::string_view to_string(TopicProbe::State state);

/// The answer to one REST request; kDeadline until it comes.
template <class T>
struct Answer {
    beacon_api::RequestResult<T> result = beacon_api::RequestError{
        base::ErrorCode::kDeadline, 0, {}, "no complete answer before the probe ended"};
};

/// All that one probe of a node has found. Plain facts; `assess` says what they mean.
struct NodeReport {
    explicit NodeReport(updates::NodeId node, std::string shown_origin)
        : id{node}, origin{std::move(shown_origin)} {}

    updates::NodeId id;
    /// Scheme, host and port.
    std::string origin;
    /// False: the config says that its heads count whatever network it is on.
    bool checks_network = true;
    Answer<beacon_api::Genesis> genesis;
    Answer<chain::Spec> spec;
    Answer<std::string> version;
    Answer<chain::SyncStatus> syncing;
    Answer<beacon_api::BlockHeader> head;
    /// When `head` was answered.
    base::Instant head_at{};
    /// The answers that came, of any status.
    std::vector<beacon_api::Exchange> exchanges;
    /// From the richest set to the one that works everywhere.
    std::array<TopicProbe, 3> topic_probes{TopicProbe{updates::TopicSet::kHeadV2Full},
                                           TopicProbe{updates::TopicSet::kHeadFull},
                                           TopicProbe{updates::TopicSet::kHeadOnly}};
    /// How long heads were waited for on the streams; nothing when they were not.
    std::optional<base::Duration> waited;
    /// The head after the wait, requested when no stream gave one.
    std::optional<beacon_api::RequestResult<beacon_api::BlockHeader>> head_after_wait;

    /// The probe of the topic set that `headmon run` would follow this node with, else null: the
    /// richest that delivered, else the richest that was accepted; none where a richer one gives
    /// heads that cannot be decoded.
    [[nodiscard]] const TopicProbe* working_topics() const;

    /// At least one REST request was answered, and the answer can be used.
    [[nodiscard]] bool is_rest_answered() const;
    /// A REST request was, or an event stream opened.
    [[nodiscard]] bool is_anything_answered() const;
};

/// The chain that a node's answers name; without a slot duration where only the spec would give it.
/// Fails as the request for genesis did.
[[nodiscard]] beacon_api::RequestResult<monitor::ChainIdentity> chain_of(const NodeReport& report);

/// "2020-12-01T12:00:23Z"
[[nodiscard]] std::string genesis_text(const monitor::ChainIdentity& chain);

}  // namespace check
