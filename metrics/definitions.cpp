#include "metrics/definitions.hpp"

#include <array>
#include <cassert>
#include <cstddef>
#include <type_traits>
#include <utility>

#include "metrics/label_values.hpp"
#include "updates/client_family.hpp"
#include "updates/node_health.hpp"
#include "updates/stream_end_reason.hpp"

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
    auto names = words(updates::kAllStreamEndReasons);
    std::erase(names, to_string(updates::StreamEndReason::kCancelled));
    return names;
}

/// What a parent ends is not started again.
std::vector<std::string> service_end_reasons() {
    auto names = words(kServiceEnds);
    std::erase(names, to_string(updates::ServiceEndReason::kCancelled));
    return names;
}

/// "el_offline, behind and buffered"
std::string degrading_issues() {
    std::string text;
    std::string last;
    for (const updates::NodeIssue issue : updates::kNodeIssues) {
        if (updates::severity(issue) == updates::NodeHealth::kDegraded) {
            text += last.empty() ? "" : (text.empty() ? "" : ", ") + last;
            last = to_string(issue);
        }
    }
    return text + " and " + last;
}

std::vector<std::string> clients() {
    auto names = words(updates::kAllClientFamilies);
    names.emplace_back("unknown");
    return names;
}

Label node() {
    return {"node", {}, "the configured name of a node; its series go when it leaves the list"};
}

class Table {
  public:
    /// `name` is without the prefix; the order is that of the enumerators.
    void add(Metric metric, std::string_view name, Type type, Unit unit, std::vector<Label> labels,
             std::string help, UsedBy used_by, std::string debugging = {}) {
        assert(rows_.size() == static_cast<std::size_t>(metric));
        rows_.push_back({metric, std::string{kPrefix} + std::string{name}, type, unit,
                         std::move(labels), std::move(help), used_by, std::move(debugging)});
    }
    [[nodiscard]] std::vector<Definition> take() && { return std::move(rows_); }

  private:
    std::vector<Definition> rows_;
};

using enum Type;
constexpr auto kPlain = Unit::kNone;
constexpr auto kSeconds = Unit::kSeconds;
constexpr auto kSlots = Unit::kSlots;
constexpr auto kPanel = UsedBy::kPanel;
constexpr auto kRule = UsedBy::kRule;
constexpr auto kDebugging = UsedBy::kDebugging;

void add_streams(Table& table) {
    table.add(Metric::kStreamDisconnections, "stream_disconnections_total", kCounter, kPlain,
              {node(), {"reason", disconnection_reasons(), ""}},
              "How often the node's event stream was lost, by reason; failed attempts to open "
              "it count, ends by headmon itself do not.",
              kRule);
    table.add(Metric::kStreamReconnections, "stream_reconnections_total", kCounter, kPlain,
              {node()}, "How often the node's event stream came back after it was lost.", kRule);
    table.add(Metric::kRestarts, "restarts_total", kCounter, kPlain,
              {{"reason", words(kRestartReasons), ""}},
              "How often following all nodes began anew: the list of nodes changed, no node "
              "could be reached (gave_up), or headmon's own monitor was ill.",
              kPanel);
}

