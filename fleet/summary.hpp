#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "chain/slot.hpp"
#include "fleet/histogram.hpp"
#include "fleet/site_clock.hpp"
#include "updates/chain_facts.hpp"
#include "updates/node_health.hpp"

namespace fleet {

/// What nodes did in a time. Heads count once: a node's first timed report of a block that is
/// proven at some instance.
struct Tally {
    std::uint64_t heads = 0;
    /// From the slot's start, by the clock of the instance.
    Histogram delay;
    /// Behind the first report at the same instance.
    Histogram lag;
    /// Behind the first report anywhere, by clocks corrected as far as they are known.
    Histogram lag_anywhere;
    /// Of those, how many are shorter than the clocks may be apart, or of a clock that is not
    /// known.
    std::uint64_t doubtful = 0;
    /// Before all other nodes of the instance, and before all of the fleet.
    std::uint64_t first = 0;
    std::uint64_t first_anywhere = 0;
    /// Of those that have a deadline.
    std::uint64_t on_time = 0;
    std::uint64_t late = 0;
    /// Slots with a block that its instance judged, and those of them of which it reported nothing.
    std::uint64_t slots_followed = 0;
    std::uint64_t slots_unreported = 0;
    base::Duration followed{};
    /// Of that, its stream was open.
    base::Duration open{};

    void add(const Tally& other);
};

/// Verdicts on slots.
struct SlotTally {
    std::uint64_t on_time = 0;
    std::uint64_t late = 0;
    std::uint64_t missed = 0;
    std::uint64_t optimistic = 0;
    std::uint64_t unknown = 0;
    /// Late or missed here, and on time at some other site.
    std::uint64_t worse_than_others = 0;
    /// Of slots that another site judged too.
    std::uint64_t compared = 0;

    void add(updates::Verdict verdict);
};

/// Nodes by their last health.
struct HealthTally {
    std::uint64_t good = 0;
    std::uint64_t degraded = 0;
    std::uint64_t unusable = 0;
    /// No status of theirs was read.
    std::uint64_t unknown = 0;
};

struct NodeSummary {
    std::string instance;
    std::string node;
    /// The family of its client; empty while its version is not known.
    std::string client;
    std::string version;
    std::optional<updates::NodeHealth> health;
    Tally tally;
};

struct InstanceSummary {
    std::string name;
    std::string site;
    std::string version;
    std::map<std::string, std::string> labels;
    SlotTally slots;
    HealthTally health;
    /// That it told of.
    base::Duration watched{};
    ClockReading clock;
    std::uint64_t gaps = 0;
    std::uint64_t dropped = 0;
    std::uint64_t lost = 0;
    std::uint64_t malformed = 0;
    bool is_twice = false;
    base::WallTime last_stored;
    Tally tally;
};

struct SiteSummary {
    std::string name;
    std::uint64_t instances = 0;
    std::uint64_t nodes = 0;
    /// The best verdict of its instances on each slot.
    SlotTally slots;
    Tally tally;
};

struct ClientSummary {
    std::string name;
    std::uint64_t nodes = 0;
    Tally tally;
};

/// A slot that some site saw late or not at all.
struct BadSlot {
    struct Site {
        std::string site;
        updates::Verdict verdict = updates::Verdict::kUnknown;
        std::optional<base::Duration> delay;
    };
    chain::Slot slot;
    /// Those that saw it late or not at all.
    std::vector<Site> sites;
    /// Sites that saw it on time, and the earliest of them.
    std::uint64_t on_time = 0;
    std::optional<base::Duration> earliest;
};

struct Summary {
    base::WallTime from;
    base::WallTime to;
    /// The label by which sites are told apart.
    std::string site_label;
    std::vector<SiteSummary> sites;
    std::vector<InstanceSummary> instances;
    std::vector<NodeSummary> nodes;
    std::vector<ClientSummary> clients;
    /// The newest; `bad_slots_left_out` were before them.
    std::vector<BadSlot> bad_slots;
    std::uint64_t bad_slots_left_out = 0;
    /// Heads that nobody has proven, and heads that were sent so late that the first report of
    /// their block was settled.
    std::uint64_t unproven = 0;
    std::uint64_t belated = 0;
    std::uint64_t messages = 0;
    std::uint64_t repeats = 0;
    /// Messages of instances and nodes beyond the limits.
    std::uint64_t refused = 0;
};

}  // namespace fleet
