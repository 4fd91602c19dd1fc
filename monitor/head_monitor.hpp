#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "beacon_api/events.hpp"
#include "monitor/best_heads.hpp"
#include "monitor/candidate.hpp"
#include "monitor/node/liveness.hpp"
#include "monitor/node/rest_request.hpp"
#include "monitor/persistent_state.hpp"
#include "monitor/retry_cycles.hpp"
#include "monitor/slots/clock_estimate.hpp"
#include "monitor/stream_end.hpp"
#include "updates/node_map.hpp"
#include "updates/stream_end_reason.hpp"
#include "updates/update.hpp"

namespace monitor {

/// One run of the monitor over one candidate list: which streams to open, what to ask of the nodes,
/// what to publish, when to give up. Pure state: never waits, never does I/O. Lives on the event
/// loop; not thread-safe.
///
/// Call `started` first, then whatever happens, until an answer holds GiveUp or `stopped` was
/// called: the run is over then, and every later call answers nothing. The answers are to be
/// carried out in their order. A call about a candidate that is not in the list, or about a stream
/// that is over, answers nothing.
class HeadMonitor {
  public:
    struct OpenStream {
        updates::NodeId node;
        /// Comma-separated, as they stand in the URL.
        std::string topics;

        friend bool operator==(const OpenStream&, const OpenStream&) = default;
    };
    /// Ends a stream that the node has not ended. Its end is published in the same answer.
    struct CloseStream {
        updates::NodeId node;
        updates::StreamEndReason reason = updates::StreamEndReason::kCancelled;

        friend bool operator==(const CloseStream&, const CloseStream&) = default;
    };
    /// To be answered by `answered`, or never when the run is over.
    struct SendRequest {
        updates::NodeId node;
        RestRequest request;

        friend bool operator==(const SendRequest&, const SendRequest&) = default;
    };
    /// The ticks are to follow this chain.
    struct SetSlotTime {
        chain::SlotClock clock;

        friend bool operator==(const SetSlotTime&, const SetSlotTime&) = default;
    };
    struct Publish {
        updates::Update update;

        friend bool operator==(const Publish&, const Publish&) = default;
    };
    /// The run has failed. Its RunEnded stands before this in the same answer.
    struct GiveUp {
        std::string reason;

        friend bool operator==(const GiveUp&, const GiveUp&) = default;
    };
    using Action = std::variant<OpenStream, CloseStream, SendRequest, SetSlotTime, Publish, GiveUp>;
    using Actions = std::vector<Action>;

    struct Options {
        /// Slot time until a node on our chain tells it.
        std::optional<updates::SlotTime> slot_time;
        /// What the config says of single nodes.
        updates::NodeMap<LivenessOverride> liveness;
    };

    /// `memory` is what the run before has left.
    HeadMonitor(std::vector<updates::NodeId> candidates, Options options, PersistentState state);

    /// Opens every stream, but of nodes on another chain. The moment is the run's opening.
    [[nodiscard]] Actions started(base::Instant now);

    /// TCP and TLS stand: the stream is waiting.
    [[nodiscard]] Actions stream_connected(updates::NodeId candidate, base::Instant now);
    /// The node accepted: the stream is open.
    [[nodiscard]] Actions stream_opened(updates::NodeId candidate, base::Instant now);
    /// Bytes of an accepted answer came, comments and half events too: one read of the socket,
    /// whose events are told next with the same moment. Opens a waiting stream.
    [[nodiscard]] Actions bytes_received(updates::NodeId candidate, base::Instant at);
    void comment_received(updates::NodeId candidate);
    /// An event of `topic` was decoded, or could not be. Ends the stream where the event cannot be
    /// trusted.
    [[nodiscard]] Actions event_received(updates::NodeId candidate, std::string_view topic,
                                         const base::Result<beacon_api::ChainEvent>& event,
                                         base::Instant at);
    /// A stream is over, unless the node only refused its topics: then it is asked for fewer at
    /// once. The candidate's cached head goes with the stream, so that `is_latest` stays true to
    /// open streams. `why.detail` is printable.
    [[nodiscard]] Actions stream_ended(updates::NodeId candidate, const StreamEnd& why,
                                       base::Instant now);

    /// The slot's tick: ends the streams that are dead, reopens every ended stream once, asks the
    /// nodes how they are, and begins a new retry cycle. Nothing in the first half slot of a run.
    /// `kernel` is the kernel's word on its clock.
    [[nodiscard]] Actions on_tick(base::Instant now, std::optional<base::KernelClock> kernel = {});
    /// A slot of the chain begins: the slot before the last is judged.
    [[nodiscard]] Actions slot_began(base::Instant now);

    /// The answer to Ask, or why there is none.
    [[nodiscard]] Actions answered(updates::NodeId candidate, const RestRequest& question,
                                   const RestAnswer& answer, base::Instant now);

    /// Our own side ends the run: closes every stream.
    [[nodiscard]] Actions stopped(updates::RunEndReason end, base::Instant now);

    [[nodiscard]] bool is_over() const { return over_; }
    [[nodiscard]] const HeadCache& heads() const { return best_.cache(); }
    [[nodiscard]] updates::StreamState state(updates::NodeId candidate) const;

    /// What the next run is made with. The run must be over.
    [[nodiscard]] PersistentState take_state() &&;

