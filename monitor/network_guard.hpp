#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "chain/head.hpp"
#include "chain/network.hpp"
#include "chain/root.hpp"
#include "updates/node_id.hpp"
#include "updates/node_map.hpp"
#include "updates/node_status.hpp"

namespace monitor {

/// What distinguishes one chain from another: `GET /eth/v1/beacon/genesis` and the spec.
/// https://ethereum.github.io/beacon-APIs/#/Beacon/getGenesis
struct ChainIdentity {
    base::WallTime genesis_time;
    /// Nothing where the node's spec has not named it: genesis alone says which chain it is.
    std::optional<std::chrono::milliseconds> slot_duration;
    chain::Root genesis_validators_root;

    friend bool operator==(const ChainIdentity&, const ChainIdentity&) = default;
};

/// "hoodi", or "0x12345678 with slots of 6000 ms".
[[nodiscard]] std::string to_string(const ChainIdentity& identity);

/// The configured chain. Its validators root is known where it is that of a public network.
struct ConfiguredNetwork {
    base::WallTime genesis_time;
    std::chrono::milliseconds slot_duration{};
    std::optional<chain::Root> genesis_validators_root;

    [[nodiscard]] static ConfiguredNetwork of(const chain::SlotClock& clock) {
        const chain::Network* const known = chain::find_network(clock);
        return {clock.genesis(), clock.slot_duration(),
                known == nullptr ? std::nullopt : std::optional{known->genesis_validators_root}};
    }
};

/// A head that waits for its node's check.
struct HeldHead {
    chain::Head head;
    base::Instant at;

    friend bool operator==(const HeldHead&, const HeldHead&) = default;
};

/// Which candidates are on our chain: the configured network, or what most candidates report,
/// judged again at each answer. Nobody is judged by the others before most candidates have reported
/// the same chain or the wait is over; from then on the chain with the most votes is ours, and
/// where two have equally many nobody is wrong and who passed keeps its pass. Streams open at once
/// and are checked meanwhile. Pure.
class NetworkGuard {
  public:
    /// How long the first answers of a run are waited for.
    static constexpr base::Duration kWait = std::chrono::seconds{3};

    /// What an answer has changed, in configured order.
    struct Change {
        /// Now on another chain: end their streams with `wrong_network`, withdraw their heads.
        std::vector<updates::NodeId> rejected;
        /// Now on our chain, and before not: their streams may be opened, their heads count.
        std::vector<updates::NodeId> accepted;
        /// As many nodes name another chain: withdraw their heads where they count no more.
        std::vector<updates::NodeId> disputed;
        /// The last heads of the accepted nodes.
        std::vector<std::pair<updates::NodeId, HeldHead>> released_heads;
        /// `agreed()` is another chain than before, or known for the first time.
        bool agreed_changed = false;
    };

    NetworkGuard() = default;
    explicit NetworkGuard(std::optional<ConfiguredNetwork> configured) : configured_{configured} {}

    /// The candidates, in configured order; the heads of those in `exempt` count whatever they
    /// answer. What is known of those that stay is kept; a node that left votes no more. The wait
    /// begins anew.
    [[nodiscard]] Change set_candidates(const std::vector<updates::NodeId>& candidates,
                                        const std::vector<updates::NodeId>& exempt = {});
    /// Another node answers to this name: whatever is known of it is void.
    void forget(updates::NodeId id);
    /// `kWait` has passed since the wait began.
    [[nodiscard]] Change end_wait();
    [[nodiscard]] bool is_waiting() const { return is_waiting_; }

    /// A stream of this candidate was opened: the node behind the URL may be another one by now, so
    /// it is to be checked again. Until it answers, its last check counts.
    void opened(updates::NodeId id);
    /// Whether to request its genesis and spec now: it was not checked since its last opening,
    /// or, once a slot, it is on another chain, on a disputed one, or on one whose slots nobody has
    /// named.
    [[nodiscard]] bool is_check_due(updates::NodeId id) const;
    /// A node reported which chain it is on. A request without an answer changes nothing: a dead
    /// node has not changed its chain. With the first answer of all the wait begins anew.
    [[nodiscard]] Change answered(updates::NodeId id, const ChainIdentity& identity);

    /// kUnchecked for who is no candidate.
    [[nodiscard]] updates::NetworkCheck network_check(updates::NodeId id) const;
    /// Whether the candidate's heads count.
    [[nodiscard]] bool counts(updates::NodeId id) const;
    /// The chain that the candidate reported last.
    [[nodiscard]] std::optional<ChainIdentity> reported(updates::NodeId id) const;
    /// Keeps the head of a candidate whose heads do not count yet, its last one only, until they
    /// do.
    void hold(updates::NodeId id, const HeldHead& head);
    /// The stream is over: a head that waits is retracted with it.
    void ended(updates::NodeId id);

    /// The chain that is ours, its slot duration known; nothing until it is settled.
    [[nodiscard]] const std::optional<ChainIdentity>& agreed() const { return agreed_; }

  private:
    struct Node {
        std::optional<ChainIdentity> identity;
        updates::NetworkCheck check = updates::NetworkCheck::kUnchecked;
        bool counts = false;
        bool is_exempt = false;
        bool check_due = true;
        std::optional<HeldHead> held;
    };
    /// A chain, and how many candidates report it.
    struct Votes {
        ChainIdentity chain;
        std::size_t count = 0;
    };

    [[nodiscard]] bool may_be_ours(const ChainIdentity& identity) const;
    /// The identity with its slot duration, if that is known of the same genesis.
    [[nodiscard]] std::optional<ChainIdentity> complete(const ChainIdentity& identity) const;
    [[nodiscard]] std::vector<Votes> count_votes() const;
    [[nodiscard]] Change judge();
    void judge_node(updates::NodeId id, bool is_settled, bool is_disputed, Change& change);

    std::optional<ConfiguredNetwork> configured_;
    std::vector<updates::NodeId> order_;
    updates::NodeMap<Node> nodes_;
    std::optional<ChainIdentity> agreed_;
    /// `agreed_` had the most votes when they were counted last.
    bool is_settled_ = false;
    bool is_waiting_ = false;
};

}  // namespace monitor
