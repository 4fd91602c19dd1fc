#include "monitor/slots/head_votes.hpp"

#include <algorithm>
#include <compare>

namespace monitor {

void HeadVotes::set(updates::NodeId node, const chain::Root& root) {
    const auto [head, is_new] = heads_.try_emplace(node, root);
    if (!is_new) {
        if (head->second == root) {
            return;
        }
        take_vote(head->second);
        head->second = root;
    }
    const auto votes = std::find_if(votes_.begin(), votes_.end(),
                                    [&](const Votes& one) { return one.root == root; });
    if (votes == votes_.end()) {
        votes_.push_back({root, 1});
    } else {
        ++votes->nodes;
    }
}

void HeadVotes::erase(updates::NodeId node) {
    const auto head = heads_.find(node);
    if (head != heads_.end()) {
        take_vote(head->second);
        heads_.erase(head);
    }
}

void HeadVotes::take_vote(const chain::Root& root) {
    const auto votes = std::find_if(votes_.begin(), votes_.end(),
                                    [&](const Votes& one) { return one.root == root; });
    if (--votes->nodes == 0) {
        votes_.erase(votes);
    }
}

std::optional<std::size_t> HeadVotes::find_believed(const chain::Root& root,
                                                    const HeadClaims& claims) const {
    const auto head = std::find_if(heads_.begin(), heads_.end(), [&](const auto& entry) {
        return entry.second == root && !claims.is_unproven(entry.first);
    });
    return head == heads_.end() ? std::nullopt
                                : std::optional{static_cast<std::size_t>(head - heads_.begin())};
}

std::optional<chain::Root> HeadVotes::find_best(const Ancestry& ancestry, const HeadClaims& claims,
                                                const std::optional<chain::Root>& last) const {
    /// What speaks for a head, in this order.
    struct Rank {
        chain::Slot slot;
        std::ptrdiff_t nodes = 0;
        bool is_last = false;

        auto operator<=>(const Rank&) const = default;
    };
    std::optional<chain::Root> best;
    Rank highest;
    std::optional<std::size_t> place;
    for (const Votes& votes : votes_) {
        const Ancestry::Header* const header = ancestry.find(votes.root);
        if (header == nullptr || !claims.is_proven(votes.root)) {
            continue;
        }
        const Rank rank{header->slot, votes.nodes, last == votes.root};
        if (best && rank < highest) {
            continue;
        }
        const auto believed = find_believed(votes.root, claims);
        // Of equals the one of the node that comes first by its name.
        if (believed && (!best || rank > highest || *believed < *place)) {
            best = votes.root;
            highest = rank;
            place = believed;
        }
    }
    return best;
}

}  // namespace monitor