  private:
    /// What came in one read of the socket.
    struct Read {
        base::MonoTime at;
        std::vector<chain::Slot> live_heads;
        bool had_comment = false;
    };
    struct Node {
        NodeMemory kept;
        updates::StreamState state = updates::StreamState::kEnded;
        /// The topics of its last request.
        std::vector<std::string> asked;
        /// Streams opened in this run.
        std::uint64_t openings = 0;
        /// Since its opening a head came by stream.
        bool has_head = false;
        /// The head by REST that stands in for it until then.
        std::optional<chain::Root> polled;
        /// Its stream counts for verdicts.
        bool is_watched = false;
        std::optional<Read> read;
        /// Its status as it was told last.
        std::optional<updates::NodeStatus> told;
    };
    using Place = updates::NodeMap<Node>::iterator;

    /// The candidate's place if its stream is not over, else the end of `nodes_`.
    [[nodiscard]] Place find_live(updates::NodeId candidate);
    [[nodiscard]] bool is_any(updates::StreamState state) const;
    [[nodiscard]] base::Duration slot() const;
    [[nodiscard]] updates::NetworkCheck network_check(Place node) const;

    // The life of streams: head_monitor.cpp.
    void open(Place node, base::Instant now, Actions& out);
    void send_request(Place node, Actions& out);
    void become_open(Place node, base::Instant now, Actions& out);
    void head_received(Place node, const chain::Head& head, base::Instant at, Actions& out);
    void optional_received(Place node, std::string_view topic,
                           const base::Result<beacon_api::ChainEvent>& event, base::Instant at,
                           Actions& out);
    /// Ends a stream from our side.
    void close(Place node, updates::StreamEndReason reason, std::string_view detail,
               base::Instant now, Actions& out);
    /// What every end of a stream has in common.
    void end(Place node, updates::StreamEndReason reason, std::string_view detail,
             base::Instant now, Actions& out);
    void check_cycle(base::Instant now, Actions& out);

    // What the nodes are worth: head_monitor_nodes.cpp.
    void close_dead_streams(base::Instant now, Actions& out);
    /// A head of a node that passed the network check.
    void count_head(Place node, const chain::Head& head, updates::HeadSource source,
                    base::Instant at, Actions& out);
    [[nodiscard]] bool is_ahead_of_clock(chain::Slot slot, base::Instant at) const;
    /// Whether all nodes that stream agree that it is our clock which is wrong.
    [[nodiscard]] bool clock_is_wrong() const;
    void withdraw_heads_ahead(base::Instant now, Actions& out);
    void retract_head(Place node, base::Instant now, Actions& out);
    void identity_answered(Place node, const Identity& identity, base::Instant now, Actions& out);
    void apply(const NetworkGuard::Change& ruling, base::Instant now, Actions& out);
    void version_answered(Place node, const std::string& version);
    void syncing_answered(Place node, const chain::SyncStatus& syncing, base::Instant now,
                          Actions& out);
    void head_answered(Place node, const beacon_api::BlockHeader& header, base::Instant at,
                       Actions& out);
    void learn_slot_time(const updates::SlotTime& slot_time, base::Instant now, Actions& out);
    void learn_spec();
    void learn_chain(base::Instant now, Actions& out);
    void set_limits(Place node);
    void check_clock(base::Instant now, std::optional<base::KernelClock> kernel, Actions& out);
    void tell_clock(const std::optional<updates::ClockSkew>& skew, base::Instant now, Actions& out);
    void watch_forks(base::Instant now);
    /// Wants what is asked of each node once a slot.
    void want_status(Place node);
    /// Wants the head that a stream which now stands may have missed.
    void want_gap_filled(Place node);
    void want_headers(base::Instant now, Actions& out);
    /// Who is to be asked for a header next; nobody when all that can tell have been asked.
    [[nodiscard]] Place whom_to_ask(const WantedHeader& wanted, base::Instant now);
    void ask_next(Place node, base::Instant now, Actions& out);

    // What is told, and when it is news: head_monitor_told.cpp.
    void settle_read(Place node, base::Instant now, Actions& out);
    /// Whether the node's stream counts for verdicts from now on.
    void update_watch(Place node, base::Instant now);
    static void publish(Actions& out, updates::Fact fact, base::Instant at);
    void publish_best(base::Instant now, Actions& out);
    void publish_facts(SlotTracker::Facts facts, base::Instant now, Actions& out);
    [[nodiscard]] updates::NodeStatus status_of(Place node) const;
    void tell_status(Place node, base::Instant now, Actions& out);
    /// Tells it when more than its stream or the times of bytes and heads have changed.
    void tell_new_status(Place node, base::Instant now, Actions& out);

    Options options_;
    /// Without its nodes and its best head: each node holds its own.
    PersistentState memory_;
    /// In the order of the list; `nodes_` is for finding them.
    std::vector<updates::NodeId> order_;
    updates::NodeMap<Node> nodes_;
    BestHeads best_;
    RetryCycles cycles_;
    base::MonoTime opened_at_;
    /// The last tick, or the opening.
    base::MonoTime last_tick_;
    /// Headers that are being asked for, and who was asked since the last tick.
    std::set<chain::Root> asking_headers_;
    std::map<chain::Root, std::set<updates::NodeId>> asked_headers_;
    bool over_ = false;
};

}  // namespace monitor
