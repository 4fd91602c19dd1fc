#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "beacon_api/events.hpp"
#include "chain/head.hpp"
#include "chain/root.hpp"
#include "chain/slot.hpp"

namespace tests {

/// The best head by the rules' words, the slow way.
class NaiveCache {
  public:
    struct Head {
        std::string node;
        chain::Head head;
        bool was_latest = false;
    };

    [[nodiscard]] bool is_latest(const std::string& node, chain::Slot slot) const {
        bool latest = true;
        for (const Head& other : heads_) {
            latest = latest && (other.node == node || slot >= other.head.slot);
        }
        return latest;
    }
    void put(const std::string& node, const chain::Head& head) {
        const bool latest = is_latest(node, head.slot);
        for (Head& known : heads_) {
            if (known.node == node && known.head == head) {
                known.was_latest = latest;
                choose();
                return;
            }
        }
        drop(node);
        heads_.push_back(Head{node, head, latest});
        choose();
    }
    void remove(const std::string& node) {
        drop(node);
        choose();
    }
    [[nodiscard]] const std::optional<Head>& best() const { return best_; }

  private:
    void drop(const std::string& node) {
        std::erase_if(heads_, [&](const Head& known) { return known.node == node; });
    }
    [[nodiscard]] int nodes_with(const chain::Root& root, chain::Slot slot) const {
        int count = 0;
        for (const Head& known : heads_) {
            count += known.head.block == root && known.head.slot == slot ? 1 : 0;
        }
        return count;
    }
    /// `heads_` stand in the order in which they were cached.
    void choose() {
        const auto before = best_root_;
        best_.reset();
        std::tuple<std::uint64_t, int, bool> most{};
        for (const Head& known : heads_) {
            const std::tuple<std::uint64_t, int, bool> rank{
                known.head.slot.value, nodes_with(known.head.block, known.head.slot),
                known.head.block == before};
            if (!best_ || rank > most) {
                best_ = known;
                most = rank;
            }
        }
        if (best_) {
            best_root_ = best_->head.block;
            for (const Head& known : heads_) {
                best_->was_latest |= known.head.block == best_root_ && known.was_latest;
            }
        }
    }

    std::vector<Head> heads_;
    std::optional<Head> best_;
    chain::Root best_root_;
};

}  // namespace tests
