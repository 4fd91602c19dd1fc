#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/clock.hpp"
#include "chain/slot.hpp"
#include "chain/slot_clock.hpp"
#include "updates/chain_facts.hpp"
#include "updates/node_status.hpp"
#include "updates/service_facts.hpp"
#include "updates/stream_end_reason.hpp"

namespace updates {

/// Why a run ended.
enum class RunEndReason : std::uint8_t {
    kListChanged,
    /// Five fully failed retry cycles in a row.
    kGaveUp,
    /// From outside: `Broadcast::close()`, the program stops, or ends a run that is unhealthy.
    kClosed,
};

/// "list_changed", "gave_up", "closed".
[[nodiscard]] std::string_view to_string(RunEndReason reason);

/// A run over one candidate list begins: every stream is being opened.
struct RunStarted {
    /// In configured order.
    std::vector<NodeId> nodes;
    /// Those of them whose URL or headers are others than in the run before: another node may
    /// answer there, and all that was known of it is void but what is counted.
    std::vector<NodeId> renewed{};

    friend bool operator==(const RunStarted&, const RunStarted&) = default;
};

struct StreamOpened {
    NodeId node;
    /// This node has had a stream in this run before.
    bool reopened = false;

    friend bool operator==(const StreamOpened&, const StreamOpened&) = default;
};

/// One end for each opening. The node's cached head is gone with it.
struct StreamEnded {
    NodeId node;
    updates::StreamEndReason reason = updates::StreamEndReason::kEof;
    /// For people; fit to be printed.
    std::string detail;
    /// In a row, this one included, since its stream was last open.
    std::uint32_t consecutive_disconnects = 1;

    friend bool operator==(const StreamEnded&, const StreamEnded&) = default;
};

/// A head that one node reported.
struct NodeHead {
    NodeId node;
    chain::Head head;
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
    NodeId node;
    chain::Head head;
    HeadSource source = HeadSource::kStream;

    friend bool operator==(const BestHead&, const BestHead&) = default;
};

/// Where slot time comes from.
enum class SlotTimeSource : std::uint8_t {
    /// Genesis time and slot duration that the operator gave.
    kConfiguration,
    /// The network that the operator named.
    kPreset,
    /// What an earlier start has learned.
    kStateFile,
    /// What an earlier start has learned, by its history.
    kHistory,
    /// Nodes of our chain.
    kNode,
};

/// "configuration", "preset", "state_file", "history", "node".
[[nodiscard]] std::string_view to_string(SlotTimeSource source);

/// Slot time was learned or changed.
struct SlotTime {
    chain::SlotClock clock;
    SlotTimeSource source = SlotTimeSource::kConfiguration;
    /// For kNode: the first of the nodes on that chain.
    std::optional<NodeId> node{};

    friend bool operator==(const SlotTime&, const SlotTime&) = default;
};

/// A retry cycle in which no stream was open, connecting or waiting at some moment and none was
/// open since the tick.
struct CycleFailed {
    /// In a row, this one included.
    std::uint32_t consecutive = 1;
    /// So many end the run.
    std::uint32_t limit = 5;

    friend bool operator==(const CycleFailed&, const CycleFailed&) = default;
};

struct RunEnded {
    RunEndReason reason = RunEndReason::kClosed;
    /// For people.
    std::string detail;

    friend bool operator==(const RunEnded&, const RunEnded&) = default;
};

/// Whatever anyone learns of the chain, of the streams, of our clock or of our own services. Each
/// kind has a name: updates/kind.hpp.
using Fact = std::variant<RunStarted, StreamOpened, StreamEnded, NodeHead, BestHead, Reorg,
                          Finalized, NodeStatus, SlotVerdict, HeadSplit, NodeBehind, ClockSkew,
                          StreamBuffered, SlotTime, CycleFailed, RunEnded, ServiceEnded,
                          ServiceHealth, HeadProven, NodeBlock, NodeReorg, NodeEvent>;

/// One fact and its moment, in one order for everyone.
struct Update {
    Fact fact;
    /// Taken where the bytes were read; for what no bytes caused, when it was decided.
    base::Instant at;

    friend bool operator==(const Update&, const Update&) = default;
};

/// The memory that it takes, with its texts and lists.
[[nodiscard]] std::size_t bytes_of(const Update& update);

}  // namespace updates
