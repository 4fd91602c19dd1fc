#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "beacon_api/events.hpp"
#include "monitor/action.hpp"
#include "monitor/effects.hpp"
#include "monitor/head_recorder.hpp"
#include "monitor/header_fetcher.hpp"
#include "monitor/node/liveness.hpp"
#include "monitor/node/rest_request.hpp"
#include "monitor/persistent_state.hpp"
#include "monitor/retry_cycles.hpp"
#include "monitor/stream_end.hpp"
#include "monitor/upstreams.hpp"
#include "updates/node_map.hpp"
#include "updates/stream_end_reason.hpp"
#include "updates/update.hpp"

namespace monitor {

/// One run of the monitor over one candidate list: which streams to open, what to request of the
/// nodes, what to publish, when to give up. Pure state: never waits, never does I/O. Lives on the
/// event loop; not thread-safe.
///
/// Call `started` first, then whatever happens, until an answer holds GiveUp or `stopped` was
/// called: the run is over then, and every later call answers nothing. The answers are to be
/// carried out in their order. A call about a node that is not in the list, or about a stream that
/// is over, answers nothing.
///
/// Each call records what happened and what follows at once; what has changed of nodes by then
/// (their status, whether they are observed, their next REST request) is settled once, at its end.
class HeadMonitor {
  public:
    struct Options {
        /// Slot time until a node on our chain reports it.
        std::optional<updates::SlotTime> slot_time;
        /// What the config says of single nodes.
        updates::NodeMap<LivenessOverride> liveness;
        /// Nodes whose heads count without a check of their network.
        std::vector<updates::NodeId> exempt;
        /// Nodes whose URL or headers are others than in the run before: what was known of them is
        /// void.
        std::vector<updates::NodeId> renewed;
        /// Topics that nodes are asked for beside ours.
        std::vector<std::string> extra_topics{};
    };

    /// `state` is what the run before has left.
    HeadMonitor(std::vector<updates::NodeId> candidates, Options options, PersistentState state);
    HeadMonitor(const HeadMonitor&) = delete;
    HeadMonitor& operator=(const HeadMonitor&) = delete;
    ~HeadMonitor() = default;

    /// Opens every stream, except of nodes on another chain. The moment is the run's opening.
    [[nodiscard]] Actions started(base::Instant now);

    /// The connection is established: the stream is waiting.
    [[nodiscard]] Actions stream_connected(updates::NodeId node, base::Instant now);
    /// The node accepted: the stream is open.
    [[nodiscard]] Actions stream_opened(updates::NodeId node, base::Instant now);
    /// Bytes of an accepted answer came, comments and parts of events included: one read of the
    /// socket, whose events are reported next with the same moment. Opens a waiting stream.
    [[nodiscard]] Actions bytes_received(updates::NodeId node, base::Instant at);
    void comment_received(updates::NodeId node);
    /// An event of `topic` was decoded, or could not be. Ends the stream where the event cannot be
    /// trusted.
    [[nodiscard]] Actions event_received(updates::NodeId node, std::string_view topic,
                                         const base::Result<beacon_api::ChainEvent>& event,
                                         base::Instant at);
    /// A stream is over, unless the node only refused its topics: then fewer are requested at once.
    /// The node's cached head goes with the stream, so that `is_latest` stays true to open streams.
    /// `why.detail` is printable.
    [[nodiscard]] Actions stream_ended(updates::NodeId node, const StreamEnd& why,
                                       base::Instant now);

    /// The slot's tick: ends the streams that are dead, reopens every ended stream once, requests
    /// each node's state, and begins a new retry cycle. Nothing in the first half slot of a run.
    /// `kernel` is the kernel's synchronisation state of its clock.
    [[nodiscard]] Actions on_tick(base::Instant now, std::optional<base::KernelClock> kernel = {});
    /// A slot of the chain begins: the slot before the last is judged.
    [[nodiscard]] Actions slot_began(base::Instant now);
    /// When `on_deadline` is to be called: the first answers of nodes are waited for until then.
    /// Another one after each SetDeadline.
    [[nodiscard]] std::optional<base::MonoTime> deadline() const;
    [[nodiscard]] Actions on_deadline(base::Instant now);

    /// The answer to SendRequest, or why there is none.
    [[nodiscard]] Actions rest_answered(updates::NodeId node, const RestRequest& request,
                                        const RestAnswer& answer, base::Instant now);

    /// Our own side ends the run: closes every stream.
    [[nodiscard]] Actions stopped(updates::RunEndReason end, base::Instant now);
    /// The memory of actions that were carried out, for the next ones.
    void give_back(Actions spent) { effects_.give_back(std::move(spent)); }

    [[nodiscard]] bool is_over() const { return over_; }
    [[nodiscard]] const HeadCache& heads() const { return heads_.best().cache(); }
    [[nodiscard]] updates::StreamState state(updates::NodeId node) const;

    /// What the next run is made with. The run must be over.
    [[nodiscard]] PersistentState take_state() &&;

  private:
    /// The node, if the run is on and its stream is not over; else null.
    [[nodiscard]] Upstream* change_streaming(updates::NodeId node);

    // Streams.
    void open(Upstream& upstream, base::Instant now);
    void accept(Upstream& upstream, base::Instant now);
    void end_read(Upstream& upstream, base::Instant now);
    void use_event(Upstream& upstream, const beacon_api::ChainEvent& event, base::Instant at);
    /// Ends a stream from our side.
    void close(Upstream& upstream, updates::StreamEndReason reason, std::string_view detail,
               base::Instant now);
    /// What every end of a stream has in common.
    void end(Upstream& upstream, updates::StreamEndReason reason, std::string_view detail,
             base::Instant now);
    void close_dead_streams(base::Instant now);

    // The chain.
    void forget_renewed(base::Instant now);
    void use_identity(Upstream& upstream, const Identity& identity, base::Instant now);
    void show_network(Upstream& upstream);
    void apply(const NetworkGuard::Change& checks, base::Instant now);
    void learn_slot_time(const updates::SlotTime& slot_time, base::Instant now);
    void check_clock(base::Instant now, std::optional<base::KernelClock> kernel);
    void check_forks(base::Instant now);

    // REST.
    void use_result(Upstream& upstream, const RestRequest& request, const RestAnswer::Value& result,
                    base::Instant at, base::Instant now);
    void use_header(Upstream& upstream, const RestRequest& request,
                    const beacon_api::BlockHeader& header, base::Instant at, base::Instant now);
    void use_failure(const Upstream& upstream, const RestRequest& request, const base::Error& error,
                     base::Instant now);
    void fetch_headers(base::Instant now);

    /// The end of each call: settles the nodes that it has changed.
    [[nodiscard]] Actions finish(base::Instant now);
    void check_cycle(base::Instant now);

    Options options_;
    Effects effects_;
    Upstreams upstreams_;
    ChainView chain_;
    HeadRecorder heads_;
    RetryCycles cycles_;
    HeaderFetcher headers_;
    base::MonoTime opened_at_;
    /// The last tick, or the opening.
    base::MonoTime last_tick_;
    /// While the first answers are waited for.
    base::MonoTime judge_networks_at_;
    bool over_ = false;
};

}  // namespace monitor