void add_node_states(Table& table) {
    table.add(Metric::kStreamState, "stream_state", kGauge, kPlain,
              {node(), {"state", words(kStreamStates), ""}},
              "1 for the state that the node's event stream is in: being connected, waiting "
              "for the first byte, open, or ended.",
              kRule);
    table.add(Metric::kNodeHealth, "node_health", kGauge, kPlain, {node()},
              "Whether a validator can use the node: 0 good, 1 degraded (its heads count, and "
              "something wants attention), 2 unusable (do not rely on it).",
              kPanel);
    table.add(Metric::kNodeIssue, "node_issue", kGauge, kPlain,
              {node(), {"issue", words(updates::kNodeIssues), ""}},
              "1 while the node has this issue. Those of severity degraded are " +
                  degrading_issues() + "; any other one makes the node unusable.",
              kRule);
    table.add(Metric::kNodeInfo, "node_info", kGauge, kPlain,
              {node(),
               {"client", clients(), ""},
               {"version",
                {},
                "what the node calls itself, made printable, at most 64 bytes; "
                "one for each node at a time; empty until it is known"}},
              "Always 1: which software the node runs.", kPanel);
    table.add(
        Metric::kNodeNetworkCheck, "node_network_check", kGauge, kPlain,
        {node(), {"result", words(kNetworkChecks), ""}},
        "1 for the result of the check of the node's network: unchecked (not answered yet), "
        "match, mismatch (another chain; its heads do not count), disputed (as many nodes name "
        "another chain), or off (its heads count unchecked, as the config says).",
        kRule);
    table.add(Metric::kNodeTopicSet, "node_topic_set", kGauge, kPlain,
              {node(), {"set", words(kTopicSets), ""}},
              "1 for what the node's stream is asked for: head_v2 and more, head and more, or "
              "head alone, as far as the node serves it.",
              kPanel);
    table.add(Metric::kNodeRestBreaker, "node_rest_breaker", kGauge, kPlain,
              {node(), {"state", words(kBreakerStates), ""}},
              "1 for whether the node's REST API is asked: closed (yes), open or half_open (one "
              "request a slot, for it did not answer), or retry_after (not at all, as the node has "
              "asked for).",
              kDebugging, "whether headmon asks a node's REST API at all");
    table.add(Metric::kNodeRestWait, "node_rest_wait_seconds", kGauge, kSeconds, {node()},
              "For how much longer the node's REST API is left alone, as its Retry-After asked; 0 "
              "when it is not.",
              kDebugging, "how long a node's Retry-After keeps headmon's requests away");
}

void add_node_progress(Table& table) {
    table.add(Metric::kNodeHeadSlot, "node_head_slot", kGauge, kSlots, {node()},
              "Slot of the last head that the node reported; absent until it reported one.", kRule);
    table.add(Metric::kNodeLastByte, "node_last_byte_timestamp_seconds", kGauge, kSeconds, {node()},
              "When the node's stream last gave a byte, keep-alives included (Unix time); "
              "absent until it gave one.",
              kRule);
    table.add(Metric::kNodeLastHead, "node_last_head_timestamp_seconds", kGauge, kSeconds, {node()},
              "When the node last reported a head (Unix time); absent until it reported one.",
              kRule);
    table.add(Metric::kNodeSyncDistance, "node_sync_distance_slots", kGauge, kSlots, {node()},
              "How many slots the node says it has to catch up; absent while it does not answer.",
              kPanel);
    table.add(Metric::kNodeStreamRetry, "node_stream_retry_timestamp_seconds", kGauge, kSeconds,
              {node()},
              "When headmon opens the node's event stream again at the earliest, as the node's "
              "Retry-After asks (Unix time); absent while nothing keeps it from that.",
              kDebugging, "until when a node or a provider keeps its stream from us");
    table.add(Metric::kNodeSplitBranch, "node_split_branch", kGauge, kPlain, {node()},
              "While the nodes are split: the branch that the node is on, 1 for the one with "
              "the highest head; 0 when there is no split or the node is on none of them.",
              kPanel);
}

void add_node_heads(Table& table) {
    table.add(Metric::kHeads, "heads_total", kCounter, kPlain,
              {node(), {"topic", words(kHeadTopics), ""}, {"source", {"stream", "poll"}, ""}},
              "Heads that the node reported: by a topic of its stream, or asked for after the "
              "stream was opened (poll, topic none).",
              kPanel);
    table.add(Metric::kHeadsFirst, "heads_first_total", kCounter, kPlain, {node()},
              "Live heads that this node reported before all others.", kPanel);
    table.add(Metric::kHeadsOnTime, "heads_on_time_total", kCounter, kPlain, {node()},
              "Blocks that the node reported before attestations of their slot were due.", kRule);
    table.add(Metric::kHeadsLate, "heads_late_total", kCounter, kPlain, {node()},
              "Blocks that the node reported after attestations of their slot were due: a "
              "validator that relies on it alone has voted without them.",
              kRule);
    table.add(
        Metric::kUnreportedSlots, "unreported_slots_total", kCounter, kSlots, {node()},
        "Slots whose block another node reported while this node's stream reported nothing of "
        "the slot, counted at the end of the next slot.",
        kRule);
    table.add(Metric::kMalformedEvents, "malformed_events_total", kCounter, kPlain, {node()},
              "Events of the optional topics (block, chain_reorg, finalized_checkpoint) that "
              "could not be understood. A malformed head ends the stream instead.",
              kPanel);
    table.add(Metric::kIgnoredEvents, "ignored_events_total", kCounter, kPlain, {node()},
              "Events of a type that headmon did not ask for. Nothing follows from them.",
              kDebugging,
              "whether a node, or a gateway in front of it, sends more than it was asked for");
    table.add(Metric::kDroppedHeads, "dropped_heads_total", kCounter, kPlain, {node()},
              "Heads that the node reported beyond 64 in one slot. They are not used.", kDebugging,
              "whether a node floods its stream");
    table.add(Metric::kDroppedEvents, "dropped_events_total", kCounter, kPlain, {node()},
              "Events of other topics that are not used: too many of them in a slot, or of an "
              "extra topic and too long, or with something secret in them.",
              kDebugging, "whether a node floods its stream, or an extra topic is too much for it");
    table.add(Metric::kHeadArrivalDelay, "head_arrival_delay_seconds", kHistogram, kSeconds,
              {node()},
              "From the start of a block's slot until the node reported it. Live blocks only; what "
              "came before its slot counts as 0.",
              kRule);
    table.add(Metric::kHeadLag, "head_lag_seconds", kHistogram, kSeconds, {node()},
              "How far the node was behind the first one to report the same head; 0 when it was "
              "the first. Live heads only.",
              kRule);
}

