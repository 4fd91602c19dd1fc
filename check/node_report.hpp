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
#include "beacon_api/responses.hpp"
#include "http/request.hpp"
#include "monitor/candidate.hpp"
#include "monitor/network_guard.hpp"
#include "monitor/stream_end.hpp"
#include "monitor/node/topic_negotiation.hpp"
#include "chain/spec.hpp"
#include "updates/node_status.hpp"

namespace check {

/// What a node's event stream made of one form of topics.
struct FormLook {
    enum class Answer : std::uint8_t {
        /// A richer form works, or there was no time for it.
        kNotAsked,
        kConnecting,
        /// The request is sent, and nothing has come.
        kWaiting,
        /// Status 200 with `text/event-stream`, and the stream stays open.
        kAccepted,
        /// A head came.
        kDelivered,
        /// A 400, or a stream that ended without an event.
        kRefused,
        /// Any other end, `end`.
        kFailed,
    };
    updates::TopicSet form = updates::TopicSet::kHeadV2Full;
    Answer answer = Answer::kNotAsked;
    /// From the request to the accepted header.
    std::optional<base::Duration> opened_after;
    /// Meaningful for kRefused and kFailed.
    monitor::StreamEnd end;

    /// As far as was waited for, the node serves this form.
    [[nodiscard]] bool works() const {
        return answer == Answer::kAccepted || answer == Answer::kDelivered;
    }
};

/// The topics of one form, as an URL has them: "head,block,chain_reorg,finalized_checkpoint".
[[nodiscard]] std::string topics_of(updates::TopicSet form);

/// "not_asked", "connecting", "no_answer", "accepted", "delivered", "refused", "failed".
[[nodiscard]] std::string_view to_string(FormLook::Answer answer);

/// The answer to one REST question; kDeadline until it comes.
template <class T>
struct Answered {
    base::Result<T> said =
        base::Error{base::ErrorCode::kDeadline, "no complete answer before the look was over"};
};

/// All that one look at a node has found. Plain facts, judged by `judge`.
struct NodeLook {
    explicit NodeLook(updates::NodeId candidate, std::string shown_origin)
        : id{std::move(candidate)}, origin{std::move(shown_origin)} {}

    updates::NodeId id;
    /// Scheme, host and port.
    std::string origin;
    Answered<beacon_api::Genesis> genesis;
    Answered<chain::Spec> spec;
    Answered<std::string> version;
    Answered<chain::SyncStatus> syncing;
    Answered<beacon_api::BlockHeader> head;
    /// When the node said `head`.
    base::Instant head_at{};
    /// The answers that came, of any status.
    std::vector<beacon_api::Exchange> exchanges;
    /// From the richest form to the one that works everywhere.
    std::array<FormLook, 3> forms{
        FormLook{updates::TopicSet::kHeadV2Full, FormLook::Answer::kNotAsked, {}, {}},
        FormLook{updates::TopicSet::kHeadFull, FormLook::Answer::kNotAsked, {}, {}},
        FormLook{updates::TopicSet::kHeadOnly, FormLook::Answer::kNotAsked, {}, {}}};
    /// A head was waited for on the streams; no length when it was not.
    std::optional<base::Duration> waited;
    /// The head after the wait, asked for when no stream gave one.
    std::optional<base::Result<beacon_api::BlockHeader>> head_after_wait;

    /// The richest form that works, else null.
    [[nodiscard]] const FormLook* working_form() const;
};

/// The chain that a node says it is on. Fails as its answers did, and with kOutOfRange for a slot
/// or a genesis that no chain has.
[[nodiscard]] base::Result<monitor::ChainIdentity> chain_of(const NodeLook& look);

}  // namespace check
