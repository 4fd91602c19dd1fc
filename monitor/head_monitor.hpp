#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.hpp"
#include "base/end_reason.hpp"
#include "base/result.hpp"
#include "beacon_api/events.hpp"
#include "monitor/candidate.hpp"
#include "monitor/head_cache.hpp"
#include "monitor/memory.hpp"
#include "monitor/update.hpp"

namespace monitor {

/// The slot while nobody has told us its length.
inline constexpr base::Duration kDefaultSlot = std::chrono::seconds{12};
/// Fully failed retry cycles in a row that end a run.
inline constexpr std::uint32_t kFailedCyclesMax = 5;

/// One run of the monitor over one candidate list: which streams to open, what to publish, when to
/// give up. Pure state: never waits, never does I/O. Lives on the event loop; not thread-safe.
///
/// Call `started` first, then whatever happens, until an answer holds GiveUp or `stopped` was
/// called: the run is over then, and every later call answers nothing. The answers are to be
/// carried out in their order. A call about a candidate that is not in the list, or whose stream is
/// over, answers nothing.
class HeadMonitor {
  public:
    struct OpenStream {
        CandidateId candidate;
        /// Comma-separated, as they stand in the URL.
        std::string topics;

        friend bool operator==(const OpenStream&, const OpenStream&) = default;
    };
    /// Ends a stream that the node has not ended. Its end is published in the same answer.
    struct CloseStream {
        CandidateId candidate;
        base::EndReason reason = base::EndReason::kCancelled;

        friend bool operator==(const CloseStream&, const CloseStream&) = default;
    };
    struct Publish {
        Update update;

        friend bool operator==(const Publish&, const Publish&) = default;
    };
    /// The run has failed. Its RunEnded stands before this in the same answer.
    struct GiveUp {
        std::string reason;

        friend bool operator==(const GiveUp&, const GiveUp&) = default;
    };
    using Action = std::variant<OpenStream, CloseStream, Publish, GiveUp>;
    using Actions = std::vector<Action>;

    /// `topics` are what each node is asked for; `head` and `head_v2` are what we live by, every
    /// other one is optional. `memory` is what the run before has left.
    HeadMonitor(std::vector<CandidateId> candidates, std::vector<std::string> topics,
                Memory memory);

    /// Opens every stream. The moment is the run's opening.
    [[nodiscard]] Actions started(base::Instant now);

    /// TCP and TLS stand: the stream is waiting.
    [[nodiscard]] Actions stream_connected(const CandidateId& candidate, base::Instant now);
    /// The node accepted: the stream is open.
    [[nodiscard]] Actions stream_opened(const CandidateId& candidate, base::Instant now);
    /// Bytes of an accepted answer came, comments and half events too. Opens a waiting stream.
    [[nodiscard]] Actions bytes_received(const CandidateId& candidate, base::Instant at);
    /// An event of `topic` was decoded, or could not be. Ends the stream where the event cannot be
    /// trusted.
    [[nodiscard]] Actions event_received(const CandidateId& candidate, std::string_view topic,
                                         const base::Result<beacon_api::ChainEvent>& event,
                                         base::Instant at);
    /// A stream is over. The candidate's cached head goes with it, so that `is_latest` stays true
    /// to open streams.
    [[nodiscard]] Actions stream_ended(const CandidateId& candidate, base::EndReason reason,
                                       std::string_view detail, base::Instant now);

    /// The slot's tick: reopens every ended stream once, and begins a new retry cycle. Nothing in
    /// the first half slot of a run.
    [[nodiscard]] Actions ticked(base::Instant now);

    /// `version` is printable.
    [[nodiscard]] Actions version_learned(const CandidateId& candidate, std::string version,
                                          base::Instant now);
    [[nodiscard]] Actions slot_time_learned(const SlotTime& slot_time, base::Instant now);

    /// Our own side ends the run: closes every stream.
    [[nodiscard]] Actions stopped(RunEnd end, base::Instant now);

    [[nodiscard]] bool is_over() const { return over_; }
    [[nodiscard]] const HeadCache& heads() const { return heads_; }
    [[nodiscard]] StreamState state(const CandidateId& candidate) const;

    /// What the next run is made with. The run must be over.
    [[nodiscard]] Memory take_memory() &&;

  private:
    struct Node {
        NodeMemory kept;
        StreamState state = StreamState::kEnded;
        /// The topics of its last opening.
        std::vector<std::string> asked;
        /// Streams opened in this run.
        std::uint64_t openings = 0;
    };
    using Place = std::map<CandidateId, Node>::iterator;

    /// The candidate's place if its stream is not over, else the end of `nodes_`.
    [[nodiscard]] Place find_live(const CandidateId& candidate);
    [[nodiscard]] bool is_any(StreamState state) const;
    [[nodiscard]] base::Duration slot() const;

    void open(Place node, Actions& out);
    void become_open(Place node, base::Instant now, Actions& out);
    void head_received(Place node, const beacon_api::HeadEvent& head, base::Instant at,
                       Actions& out);
    /// Ends a stream from our side.
    void close(Place node, base::EndReason reason, std::string_view detail, base::Instant now,
               Actions& out);
    /// What every end of a stream has in common.
    void end(Place node, base::EndReason reason, std::string_view detail, base::Instant now,
             Actions& out);
    void publish_best(base::Instant now, Actions& out);
    void check_cycle(base::Instant now, Actions& out);

    std::vector<std::string> topics_;
    /// Without its nodes: each node holds its own.
    Memory memory_;
    /// In the order of the list; `nodes_` is for finding them.
    std::vector<CandidateId> order_;
    std::map<CandidateId, Node> nodes_;
    HeadCache heads_;
    base::MonoTime opened_at_;
    bool over_ = false;

    /// Ticks of this run that did something.
    std::uint64_t ticks_ = 0;
    /// Whether a stream was open since the last tick.
    bool open_since_tick_ = false;
    /// Whether the cycle that is on has been counted as failed.
    bool cycle_failed_ = false;
    std::uint32_t failed_in_row_ = 0;
    /// Best heads below the last run's best are held back.
    bool floor_holds_ = false;
};

}  // namespace monitor
