#pragma once

#include <vector>

#include "monitor/slots/fork_detector.hpp"
#include "tests/monitor/chain_blocks.hpp"
#include "tests/monitor/nodes.hpp"
#include "updates/chain_facts.hpp"

namespace tests {

inline void add(monitor::Ancestry& chain, std::uint64_t slot, char branch, std::uint64_t parent,
                char parent_branch) {
    chain.add(header_of(slot, branch, parent, parent_branch));
}

/// 10a, on it 11a ← 12a ← 13a and 11b ← 12b.
inline monitor::Ancestry two_branches() {
    monitor::Ancestry chain;
    add(chain, 10, 'a', 9, 'a');
    add(chain, 11, 'a', 10, 'a');
    add(chain, 12, 'a', 11, 'a');
    add(chain, 13, 'a', 12, 'a');
    add(chain, 11, 'b', 10, 'a');
    add(chain, 12, 'b', 11, 'b');
    return chain;
}

/// A detector in a network of few nodes, whose heads need no proof.
struct ForkWatch {
    monitor::ForkDetector forks;
    monitor::HeadClaims claims;

    ForkWatch() { forks.set_limits(std::chrono::seconds{2}, std::chrono::seconds{48}); }

    [[nodiscard]] std::vector<updates::SlotFact> settle(const monitor::Ancestry& chain,
                                                        base::MonoTime now) {
        return forks.settle(chain, claims, now);
    }
    [[nodiscard]] auto missing(const monitor::Ancestry& chain, base::MonoTime now) const {
        return forks.missing(chain, now);
    }
    void remove(updates::NodeId node, base::MonoTime now) { forks.remove(node, now); }
    void forget(updates::NodeId node, base::MonoTime now) { forks.forget(node, now); }
};

inline void head(ForkWatch& watch, const updates::NodeId& node, std::uint64_t slot, char branch,
                 base::Instant when, bool is_weak = false) {
    using Weight = monitor::ForkDetector::Weight;
    watch.forks.head(node, root_of(slot, branch), chain::Slot{slot},
                     is_weak ? Weight::kWeak : Weight::kFull, when.mono);
}

}  // namespace tests
