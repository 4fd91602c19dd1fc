#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "base/bounded_map.hpp"
#include "base/clock.hpp"
#include "chain/root.hpp"
#include "fleet/ancestry.hpp"
#include "fleet/fact.hpp"
#include "fleet/origins.hpp"
#include "fleet/received.hpp"
#include "fleet/sequencer.hpp"
#include "fleet/site_clock.hpp"

namespace fleet {

/// The newest message of some sort: one that was sent again comes behind newer ones.
class Newest {
  public:
    /// Whether it is newer than all that were taken; then it is taken.
    bool take(const Received& message) {
        if (!message.id) {
            return true;
        }
        if (has_any_ && message.id->origin == origin_ && message.id->sequence <= sequence_) {
            return false;
        }
        has_any_ = true;
        origin_ = message.id->origin;
        sequence_ = message.id->sequence;
        return true;
    }

  private:
    bool has_any_ = false;
    std::uint64_t origin_ = 0;
    std::uint64_t sequence_ = 0;
};

/// What is known of a node at one instance.
struct NodeView {
    /// Its last head; the report that counts, where there are several of that block.
    std::optional<HeadReport> head;
    /// When it was reported; present with a head that counts.
    std::optional<DatedMoment> head_at;
    std::optional<NodeReport> status;
    Newest newest_head;
    Newest newest_status;
};

struct InstanceView {
    /// Empty until its first `instance_status`.
    std::string version;
    std::map<std::string, std::string> labels;
    std::optional<InstanceStatus> status;
    /// Of its last message, by the broker's clock.
    base::WallTime last_stored;
    SiteClock clock;
    std::optional<BestReport> best;
    /// When it became the best, by the broker's clock.
    base::WallTime best_stored;
    /// Slots of the last verdict.
    std::optional<VerdictReport> verdict;
    std::map<std::string, NodeView> nodes;
    Origins origins;
    /// What it says itself that it has not told: how often, how much, and the last reason.
    std::uint64_t gaps = 0;
    std::uint64_t dropped = 0;
    std::string last_gap;
    /// Messages that are missing in the stream.
    std::uint64_t lost = 0;
    /// Messages that nobody can read.
    std::uint64_t malformed = 0;
    Newest newest_best;
    Newest newest_verdict;
    Newest newest_clock;
};

/// A lag behind the first report of a block anywhere in the fleet.
struct Lag {
    enum class Kind : std::uint8_t {
        /// Nothing that is timed.
        kNone,
        /// No headmon has proven the block.
        kClaim,
        /// It was the first, as far as the clocks tell.
        kFirst,
        kBehind,
    };
    Kind kind = Kind::kNone;
    /// Present with kBehind.
    MomentDifference behind{};
    /// Of the first report.
    std::string first_instance{};
    std::string first_node{};
};

/// The present state of a fleet, made of its messages, as they come or only the last of each
/// subject. Pure.
class View {
  public:
    static constexpr std::size_t kInstancesMax = 1024;
    static constexpr std::size_t kNodesMax = 256;
    static constexpr std::size_t kBlocksMax = 1024;

    /// `is_counted`: the message is of the time that is looked at; else it only says what is the
    /// state, and a gap that it reports is an old one.
    void apply(const Received& message, const Report& report, bool is_counted);
    /// The message could not be read.
    void count_malformed(const Received& message);
    void count(const Sequencer::Output& output);

    [[nodiscard]] const std::map<std::string, InstanceView>& instances() const {
        return instances_;
    }
    [[nodiscard]] const Ancestry& ancestry() const { return ancestry_; }
    [[nodiscard]] Lag lag(const std::string& instance, const NodeView& node) const;
    /// The highest head that is proven somewhere, and is some instance's best or some node's head.
    [[nodiscard]] std::optional<chain::Slot> newest_slot() const;
    /// The longest slot of the fleet's instances; nothing while none is known.
    [[nodiscard]] std::optional<base::Duration> slot_duration() const;
    /// Messages of instances and nodes beyond the limits: they are not used.
    [[nodiscard]] std::uint64_t refused() const { return refused_; }

  private:
    struct Race {
        DatedMoment first;
        std::string instance;
        std::string node;
    };

    InstanceView* find_or_add(const std::string& name);
    NodeView* node_of(InstanceView& instance, const Received& message);
    void apply_status(InstanceView& instance, const InstanceStatus& status);
    void apply_head(InstanceView& instance, const Received& message, const Report& report);

    std::map<std::string, InstanceView> instances_;
    Ancestry ancestry_;
    base::BoundedMap<chain::Root, Race> races_{kBlocksMax};
    std::uint64_t refused_ = 0;
};

}  // namespace fleet
