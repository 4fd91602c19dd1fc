#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <random>
#include <vector>

#include "chain/head.hpp"
#include "chain/root.hpp"
#include "monitor/candidate.hpp"
#include "tests/monitor/chain_blocks.hpp"

namespace tests {

/// How much goes wrong in a simulated network.
struct RandomNetworkOptions {
    std::uint64_t seed = 1;
    double skipped = 0.01;
    /// The chance of each kind of fault, for each slot (and node).
    double faults = 0.0;
    /// From this slot on heads come as `empty` first and as `full` a second later.
    std::uint64_t payloads_from = ~std::uint64_t{0};
};

/// What happens to headmon in one slot, in order of time. The world itself knows the truth.
struct NetworkEvent {
    enum class Kind : std::uint8_t { kHead, kReorg, kDown, kUp, kSyncing, kSynced };
    Kind kind = Kind::kHead;
    std::size_t node = 0;
    base::Instant at;
    chain::Head head;
    beacon_api::ChainReorgEvent reorg;
};

/// A seeded network of nodes and the chain that they follow: skipped slots, side branches, nodes
/// that go down, lag, turn optimistic, follow the side branch, or come back and catch up.
class RandomNetwork {
  public:
    static constexpr std::size_t kNodes = 5;
    static constexpr std::uint64_t kFirst = 1000;

    explicit RandomNetwork(RandomNetworkOptions options);

    /// The next slot's events; all lie in the slot, and none in its last second but kUp.
    [[nodiscard]] std::vector<NetworkEvent> next();
    [[nodiscard]] std::uint64_t slot() const { return slot_; }
    [[nodiscard]] bool was_skipped() const { return skipped_; }
    /// The node answers REST questions.
    [[nodiscard]] bool is_up(std::size_t node) const { return nodes_[node].up; }
    [[nodiscard]] const chain::Root& head_of_node(std::size_t node) const {
        return nodes_[node].head;
    }
    [[nodiscard]] const std::map<chain::Root, beacon_api::BlockHeader>& blocks() const {
        return blocks_;
    }
    /// Whether `first` is an ancestor of `second` or the same.
    [[nodiscard]] bool leads_to(const chain::Root& first, const chain::Root& second) const;

  private:
    struct Node {
        bool up = true;
        bool syncing = false;
        std::uint64_t down_until = 0;
        std::uint64_t optimistic_until = 0;
        std::uint64_t lagging_until = 0;
        bool forked = false;
        std::chrono::milliseconds delay{0};
        chain::Root head;
    };

    [[nodiscard]] bool chance(double p);
    [[nodiscard]] std::int64_t between(std::int64_t low, std::int64_t high);
    [[nodiscard]] base::Instant now(std::chrono::milliseconds into) const;
    [[nodiscard]] chain::Root build(char branch, const chain::Root& parent);
    void produce();
    void change_fork();
    void live_slot(std::size_t index, std::vector<NetworkEvent>& out);
    void add_head(std::size_t index, const chain::Root& root, std::chrono::milliseconds into,
                  std::vector<NetworkEvent>& out);
    void come_back(std::size_t index, std::vector<NetworkEvent>& out);
    void catch_up(std::size_t index, std::vector<NetworkEvent>& out);

    RandomNetworkOptions options_;
    std::mt19937_64 random_;
    std::uint64_t slot_ = kFirst - 1;
    bool skipped_ = false;
    chain::Root main_;
    chain::Root side_;
    std::uint64_t fork_until_ = 0;
    std::vector<Node> nodes_;
    std::map<chain::Root, beacon_api::BlockHeader> blocks_;
};

}  // namespace tests
