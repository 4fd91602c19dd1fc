#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/circular_buffer.hpp>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "beacon_api/events.hpp"
#include "beacon_api/responses.hpp"
#include "chain/root.hpp"
#include "chain/slot.hpp"
#include "chain/spec.hpp"
#include "chain/sync_status.hpp"
#include "monitor/node/buffering_detector.hpp"
#include "monitor/node/lag_detector.hpp"
#include "monitor/node/liveness.hpp"
#include "monitor/node/open_questions.hpp"
#include "monitor/node/rest_queue.hpp"
#include "monitor/node/topic_negotiation.hpp"
#include "monitor/stream_end.hpp"
#include "updates/node_id.hpp"
#include "updates/node_status.hpp"

namespace monitor {

/// One node as the head monitor follows it: its event stream and its REST API, and what follows
/// from them for the node alone. Outlives runs: whatever is not reset by `run_began` was learned
/// before. Pure.
class Upstream {
  public:
    /// A node cannot keep its stream from being opened for longer.
    static constexpr int kRetryAfterSlotsMax = 32;

    explicit Upstream(updates::NodeId id) : status_{id} {}

    [[nodiscard]] updates::NodeId id() const { return status_.node; }

    /// Another node answers to this name: whatever is known of it is void but what is counted.
    void renew();
    /// No stream is open, nothing is observed or requested, and the status is due.
    void run_began(const LivenessOverride& configured,
                   const std::vector<std::string>& extra_topics);
    /// Answers to what was requested will not come.
    void run_ended() { requests_.run_ended(); }

    /// An earlier start has learned that this version of it serves `set`.
    void remember_topics(std::string_view version, updates::TopicSet set, base::MonoTime since) {
        topics_.remember(version, set, since);
    }

    // Its stream.

    /// Whether the stream may be opened: the node has not asked to wait, or not for so long.
    [[nodiscard]] bool may_open(base::MonoTime now) const {
        return !status_.retry_at || now >= status_.retry_at->mono;
    }
    /// The stream is being opened. Returns the topics to request, comma-separated.
    [[nodiscard]] std::string opening(base::MonoTime now);
    /// The connection is established. False when it was before.
    [[nodiscard]] bool connected();
    /// The node accepted. False when the stream was open before.
    [[nodiscard]] bool accepted();
    /// One read of the socket begins with these bytes, comments and parts of events included.
    void bytes(base::Instant at);
    void comment();
    /// A head came in the read that goes on.
    void head_in_read(const BufferingDetector::Head& head);
    /// It reported a head so long after the first node that did, as another report has shown.
    void head_lagged(base::Duration lag) { lag_.head(lag); }
    /// The read is over. Answers whether events are held back on their way, when that changed.
    /// A read is not judged unless `loop_is_on_time`: what came meanwhile waited in this program.
    [[nodiscard]] std::optional<bool> end_read(bool loop_is_on_time);

    /// Why a stream is to be ended.
    struct Rejection {
        updates::StreamEndReason reason;
        std::string detail{};
    };
    /// An event of `topic` was decoded, or could not be. What cannot be used and ends nothing is
    /// counted.
    struct Reading {
        /// Its content counts: it is an event of a requested topic, and decoded.
        bool is_used = false;
        std::optional<Rejection> rejection{};
    };
    [[nodiscard]] Reading event(std::string_view topic,
                                const base::Result<beacon_api::ChainEvent>& event,
                                base::Instant at);
    /// Once a slot: whether the stream is dead, for kSilent, kStalled or kTopicRefused.
    /// `before_genesis`: nothing is expected yet.
    [[nodiscard]] std::optional<Rejection> find_dead(base::MonoTime now, bool before_genesis);
    /// The transfer ended. Answers the reason of the stream's end; nothing when the node only
    /// refused its topics: the stream is connecting again and `next_topics` is to be requested.
    [[nodiscard]] std::optional<updates::StreamEndReason> transfer_ended(const StreamEnd& why,
                                                                         base::Instant now);
    [[nodiscard]] std::string next_topics();
    /// The stream is over. Ends by our own side, kCancelled, are not counted.
    void ended(updates::StreamEndReason reason);
    /// Its head is retracted: the next REST head may be used in its place.
    void head_retracted();

    // Its REST API.

    /// What is requested once a slot. `check_due`: its identity too.
    void enqueue_status(bool check_due);
    /// The head that a stream which is connected now may have missed.
    void enqueue_head(bool check_due);
    /// The header of this block.
    void enqueue_header(const chain::Root& root);
    /// Somebody's answer held it: it is not requested any more.
    void header_known(const chain::Root& root) {
        requests_.remove({RestRequest::Kind::kHeader, root});
    }
    /// What to request now; nothing while an answer is awaited.
    [[nodiscard]] std::optional<RestRequest> next_request(base::MonoTime now) {
        return requests_.next(now);
    }
    /// Whether a request that is enqueued now would be sent.
    [[nodiscard]] bool may_request(base::MonoTime now) const { return requests_.may_request(now); }
    void rest_answered(const RestRequest& request, const RestAnswer& answer, base::MonoTime now);
    void set_version(const std::string& version);
    void set_syncing(const chain::SyncStatus& syncing) {
        status_.syncing = syncing;
        status_.is_sync_current = true;
    }
    void set_spec(const chain::Spec& spec);
    /// The head that the node has by REST. Returned when it is to count as the node's head, as its
    /// stream has given none since its opening.
    [[nodiscard]] std::optional<chain::Head> rest_head(const beacon_api::BlockHeader& header,
                                                       base::MonoTime at);
    /// How old its own head is by our clock.
    void set_head_age(std::uint64_t slots) {
        status_.is_head_old = slots > updates::kHeadAgeMax && !is_syncing();
    }
    /// Whether an old head of its own takes the node out of the observed ones.
    void set_age_counts(bool counts) { age_counts_ = counts; }
    /// Nothing but the age of its head speaks against it.
    [[nodiscard]] bool is_sound() const;
    [[nodiscard]] bool is_head_old() const { return status_.is_head_old; }