void add_chain(Table& table) {
    table.add(Metric::kBestHeadSlot, "best_head_slot", kGauge, kSlots, {},
              "Slot of the best head of all nodes; absent until there is one.", kRule);
    table.add(Metric::kGenesisTime, "genesis_timestamp_seconds", kGauge, kSeconds, {},
              "Start of slot 0 (Unix time); absent until it is known.", kRule);
    table.add(Metric::kSlotDuration, "slot_duration_seconds", kGauge, kSeconds, {},
              "Length of a slot; absent until it is known.", kRule);
    table.add(
        Metric::kAttestationDeadline, "attestation_deadline_seconds", kGauge, kSeconds, {},
        "How long after a slot's start its attestations are due, as the last slot was judged: "
        "4 s of 12 before Gloas, 3 s after; absent until a slot was judged.",
        kPanel);
    table.add(Metric::kSlotVerdicts, "slot_verdicts_total", kCounter, kSlots,
              {{"verdict", words(kVerdicts), ""}},
              "What became of each slot: its block was reported on time, late, or by no node "
              "(missed), reported but not verified (optimistic), or headmon cannot tell (unknown).",
              kRule);
    table.add(
        Metric::kReorgs, "reorgs_total", kCounter, kPlain,
        {{"depth", words(kReorgDepths), ""},
         {"certainty", words(kCertainties), ""},
         {"source", words(kReorgSources), ""}},
        "Branches that were dropped for another, by how many blocks fell and who reported it. "
        "One is published as unconfirmed first, and as confirmed or refuted once the parents "
        "are known: count the confirmed ones.",
        kRule);
    table.add(Metric::kSplitActive, "split_active", kGauge, kPlain, {},
              "1 while nodes are on branches of which neither contains the other.", kRule);
    table.add(Metric::kSplitBranches, "split_branches", kGauge, kPlain, {},
              "How many branches the nodes are on while they are split; 0 otherwise.", kPanel);
    table.add(Metric::kSplits, "splits_total", kCounter, kPlain, {}, "How often the nodes split.",
              kPanel);
}

