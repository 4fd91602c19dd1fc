#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/best_node.hpp"
#include "api/open_streams.hpp"
#include "api/slot_history.hpp"
#include "base/clock.hpp"
#include "updates/broadcast.hpp"
#include "updates/node_health.hpp"
#include "updates/node_id.hpp"
#include "updates/snapshot.hpp"

namespace api {

/// Why something is not ready; to_string gives its stable name.
enum class Unready : std::uint8_t {
    /// The monitor is between two runs; of a node: for longer than kRunGapSlots.
    kNotRunning,
    /// No head of any node, or of this node, is known.
    kNoHead,
    /// The head is more than kHeadAgeMax slots older than the clock's slot; of a node: more than
    /// kFreshSlots below the best head.
    kOldHead,
    /// How old the head is cannot be known.
    kNoSlotTime,
    /// Every node has an issue that makes it unusable.
    kNoUsableNode,
};

/// "not_running", "no_head", "old_head", "no_slot_time", "no_usable_node".
[[nodiscard]] std::string_view to_string(Unready reason);

/// So many slots behind the end of a run what was known of the nodes still stands: a new list of
/// nodes begins the next run at once. Beyond that nobody watches them.
inline constexpr int kRunGapSlots = 2;

/// All that the API answers with, folded from the updates. Pure state; told each message in order.
/// Lives on the event loop.
class NodeBoard {
  public:
    /// `preferred`: names of nodes, the most preferred first.
    explicit NodeBoard(std::vector<std::string> preferred) : preferred_{std::move(preferred)} {}

    void apply(const updates::Message& message);

    [[nodiscard]] const updates::Snapshot& snapshot() const { return snapshot_; }
    [[nodiscard]] const SlotHistory& slots() const { return slots_; }
    [[nodiscard]] const std::optional<BestNode::Choice>& best_node() const {
        return best_node_.choice();
    }
    /// The same; nothing while nothing is known of any node.
    [[nodiscard]] std::optional<BestNode::Choice> choice(base::MonoTime now) const {
        return is_stopped(now) ? std::nullopt : best_node_.choice();
    }
    /// No run is on, and none has been for kRunGapSlots: nothing is known of any node.
    [[nodiscard]] bool is_stopped(base::MonoTime now) const;
    /// From when on that is so; nothing while a run is on, and before the first.
    [[nodiscard]] std::optional<base::MonoTime> stops_at() const;
    /// The node's issues, without `no_stream` where our own side closed the stream and opens it
    /// again: a new list of nodes says nothing about any of them.
    [[nodiscard]] updates::NodeIssues counted_issues(const updates::NodeSnapshot& node,
                                                     base::MonoTime now) const;
    /// Of each node of the run.
    [[nodiscard]] std::vector<NodeRank> ranks(base::MonoTime now) const;
    /// When the head that the snapshot has as the best became that.
    [[nodiscard]] const std::optional<base::Instant>& best_since() const { return best_since_; }

    /// No issue makes the node unusable. False for a node that no run has named.
    [[nodiscard]] bool is_good(updates::NodeId node, base::MonoTime now) const;
    /// Why no validator client should be sent here; empty when all is well.
    [[nodiscard]] std::vector<Unready> find_unready(base::Instant now) const;
    /// What of a node besides its issues speaks against it; empty when nothing does.
    [[nodiscard]] std::vector<Unready> find_unready(const updates::NodeSnapshot& node,
                                                    base::MonoTime now) const;

  private:
    void apply(const updates::Update& update);
    /// As long as slot time is not known, the usual one.
    [[nodiscard]] base::Duration slot_duration() const;
    /// Whose stream was not open throughout the slot; nothing where slot time is not known.
    [[nodiscard]] std::optional<std::vector<updates::NodeId>> find_not_watched(
        chain::Slot slot, base::Instant now) const;
    [[nodiscard]] updates::NodeHealth health_of(const updates::NodeSnapshot& node,
                                                base::MonoTime now) const;
    [[nodiscard]] bool is_choice_usable(base::MonoTime now) const;
    [[nodiscard]] bool has_choosable(base::MonoTime now) const;

    std::vector<std::string> preferred_;
    updates::Snapshot snapshot_;
    SlotHistory slots_;
    OpenStreams open_streams_;
    BestNode best_node_;
    std::optional<base::Instant> best_since_;
    /// When the last run ended; nothing while one is on, and before the first.
    std::optional<base::MonoTime> run_ended_;
};

}  // namespace api
