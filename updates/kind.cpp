#include "updates/kind.hpp"

#include <algorithm>
#include <cassert>
#include <type_traits>

namespace updates {
namespace {

template <Kind kind, class T>
constexpr bool kIs =
    std::is_same_v<std::variant_alternative_t<static_cast<std::size_t>(kind), Fact>, T>;

static_assert(kIs<Kind::kRunStarted, RunStarted> && kIs<Kind::kStreamOpened, StreamOpened> &&
                  kIs<Kind::kStreamEnded, StreamEnded> && kIs<Kind::kNodeHead, NodeHead> &&
                  kIs<Kind::kBestHead, BestHead> && kIs<Kind::kReorg, Reorg> &&
                  kIs<Kind::kFinalized, Finalized> && kIs<Kind::kNodeStatus, NodeStatus> &&
                  kIs<Kind::kSlotVerdict, SlotVerdict> && kIs<Kind::kHeadSplit, HeadSplit> &&
                  kIs<Kind::kNodeBehind, NodeBehind> && kIs<Kind::kClockSkew, ClockSkew> &&
                  kIs<Kind::kStreamBuffered, StreamBuffered> && kIs<Kind::kSlotTime, SlotTime> &&
                  kIs<Kind::kCycleFailed, CycleFailed> && kIs<Kind::kRunEnded, RunEnded> &&
                  kIs<Kind::kServiceEnded, ServiceEnded> &&
                  kIs<Kind::kServiceHealth, ServiceHealth> && kIs<Kind::kHeadProven, HeadProven> &&
                  kIs<Kind::kNodeBlock, NodeBlock> && kIs<Kind::kNodeReorg, NodeReorg> &&
                  kIs<Kind::kNodeEvent, NodeEvent>,
              "the kinds are the alternatives of Fact, in their order");

}  // namespace

std::string_view to_string(Kind kind) {
    switch (kind) {
        case Kind::kRunStarted:
            return "run_started";
        case Kind::kStreamOpened:
            return "stream_opened";
        case Kind::kStreamEnded:
            return "stream_ended";
        case Kind::kNodeHead:
            return "node_head";
        case Kind::kBestHead:
            return "best_head";
        case Kind::kReorg:
            return "reorg";
        case Kind::kFinalized:
            return "finalized";
        case Kind::kNodeStatus:
            return "node_status";
        case Kind::kSlotVerdict:
            return "slot_verdict";
        case Kind::kHeadSplit:
            return "head_split";
        case Kind::kNodeBehind:
            return "node_behind";
        case Kind::kClockSkew:
            return "clock_skew";
        case Kind::kStreamBuffered:
            return "stream_buffered";
        case Kind::kSlotTime:
            return "slot_time";
        case Kind::kCycleFailed:
            return "cycle_failed";
        case Kind::kRunEnded:
            return "run_ended";
        case Kind::kServiceEnded:
            return "service_ended";
        case Kind::kServiceHealth:
            return "service_health";
        case Kind::kHeadProven:
            return "head_proven";
        case Kind::kNodeBlock:
            return "node_block";
        case Kind::kNodeReorg:
            return "node_reorg";
        case Kind::kNodeEvent:
            return "node_event";
    }
    assert(false);
    return "unknown";
}

std::optional<Kind> find_kind(std::string_view name) {
    const auto found = std::find_if(kAllKinds.begin(), kAllKinds.end(),
                                    [&](Kind kind) { return to_string(kind) == name; });
    return found == kAllKinds.end() ? std::nullopt : std::optional<Kind>{*found};
}

std::optional<NodeId> node_of(const Fact& fact) {
    const auto read = [](const auto& one) -> std::optional<NodeId> {
        // Of slot time the node is optional, and only where it came from.
        if constexpr (requires { NodeId{one.node}; }) {
            return one.node;
        } else {
            return std::nullopt;
        }
    };
    return std::visit(read, fact);
}

}  // namespace updates