    /// Whether its own clock is off.
    void set_clock_off(bool is_off) { status_.is_clock_off = is_off; }

    // The chain that it is on.

    /// `network` is what the node reports; `heads_count` does not follow from the check in a
    /// dispute.
    void set_network(updates::NetworkCheck check, bool heads_count, std::string network);
    void set_slot_duration(base::Duration slot);
    void epoch_reached(chain::Epoch now, chain::Epoch fork) { topics_.epoch_reached(now, fork); }
    /// The slot's tick: the status is due.
    void on_tick();
    void set_behind(bool is_behind) { status_.is_behind = is_behind; }
    /// None of its claims could be proven lately, or they are again.
    void set_unproven(bool is_unproven) { status_.is_unproven = is_unproven; }
    /// Its head moved to a branch that does not hold its old one.
    void reorged(const updates::HeadReorg& reorg) { status_.last_reorg = reorg; }
    /// It sent more heads in this slot than are used.
    void head_dropped() { ++status_.dropped_heads; }

    // What is known of it.

    [[nodiscard]] updates::StreamState state() const { return status_.state; }
    [[nodiscard]] bool is_streaming() const {
        return status_.state != updates::StreamState::kEnded;
    }
    [[nodiscard]] updates::NetworkCheck network_check() const { return status_.network_check; }
    /// Its heads count.
    [[nodiscard]] bool is_on_our_chain() const { return heads_count_; }
    [[nodiscard]] bool is_unproven() const { return status_.is_unproven; }
    [[nodiscard]] bool is_syncing() const { return status_.syncing && status_.syncing->is_syncing; }
    /// Since its stream was last open: what warnings back off by.
    [[nodiscard]] std::uint32_t consecutive_disconnects() const { return consecutive_disconnects_; }
    /// The stream was opened before in this run.
    [[nodiscard]] bool is_reopened() const { return openings_ > 1; }
    /// In good standing: its stream is open and the node healthy, so its word counts for what is
    /// proven.
    [[nodiscard]] bool is_good() const;
    /// And its heads come in time, so that its stream counts for verdicts.
    [[nodiscard]] bool is_observed() const;
    struct UseChange {
        std::optional<bool> is_good;
        std::optional<bool> is_observed;
    };
    /// Of these two, what is another than at the last call.
    [[nodiscard]] UseChange take_use_change();
    [[nodiscard]] updates::NodeStatus status(base::MonoTime now) const;
    /// The status, when it is due or something has changed in it since it was published last. The
    /// stream's state, the times of bytes and heads and the counters do not make it due: streams
    /// have updates of their own, and the others change all the time.
    [[nodiscard]] std::optional<updates::NodeStatus> take_status_change(base::MonoTime now);

  private:
    /// What came in one read of the socket. Its memory stays for the next one.
    struct Read {
        /// Nothing once the read is over.
        std::optional<base::MonoTime> at;
        std::vector<BufferingDetector::Head> heads;
        bool had_comment = false;
    };

    void update_limits();
    void fill(updates::NodeStatus& status, base::MonoTime now) const;
    void head_reported(const chain::Root& root, bool is_optimistic);
    /// Whether an event of an extra topic is within what a slot may have of them.
    [[nodiscard]] bool take_extra(const beacon_api::ExtraEvent& event);

    /// Without what `fill` adds to it.
    updates::NodeStatus status_;
    /// As it was published last.
    std::optional<updates::NodeStatus> published_;
    bool is_status_due_ = true;
    std::uint32_t consecutive_disconnects_ = 0;
    TopicNegotiation topics_;
    Liveness liveness_;
    BufferingDetector buffering_;
    LagDetector lag_;
    RestQueue requests_;
    OpenQuestions questions_;
    /// The last heads that it reported: their headers it must have.
    static constexpr std::size_t kOwnRoots = 4;
    boost::circular_buffer<chain::Root> own_roots_{kOwnRoots};
    bool heads_count_ = false;
    LivenessOverride configured_;
    base::Duration slot_ = chain::kDefaultSlotDuration;
    /// The topics of the last request.
    TopicList requested_topics_;
    std::uint64_t openings_ = 0;
    /// Events of the topics without heads that were used since the tick.
    std::uint64_t facts_ = 0;
    /// And those of extra topics, with their data together.
    std::uint64_t extra_events_ = 0;
    std::size_t extra_bytes_ = 0;
    /// The stream gave a head since its opening.
    bool has_head_ = false;
    /// The REST head that is used in its place until then.
    std::optional<chain::Root> polled_;
    bool was_good_ = false;
    bool was_observed_ = false;
    bool age_counts_ = true;
    Read read_;
};

}  // namespace monitor
