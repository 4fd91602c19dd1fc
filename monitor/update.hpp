#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/clock.hpp"
#include "base/end_reason.hpp"
#include "base/slot.hpp"
#include "beacon_api/events.hpp"
#include "beacon_api/responses.hpp"
#include "beacon_api/slot_clock.hpp"
#include "monitor/candidate.hpp"
#include "monitor/circuit_breaker.hpp"
#include "monitor/network_guard.hpp"
#include "monitor/slot_facts.hpp"
#include "monitor/topic_forms.hpp"

namespace monitor {

enum class StreamState : std::uint8_t {
    /// Name lookup, TCP, TLS.
    kConnecting,
    /// The request is sent; the node has not answered yet.
    kWaiting,
    /// Accepted header or first byte.
    kOpen,
    kEnded,
};

[[nodiscard]] std::string_view to_string(StreamState state);

/// Why a run ended.
enum class RunEnd : std::uint8_t {
    kListChanged,
    /// Five fully failed retry cycles in a row.
    kGaveUp,
    /// From outside: `Broadcast::close()`, the program stops, or ends a run that is unhealthy.
    kClosed,
};

[[nodiscard]] std::string_view to_string(RunEnd end);

/// A run over one candidate list begins: every stream is being opened.
struct RunStarted {
    std::vector<CandidateId> candidates;

    friend bool operator==(const RunStarted&, const RunStarted&) = default;
};

struct StreamOpened {
    CandidateId candidate;
    /// True when this candidate has had a stream in this run before.
    bool reopened = false;

    friend bool operator==(const StreamOpened&, const StreamOpened&) = default;
};

/// One end for each opening. The candidate's cached head is gone with it.
struct StreamEnded {
    CandidateId candidate;
    base::EndReason reason = base::EndReason::kEof;
    /// For people; fit to be printed.
    std::string detail;
    /// Ends in a row of this candidate, this one included, since its stream was last open.
    std::uint32_t ends_in_row = 1;

    friend bool operator==(const StreamEnded&, const StreamEnded&) = default;
};

/// A head that one node reported.
struct NodeHead {
    CandidateId candidate;
    beacon_api::HeadEvent head;
    /// Not below the cached head of any other node. False for optimistic heads.
    bool is_latest = false;
    /// The first report of this root and payload status by any node.
    bool is_first = false;
    /// Behind the first report of this root and payload status; zero for heads that are not timed.
    base::Duration lag{};
    /// From a poll the head has no dependent roots: they are zero.
    HeadSource source = HeadSource::kStream;
    HeadTiming timing{};

    friend bool operator==(const NodeHead&, const NodeHead&) = default;
};

/// The best head changed its root or payload status.
struct BestHead {
    CandidateId candidate;
    beacon_api::HeadEvent head;
    HeadSource source = HeadSource::kStream;

    friend bool operator==(const BestHead&, const BestHead&) = default;
};

/// Facts about a node, told when one of them changes and once per tick.
struct NodeStatus {
    CandidateId candidate;
    StreamState state = StreamState::kEnded;
    /// As `/eth/v1/node/version` has it, made printable; empty until it answered.
    std::string version{};
    /// No reconnect resets these.
    std::optional<base::Instant> last_byte{};
    std::optional<base::Instant> last_head{};
    /// Ends since the program started; those by our own side are none.
    std::uint64_t ends = 0;
    /// Malformed events of optional topics since the program started.
    std::uint64_t malformed = 0;
    NetworkGuard::Standing network = NetworkGuard::Standing::kUnchecked;
    /// What the stream asks for, or asked for last.
    TopicForm topics = TopicForm::kHeadV2;
    /// Of `/eth/v1/node/syncing`, as it was answered last; empty until it was.
    std::optional<beacon_api::Syncing> syncing{};
    /// Whether its REST API answers: closed while it does.
    CircuitBreaker::State breaker = CircuitBreaker::State::kClosed;
    /// No byte for longer than its client keeps quiet; until one comes.
    bool is_silent = false;
    /// Its own head moved by REST and its stream gave none; until one comes.
    bool is_stalled = false;
    /// Its head is an ancestor of another node's, for more than a sixth of a slot.
    bool is_behind = false;
    /// Something between the node and us holds its events back.
    bool is_buffered = false;

    friend bool operator==(const NodeStatus&, const NodeStatus&) = default;
};

/// Slot time was learned or changed.
struct SlotTime {
    beacon_api::SlotClock clock;
    /// "preset mainnet", "node alpha", …
    std::string source;

    friend bool operator==(const SlotTime&, const SlotTime&) = default;
};

/// A retry cycle in which no stream was open, connecting or waiting at some moment and none was
/// open since the tick.
struct CycleFailed {
    std::uint32_t in_row = 1;
    std::uint32_t limit = 5;

    friend bool operator==(const CycleFailed&, const CycleFailed&) = default;
};

struct RunEnded {
    RunEnd end = RunEnd::kClosed;
    /// For people.
    std::string detail;

    friend bool operator==(const RunEnded&, const RunEnded&) = default;
};

/// A run of one of headmon's own services is over. Stands behind all that the run has told, and
/// before anything that the next one tells.
struct ServiceEnded {
    /// Its place in the tree of services: `monitor`.
    std::string service;
    /// `completed`, `failed`, `cancelled`, `unhealthy` or `timeout`: docs/supervision.md.
    std::string end;
    /// For people; fit to be printed; may be empty.
    std::string detail;
    /// Until it is started again; absent when it is not.
    std::optional<base::Duration> restart_after;
    /// The program ends with it.
    bool fatal = false;
    /// Failures in a row, this one included, since it had a good run.
    std::uint32_t failures_in_row = 0;

    friend bool operator==(const ServiceEnded&, const ServiceEnded&) = default;
};

using Fact = std::variant<RunStarted, StreamOpened, StreamEnded, NodeHead, BestHead, Reorg,
                          Finalized, NodeStatus, SlotVerdict, HeadSplit, NodeBehind, ClockDoubt,
                          ProxyDoubt, SlotTime, CycleFailed, RunEnded, ServiceEnded>;

/// What anyone learns of the chain or of the streams, in one order for everyone.
struct Update {
    Fact fact;
    /// Taken where the bytes were read; for what no bytes caused, when it was decided.
    base::Instant at;

    friend bool operator==(const Update&, const Update&) = default;
};

}  // namespace monitor
