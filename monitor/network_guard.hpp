#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "beacon_api/events.hpp"
#include "chain/head.hpp"
#include "chain/root.hpp"
#include "chain/slot_clock.hpp"
#include "updates/node_id.hpp"
#include "updates/node_map.hpp"
#include "updates/node_status.hpp"

namespace monitor {

/// What distinguishes one chain from another: `GET /eth/v1/beacon/genesis` and the spec.
/// https://ethereum.github.io/beacon-APIs/#/Beacon/getGenesis
struct ChainIdentity {
    base::WallTime genesis_time;
    std::chrono::milliseconds slot_duration{};
    chain::Root genesis_validators_root;

    friend bool operator==(const ChainIdentity&, const ChainIdentity&) = default;
};

/// The configured chain; a preset knows no validators root.
struct ConfiguredNetwork {
    base::WallTime genesis_time;
    std::chrono::milliseconds slot_duration{};
    std::optional<chain::Root> genesis_validators_root;

    [[nodiscard]] static ConfiguredNetwork of(const chain::SlotClock& chain) {
        return {chain.genesis(), chain.slot_duration(), std::nullopt};
    }
};

/// A head that waits for its node's check.
struct HeldHead {
    chain::Head head;
    base::Instant at;

    friend bool operator==(const HeldHead&, const HeldHead&) = default;
};

/// Which candidates are on our chain: the configured network, or what the majority of the answering
/// nodes report (ties: configured order), judged again at each answer. Streams open at once and are
/// checked meanwhile. Pure.
class NetworkGuard {
  public:
    /// What an answer has changed, in configured order.
    struct Change {
        /// Now on another chain: end their streams with `wrong_network`, withdraw their heads.
        std::vector<updates::NodeId> rejected;
        /// Now on our chain, and before not: their streams may be opened, their heads count.
        std::vector<updates::NodeId> accepted;
        /// The last heads of the accepted nodes.
        std::vector<std::pair<updates::NodeId, HeldHead>> released_heads;
        /// `agreed()` is another chain than before, or known for the first time.
        bool agreed_changed = false;
    };

    NetworkGuard() = default;
    explicit NetworkGuard(std::optional<ConfiguredNetwork> configured) : configured_{configured} {}

    /// The candidates, in configured order. What is known of those that stay is kept; a node that
    /// left votes no more.
    [[nodiscard]] Change set_candidates(const std::vector<updates::NodeId>& candidates);

    /// A stream of this candidate was opened: the node behind the URL may be another one by now, so
    /// it is to be checked again. Until it answers, its last check counts.
    void opened(updates::NodeId id);
    /// Whether to request its genesis and spec now: it was not checked since its last opening,
    /// or, once a slot, it is on another chain.
    [[nodiscard]] bool is_check_due(updates::NodeId id) const;
    /// A node reported which chain it is on. A request without an answer changes nothing: a dead
    /// node has not changed its chain.
    [[nodiscard]] Change answered(updates::NodeId id, const ChainIdentity& identity);

    /// kUnchecked for who is no candidate.
    [[nodiscard]] updates::NetworkCheck network_check(updates::NodeId id) const;
    /// Keeps the head of an unchecked candidate, its last one only, until it passes.
    void hold(updates::NodeId id, const HeldHead& head);
    /// The stream is over: a head that waits is retracted with it.
    void ended(updates::NodeId id);

    /// The chain that is ours, as a node reports it; nothing until one answered that may be it.
    [[nodiscard]] const std::optional<ChainIdentity>& agreed() const { return agreed_; }

  private:
    struct Node {
        std::optional<ChainIdentity> identity;
        updates::NetworkCheck check = updates::NetworkCheck::kUnchecked;
        bool check_due = true;
        std::optional<HeldHead> held;
    };

    [[nodiscard]] bool may_be_ours(const ChainIdentity& identity) const;
    /// The chain with the most votes; at equal votes the one that comes first in the list.
    [[nodiscard]] std::optional<ChainIdentity> find_winner() const;
    [[nodiscard]] Change judge();

    std::optional<ConfiguredNetwork> configured_;
    std::vector<updates::NodeId> order_;
    updates::NodeMap<Node> nodes_;
    std::optional<ChainIdentity> agreed_;
};

}  // namespace monitor