void add_program(Table& table) {
    const Label service{"service", {}, "headmon's own services, by their place in the tree"};
    table.add(Metric::kConsecutiveFailedCycles, "consecutive_failed_cycles", kGauge, kPlain, {},
              "Slots in a row in which no node had a stream; at 5 headmon begins anew.", kRule);
    table.add(Metric::kGiveUps, "give_ups_total", kCounter, kPlain, {},
              "How often no node had a stream for 5 slots in a row.", kRule);
    table.add(Metric::kServiceRestarts, "service_restarts_total", kCounter, kPlain,
              {service, {"reason", service_end_reasons(), ""}},
              "How often one of headmon's own services ended and was started again.", kPanel);
    table.add(Metric::kServiceHealth, "service_health", kGauge, kPlain, {service},
              "The last health check of one of headmon's own services: 0 healthy, 1 degraded, 2 "
              "unhealthy (it is ended and started again).",
              kDebugging, "whether a service of headmon fails its checks before it is restarted");
    table.add(Metric::kServiceDown, "service_down", kGauge, kPlain, {service},
              "1 when one of headmon's own services has ended and is not started again.", kRule);
    table.add(Metric::kSubscriberQueue, "subscriber_queue_updates", kGauge, kPlain, {},
              "Updates that wait for the slowest of headmon's own readers.", kPanel);
    table.add(Metric::kSubscriberDropped, "subscriber_dropped_updates_total", kCounter, kPlain, {},
              "Updates that headmon's own readers lost because they were too slow.", kRule);
    table.add(Metric::kLimitsMet, "limits_met_total", kCounter, kPlain,
              {{"server", {}, "headmon's own servers, by name: `metrics`, `api`, `agent`"},
               {"limit", words(kServerLimits), ""}},
              "How often a client of one of headmon's HTTP servers met a limit: turned away or "
              "closed at the limit of connections, too large a request, or too slow in sending "
              "its request or in reading the answer.",
              kPanel);
    table.add(Metric::kLoopHandlers, "loop_handlers_total", kCounter, kPlain, {},
              "Pieces of work that headmon's event loop has done.", kDebugging,
              "whether an idle headmon is idle: some tens a second at most");
    table.add(Metric::kHttpClientWakeUps, "http_client_wake_ups_total", kCounter, kPlain, {},
              "How often a socket or a timer woke headmon's HTTP client.", kDebugging,
              "whether the HTTP client spins: it wakes up for bytes and for deadlines only");
    table.add(
        Metric::kHttpClientPausedReads, "http_client_paused_reads_total", kCounter, kPlain, {},
        "Reads of a node's stream that had to wait, because as many bytes as may be held were "
        "read of all streams and not used yet.",
        kDebugging, "whether nodes send faster than headmon reads");
    table.add(Metric::kHttpClientDelayedRequests, "http_client_delayed_requests_total", kCounter,
              kPlain, {},
              "Requests to a node's REST API that had to wait, because as many as may be were on "
              "their way.",
              kDebugging, "whether so many nodes are asked at once that some are asked late");
    table.add(Metric::kLogLinesDropped, "log_lines_dropped_total", kCounter, kPlain, {},
              "Log lines that were dropped because nobody read standard error, or because it could "
              "not be written.",
              kDebugging,
              "whether the log is whole: a line in their place says how many there were");
}

/// All of them are absent where nothing is recorded.
void add_recording(Table& table) {
    table.add(Metric::kRecordingLostEntries, "recording_lost_entries_total", kCounter, kPlain, {},
              "Entries that are missing in the recording, because the disk did not take them in "
              "time.",
              kRule);
    table.add(Metric::kRecordingWrittenBytes, "recording_written_bytes_total", kCounter, kPlain, {},
              "Bytes that were written into the recording, compressed.", kDebugging,
              "how much a day of recording takes");
    table.add(Metric::kRecordingWriteFailures, "recording_write_failures_total", kCounter, kPlain,
              {},
              "Times that the recording could not be written; it is tried again every ten seconds, "
              "in a new file.",
              kDebugging, "how often the disk refused, hung or was too slow");
    table.add(Metric::kRecordingBytes, "recording_bytes", kGauge, kPlain, {},
              "Size of all files of the recording.", kDebugging,
              "how near the recording is to its limit");
}

/// All of them are absent where no history is kept.
void add_history(Table& table) {
    table.add(Metric::kHistoryBatches, "history_batches_total", kCounter, kPlain, {},
              "Batches of updates that were written into the history.", kDebugging,
              "whether the history is written in bursts, or not at all");
    table.add(Metric::kHistoryUpdates, "history_updates_total", kCounter, kPlain, {},
              "Updates that were written into the history.", kDebugging,
              "how many rows a day the history grows by");
    table.add(Metric::kHistoryWriteFailures, "history_write_failures_total", kCounter, kPlain, {},
              "Batches that could not be written into the history; each is written again.",
              kDebugging, "how often the disk refused: each is a restart of history_writer too");
    table.add(Metric::kHistoryLastWritten, "history_last_written_timestamp_seconds", kGauge,
              kSeconds, {},
              "When the history was last written (Unix time): every 10 seconds, be there anything "
              "to write or not.",
              kDebugging, "since when the disk takes nothing");
    table.add(Metric::kHistoryFileBytes, "history_file_bytes", kGauge, kPlain, {},
              "Size of the history's file, without the log of writes beside it.", kDebugging,
              "how near the history is to its limit");
    table.add(Metric::kHistoryRowsDeleted, "history_rows_deleted_total", kCounter, kPlain, {},
              "Rows of the history that went because they were too old or too many.", kDebugging,
              "whether the history is kept within its limits");
    table.add(Metric::kHistoryRetentionFailures, "history_retention_failures_total", kCounter,
              kPlain, {},
              "Times that old rows of the history could not be deleted; it is tried again.",
              kDebugging, "why the history has outgrown its limits");
    table.add(Metric::kHistoryReadTimeouts, "history_read_timeouts_total", kCounter, kPlain, {},
              "Reads of the history that were given up because they took too long.", kDebugging,
              "whether clients ask the history for more than it can answer");
}

