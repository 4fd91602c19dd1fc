#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "base/clock.hpp"
#include "chain/slot.hpp"
#include "updates/chain_facts.hpp"
#include "updates/node_map.hpp"
#include "updates/update.hpp"

namespace api {

/// A node's first report of a block that was live and timed.
struct SlotReport {
    updates::NodeId node;
    chain::Root block;
    base::Duration delay{};
    base::Duration lag{};
    bool is_first = false;
    /// Behind the attestation deadline; nothing for a report that has none.
    std::optional<bool> is_late{};

    friend bool operator==(const SlotReport&, const SlotReport&) = default;
};

struct SlotRecord {
    chain::Slot slot;
    /// In the order in which they came.
    std::vector<SlotReport> reports;
    /// Once the slot is judged.
    std::optional<updates::SlotVerdict> verdict;
    /// Nodes of the run whose stream was not open throughout the slot, in the order of their names;
    /// nothing until the slot is judged, and where slot time is not known.
    std::optional<std::vector<updates::NodeId>> not_watched{};
};

/// How fast a node has been in the slots that are kept.
struct NodeSpeed {
    /// Slots of which it reported a block in time.
    std::uint64_t slots = 0;
    /// Those in which it was the first.
    std::uint64_t firsts = 0;
    /// Behind the first, on average; nothing without such slots.
    std::optional<base::Duration> mean_lag;

    friend bool operator==(const NodeSpeed&, const NodeSpeed&) = default;
};

/// The last slots: who reported what when, and what became of them. Pure; told each update in
/// order.
class SlotHistory {
  public:
    static constexpr std::size_t kSlotsMax = 64;
    /// Of one slot; what comes beyond is not kept.
    static constexpr std::size_t kReportsMax = 512;

    /// Whether a report is live, timed, and its node's first of that block.
    [[nodiscard]] static bool is_timed(const updates::NodeHead& report);

    void apply(const updates::NodeHead& report);
    void apply(const updates::SlotVerdict& verdict,
               std::optional<std::vector<updates::NodeId>> not_watched = std::nullopt);
    /// Slot time is another: the numbers of slots mean other slots.
    void clear() { slots_.clear(); }

    /// Oldest first.
    [[nodiscard]] const std::map<chain::Slot, SlotRecord>& slots() const { return slots_; }
    /// Of each node that reported something; the cost is that of one pass over all reports.
    [[nodiscard]] updates::NodeMap<NodeSpeed> speeds() const;

  private:
    /// The slot's record, made where there is none; null for a slot older than all that are kept.
    [[nodiscard]] SlotRecord* find_or_add(chain::Slot slot);

    std::map<chain::Slot, SlotRecord> slots_;
};

}  // namespace api
