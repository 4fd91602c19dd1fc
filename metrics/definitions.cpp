#include "metrics/definitions.hpp"

#include <array>
#include <cassert>
#include <cstddef>
#include <type_traits>

#include "base/end_reason.hpp"
#include "beacon_api/client_family.hpp"
#include "metrics/label_values.hpp"
#include "metrics/node_health.hpp"

namespace metrics {
namespace {

template <class Values>
std::vector<std::string> words(const Values& values) {
    std::vector<std::string> names;
    for (const auto value : values) {
        if constexpr (std::is_convertible_v<decltype(value), std::string_view>) {
            names.emplace_back(value);
        } else {
            names.emplace_back(to_string(value));
        }
    }
    return names;
}

/// Our own side's ends are no disconnections.
std::vector<std::string> disconnection_reasons() {
    auto names = words(base::kAllEndReasons);
    std::erase(names, to_string(base::EndReason::kCancelled));
    return names;
}

std::vector<std::string> clients() {
    auto names = words(beacon_api::kAllClientFamilies);
    names.emplace_back("unknown");
    return names;
}

Label node() {
    return {"node", {}, "the configured name of a node; its series go when it leaves the list"};
}

std::string name(std::string_view rest) {
    return std::string{kPrefix} + std::string{rest};
}

using enum Type;
constexpr auto kPlain = Unit::kNone;
constexpr auto kSeconds = Unit::kSeconds;
constexpr auto kSlots = Unit::kSlots;
constexpr auto kPanel = UsedBy::kPanel;
constexpr auto kRule = UsedBy::kRule;
constexpr auto kDebugging = UsedBy::kDebugging;

void add_streams(std::vector<Definition>& all) {
    all.push_back({Metric::kStreamDisconnections,
                   name("stream_disconnections_total"),
                   kCounter,
                   kPlain,
                   {node(), {"reason", disconnection_reasons(), ""}},
                   "How often the node's event stream was lost, by reason; failed attempts to open "
                   "it count, ends by headmon itself do not.",
                   kRule,
                   ""});
    all.push_back({Metric::kStreamReconnections,
                   name("stream_reconnections_total"),
                   kCounter,
                   kPlain,
                   {node()},
                   "How often the node's event stream came back after it was lost.",
                   kPanel,
                   ""});
    all.push_back({Metric::kRestarts,
                   name("restarts_total"),
                   kCounter,
                   kPlain,
                   {{"reason", words(kRestartReasons), ""}},
                   "How often following all nodes began anew: the list of nodes changed, no node "
                   "could be reached (gave_up), or headmon's own monitor was ill.",
                   kPanel,
                   ""});
}

void add_node_states(std::vector<Definition>& all) {
    all.push_back({Metric::kStreamState,
                   name("stream_state"),
                   kGauge,
                   kPlain,
                   {node(), {"state", words(kStreamStates), ""}},
                   "1 for the state that the node's event stream is in: being connected, waiting "
                   "for the first byte, open, or ended.",
                   kRule,
                   ""});
    all.push_back({Metric::kNodeHealth,
                   name("node_health"),
                   kGauge,
                   kPlain,
                   {node()},
                   "What the node is worth: 0 good, 1 degraded (works, but wants attention), 2 "
                   "unusable (do not rely on it).",
                   kPanel,
                   ""});
    all.push_back({Metric::kNodeProblem,
                   name("node_problem"),
                   kGauge,
                   kPlain,
                   {node(), {"problem", words(kProblems), ""}},
                   "1 while the node has this problem. optimistic, behind, buffered and rest_down "
                   "alone make it degraded, any other one unusable.",
                   kRule,
                   ""});
    all.push_back({Metric::kNodeInfo,
                   name("node_info"),
                   kGauge,
                   kPlain,
                   {node(),
                    {"client", clients(), ""},
                    {"version",
                     {},
                     "what the node calls itself, made printable, at most 64 bytes; "
                     "one for each node at a time; empty until it is known"}},
                   "Always 1: which software the node runs.",
                   kPanel,
                   ""});
    all.push_back({Metric::kNodeNetwork,
                   name("node_network"),
                   kGauge,
                   kPlain,
                   {node(), {"standing", words(kStandings), ""}},
                   "1 for how the check of the node's network stands: not answered yet, passed, or "
                   "wrong (another chain; its heads do not count).",
                   kRule,
                   ""});
    all.push_back({Metric::kNodeTopicForm,
                   name("node_topic_form"),
                   kGauge,
                   kPlain,
                   {node(), {"form", words(kTopicForms), ""}},
                   "1 for what the node's stream is asked for: head_v2 and more, head and more, or "
                   "head alone, as far as the node serves it.",
                   kPanel,
                   ""});
    all.push_back({Metric::kNodeHeadSlot,
                   name("node_head_slot"),
                   kGauge,
                   kSlots,
                   {node()},
                   "Slot of the last head that the node told; absent until it told one.",
                   kRule,
                   ""});
    all.push_back({Metric::kNodeLastByte,
                   name("node_last_byte_timestamp_seconds"),
                   kGauge,
                   kSeconds,
                   {node()},
                   "When the node's stream last gave a byte, keep-alives included (Unix time); "
                   "absent until it gave one.",
                   kRule,
                   ""});
    all.push_back({Metric::kNodeLastHead,
                   name("node_last_head_timestamp_seconds"),
                   kGauge,
                   kSeconds,
                   {node()},
                   "When the node last told a head (Unix time); absent until it told one.",
                   kRule,
                   ""});
    all.push_back({Metric::kNodeSyncDistance,
                   name("node_sync_distance_slots"),
                   kGauge,
                   kSlots,
                   {node()},
                   "How many slots the node says it has to catch up; absent until it said so.",
                   kPanel,
                   ""});
    all.push_back({Metric::kNodeSplitBranch,
                   name("node_split_branch"),
                   kGauge,
                   kPlain,
                   {node()},
                   "While the nodes are split: the branch that the node is on, 1 for the one with "
                   "the highest head; 0 when there is no split or the node is on none of them.",
                   kPanel,
                   ""});
}

void add_node_heads(std::vector<Definition>& all) {
    all.push_back({Metric::kHeads,
                   name("heads_total"),
                   kCounter,
                   kPlain,
                   {node(), {"topic", words(kHeadTopics), ""}, {"source", {"stream", "poll"}, ""}},
                   "Heads that the node told: by a topic of its stream, or asked for after the "
                   "stream was opened (poll, topic none).",
                   kPanel,
                   ""});
    all.push_back({Metric::kHeadsFirst,
                   name("heads_first_total"),
                   kCounter,
                   kPlain,
                   {node()},
                   "Live heads that this node told before all others.",
                   kPanel,
                   ""});
    all.push_back({Metric::kHeadsOnTime,
                   name("heads_on_time_total"),
                   kCounter,
                   kPlain,
                   {node()},
                   "Blocks that the node told before attestations of their slot were due.",
                   kRule,
                   ""});
    all.push_back({Metric::kHeadsLate,
                   name("heads_late_total"),
                   kCounter,
                   kPlain,
                   {node()},
                   "Blocks that the node told after attestations of their slot were due: a "
                   "validator that relies on it alone voted for the wrong head.",
                   kRule,
                   ""});
    all.push_back({Metric::kMissedSlots,
                   name("missed_slots_total"),
                   kCounter,
                   kSlots,
                   {node()},
                   "Slots whose block another node told while this node's stream told nothing of "
                   "the slot, counted at the end of the next slot.",
                   kRule,
                   ""});
    all.push_back({Metric::kMalformedEvents,
                   name("malformed_events_total"),
                   kCounter,
                   kPlain,
                   {node()},
                   "Events of the optional topics (block, chain_reorg, finalized_checkpoint) that "
                   "could not be understood. A malformed head ends the stream instead.",
                   kPanel,
                   ""});
    all.push_back(
        {Metric::kHeadArrivalDelay,
         name("head_arrival_delay_seconds"),
         kHistogram,
         kSeconds,
         {node()},
         "From the start of a block's slot until the node told it. Live blocks only; what "
         "came before its slot counts as 0.",
         kRule,
         ""});
    all.push_back({Metric::kHeadLag,
                   name("head_lag_seconds"),
                   kHistogram,
                   kSeconds,
                   {node()},
                   "How far the node was behind the first one to tell the same head; 0 when it was "
                   "the first. Live heads only.",
                   kRule,
                   ""});
}

void add_chain(std::vector<Definition>& all) {
    all.push_back({Metric::kBestHeadSlot,
                   name("best_head_slot"),
                   kGauge,
                   kSlots,
                   {},
                   "Slot of the best head of all nodes; absent until there is one.",
                   kRule,
                   ""});
    all.push_back({Metric::kGenesisTime,
                   name("genesis_timestamp_seconds"),
                   kGauge,
                   kSeconds,
                   {},
                   "Start of slot 0 (Unix time); absent until it is known.",
                   kRule,
                   ""});
    all.push_back({Metric::kSlotDuration,
                   name("slot_duration_seconds"),
                   kGauge,
                   kSeconds,
                   {},
                   "Length of a slot; absent until it is known.",
                   kRule,
                   ""});
    all.push_back({Metric::kSlotVerdicts,
                   name("slot_verdicts_total"),
                   kCounter,
                   kSlots,
                   {{"verdict", words(kVerdicts), ""}},
                   "What became of each slot: its block was seen in time, seen late, missed on all "
                   "nodes, seen but not verified (optimistic), or headmon cannot tell (unknown).",
                   kRule,
                   ""});
    all.push_back({Metric::kReorgs,
                   name("reorgs_total"),
                   kCounter,
                   kPlain,
                   {{"depth", words(kReorgDepths), ""},
                    {"certainty", words(kCertainties), ""},
                    {"source", words(kReorgSources), ""}},
                   "Branches that were dropped for another, by how many blocks fell and who told. "
                   "One is told as unconfirmed first, and as confirmed or refuted once the parents "
                   "are known: count the confirmed ones.",
                   kRule,
                   ""});
    all.push_back({Metric::kSplitActive,
                   name("split_active"),
                   kGauge,
                   kPlain,
                   {},
                   "1 while nodes are on branches of which neither contains the other.",
                   kRule,
                   ""});
    all.push_back({Metric::kSplitBranches,
                   name("split_branches"),
                   kGauge,
                   kPlain,
                   {},
                   "How many branches the nodes are on while they are split; 0 otherwise.",
                   kPanel,
                   ""});
    all.push_back({Metric::kSplits,
                   name("splits_total"),
                   kCounter,
                   kPlain,
                   {},
                   "How often the nodes split.",
                   kPanel,
                   ""});
}

void add_program(std::vector<Definition>& all) {
    const Label service{"service", {}, "headmon's own services, by their place in the tree"};
    all.push_back({Metric::kFailedCyclesInRow,
                   name("failed_cycles_in_row"),
                   kGauge,
                   kPlain,
                   {},
                   "Slots in a row in which no node had a stream; at 5 headmon begins anew.",
                   kRule,
                   ""});
    all.push_back({Metric::kGiveUps,
                   name("give_ups_total"),
                   kCounter,
                   kPlain,
                   {},
                   "How often no node had a stream for 5 slots in a row.",
                   kRule,
                   ""});
    all.push_back({Metric::kServiceRestarts,
                   name("service_restarts_total"),
                   kCounter,
                   kPlain,
                   {service, {"reason", words(kServiceEnds), ""}},
                   "How often one of headmon's own services ended and was started again.",
                   kPanel,
                   ""});
    all.push_back({Metric::kServiceDown,
                   name("service_down"),
                   kGauge,
                   kPlain,
                   {service},
                   "1 when one of headmon's own services has ended and is not started again.",
                   kRule,
                   ""});
    all.push_back({Metric::kSubscriberQueue,
                   name("subscriber_queue_updates"),
                   kGauge,
                   kPlain,
                   {},
                   "Updates that wait for the slowest of headmon's own readers.",
                   kPanel,
                   ""});
    all.push_back({Metric::kSubscriberDropped,
                   name("subscriber_dropped_updates_total"),
                   kCounter,
                   kPlain,
                   {},
                   "Updates that headmon's own readers lost because they were too slow.",
                   kRule,
                   ""});
    all.push_back({Metric::kLimitsMet,
                   name("limits_met_total"),
                   kCounter,
                   kPlain,
                   {{"server", {"metrics"}, ""}, {"limit", words(kServerLimits), ""}},
                   "How often a client of one of headmon's servers met a limit: too many "
                   "connections, too large a request, or too slow in asking or in reading.",
                   kPanel,
                   ""});
    all.push_back({Metric::kLoopHandlers,
                   name("loop_handlers_total"),
                   kCounter,
                   kPlain,
                   {},
                   "Pieces of work that headmon's event loop has done.",
                   kDebugging,
                   "whether an idle headmon is idle: some tens a second at most"});
    all.push_back({Metric::kHttpClientWakeUps,
                   name("http_client_wake_ups_total"),
                   kCounter,
                   kPlain,
                   {},
                   "How often a socket or a timer woke headmon's HTTP client.",
                   kDebugging,
                   "whether the HTTP client spins: it wakes up for bytes and for deadlines only"});
}

void add_clock(std::vector<Definition>& all) {
    all.push_back({Metric::kClockDoubt,
                   name("clock_doubt"),
                   kGauge,
                   kPlain,
                   {{"level", words(kClockLevels), ""}},
                   "1 for how far this machine's clock is in doubt: not at all, off by enough to "
                   "spoil delays, or off by more than a slot (verdicts rest).",
                   kRule,
                   ""});
    all.push_back({Metric::kClockOffset,
                   name("clock_offset_seconds"),
                   kGauge,
                   kSeconds,
                   {},
                   "This machine's clock minus the nodes' clocks, positive when ours is ahead; "
                   "absent while it was never in doubt.",
                   kPanel,
                   ""});
    all.push_back({Metric::kClockUncertainty,
                   name("clock_uncertainty_seconds"),
                   kGauge,
                   kSeconds,
                   {},
                   "The true offset lies within this of clock_offset_seconds.",
                   kPanel,
                   ""});
    all.push_back(
        {Metric::kClockKernelSynchronised,
         name("clock_kernel_synchronised"),
         kGauge,
         kPlain,
         {},
         "1 when the kernel says that its clock is synchronised, 0 when not; absent where "
         "it cannot be asked.",
         kPanel,
         ""});
    all.push_back({Metric::kStartTime,
                   name("start_timestamp_seconds"),
                   kGauge,
                   kSeconds,
                   {},
                   "When this headmon was started (Unix time).",
                   kPanel,
                   ""});
    all.push_back({Metric::kBuildInfo,
                   name("build_info"),
                   kGauge,
                   kPlain,
                   {{"version", {}, "headmon's version"}, {"compiler", {}, "what compiled it"}},
                   "Always 1: which headmon this is.",
                   kPanel,
                   ""});
}

std::vector<Definition> make_definitions() {
    std::vector<Definition> all;
    add_streams(all);
    add_node_states(all);
    add_node_heads(all);
    add_chain(all);
    add_program(all);
    add_clock(all);
    for (std::size_t i = 0; i < all.size(); ++i) {
        assert(all[i].metric == static_cast<Metric>(i));
    }
    return all;
}

}  // namespace

std::string_view to_string(Restart reason) {
    switch (reason) {
        case Restart::kListChanged:
            return "list_changed";
        case Restart::kGaveUp:
            return "gave_up";
        case Restart::kUnhealthy:
            return "unhealthy";
        case Restart::kFailed:
            return "failed";
    }
    assert(false);
    return "";
}

std::string_view to_string(HeadTopic topic) {
    switch (topic) {
        case HeadTopic::kHeadV2:
            return "head_v2";
        case HeadTopic::kHead:
            return "head";
        case HeadTopic::kNone:
            return "none";
    }
    assert(false);
    return "";
}

std::string_view to_string(Type type) {
    switch (type) {
        case Type::kCounter:
            return "counter";
        case Type::kGauge:
            return "gauge";
        case Type::kHistogram:
            return "histogram";
    }
    assert(false);
    return "";
}

std::string_view to_string(Unit unit) {
    switch (unit) {
        case Unit::kNone:
            return "";
        case Unit::kSeconds:
            return "seconds";
        case Unit::kSlots:
            return "slots";
    }
    assert(false);
    return "";
}

std::string_view to_string(UsedBy used_by) {
    switch (used_by) {
        case UsedBy::kPanel:
            return "panel";
        case UsedBy::kRule:
            return "rule";
        case UsedBy::kDebugging:
            return "debugging";
    }
    assert(false);
    return "";
}

std::span<const Definition> definitions() {
    static const std::vector<Definition> all = make_definitions();
    return all;
}

const Definition& definition(Metric metric) {
    return definitions()[static_cast<std::size_t>(metric)];
}

std::span<const double> arrival_delay_edges() {
    static constexpr std::array kEdges{0.0, 0.25, 0.5, 0.75, 1.0,  1.25, 1.5,  1.75, 2.0, 2.2,
                                       2.4, 2.6,  2.8, 3.0,  3.2,  3.4,  3.6,  3.8,  4.0, 4.25,
                                       4.5, 5.0,  6.0, 8.0,  10.0, 12.0, 16.0, 24.0};
    return kEdges;
}

std::span<const double> lag_edges() {
    static constexpr std::array kEdges{0.001, 0.002, 0.005, 0.01, 0.02, 0.05,
                                       0.1,   0.2,   0.35,  0.5,  1.0,  2.0};
    return kEdges;
}

}  // namespace metrics