/// All of them are absent where nothing is published to a fleet.
void add_fleet(Table& table) {
    table.add(Metric::kFleetConnected, "fleet_connected", kGauge, kPlain, {},
              "1 while the broker of the fleet takes what is published, else 0.", kDebugging,
              "whether this instance is seen from elsewhere");
    table.add(Metric::kFleetPublished, "fleet_published_updates_total", kCounter, kPlain, {},
              "Updates that the broker of the fleet has acknowledged.", kDebugging,
              "how much the fleet's stream grows by this instance");
    table.add(Metric::kFleetDuplicates, "fleet_duplicate_updates_total", kCounter, kPlain, {},
              "Of these, updates that the broker had already: sent again after a failure.",
              kDebugging, "how much a broker that is often away costs");
    table.add(Metric::kFleetFailures, "fleet_failures_total", kCounter, kPlain, {},
              "Times that the broker could not be reached, was lost or refused an update.",
              kDebugging, "how often the broker was away: each is a restart of fleet too");
    table.add(Metric::kFleetLost, "fleet_lost_updates_total", kCounter, kPlain, {},
              "Updates that were dropped before the broker could take them; the fleet is told.",
              kDebugging,
              "whether the history, or without one the memory, is too small for outages");
    table.add(Metric::kFleetWaiting, "fleet_waiting_updates", kGauge, kPlain, {},
              "Updates that wait for the broker, as far as was looked last.", kDebugging,
              "how far behind the fleet's view of this instance is");
}

void add_clock(Table& table) {
    table.add(
        Metric::kClockSkew, "clock_skew", kGauge, kPlain, {{"level", words(kClockLevels), ""}},
        "1 for how far this machine's clock is off: none, skewed by enough to spoil delays, or "
        "by more than a slot (verdicts_suspended: no slot is judged).",
        kRule);
    table.add(Metric::kClockOffset, "clock_offset_seconds", kGauge, kSeconds, {},
              "This machine's clock minus the nodes' clocks, positive when ours is ahead; "
              "absent while no node has shown any.",
              kPanel);
    table.add(Metric::kClockUncertainty, "clock_uncertainty_seconds", kGauge, kSeconds, {},
              "The true offset lies within this of clock_offset_seconds; absent with it.", kPanel);
    table.add(Metric::kClockKernelSynchronised, "clock_kernel_synchronised", kGauge, kPlain, {},
              "1 when the kernel reports its clock as synchronised, 0 when not; absent where "
              "it cannot be asked.",
              kPanel);
    table.add(Metric::kStartTime, "start_timestamp_seconds", kGauge, kSeconds, {},
              "When this headmon was started (Unix time).", kRule);
    table.add(Metric::kBuildInfo, "build_info", kGauge, kPlain,
              {{"version", {}, "headmon's version"}, {"compiler", {}, "what compiled it"}},
              "Always 1: which headmon this is.", kPanel);
}

/// The whole table; rows in the order of the enumerators.
std::vector<Definition> make_definitions() {
    Table table;
    add_streams(table);
    add_node_states(table);
    add_node_progress(table);
    add_node_heads(table);
    add_chain(table);
    add_program(table);
    add_recording(table);
    add_history(table);
    add_fleet(table);
    add_clock(table);
    return std::move(table).take();
}

}  // namespace

std::span<const Definition> definitions() {
    static const std::vector<Definition> all = make_definitions();
    return all;
}

const Definition& definition(Metric metric) {
    return definitions()[static_cast<std::size_t>(metric)];
}

}  // namespace metrics
