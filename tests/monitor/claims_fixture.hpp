#pragma once

#include <cstdint>
#include <vector>

#include <catch2/catch.hpp>

#include "monitor/slots/head_claims.hpp"
#include "tests/monitor/chain_blocks.hpp"
#include "tests/monitor/nodes.hpp"

namespace tests {

inline const updates::NodeId kLiar{"liar"};

/// What nodes report in a network whose headers come when the test says so.
struct Claims {
    monitor::HeadClaims claims;
    monitor::Ancestry chain;

    explicit Claims(const std::vector<updates::NodeId>& nodes) {
        for (const updates::NodeId node : nodes) {
            claims.set_good_standing(node, true);
        }
    }
    void report(updates::NodeId node, std::uint64_t slot, char branch, std::uint64_t named) {
        if (claims.admit(node)) {
            chain::Head head = head_of(slot, branch);
            head.slot = chain::Slot{named};
            claims.reported(node, head, true, chain);
        }
    }
    void report(updates::NodeId node, std::uint64_t slot, char branch = 'a') {
        report(node, slot, branch, slot);
    }
    /// With a state root that is not the header's.
    void report_state(updates::NodeId node, std::uint64_t slot, chain::PayloadStatus status) {
        chain::Head head = head_of(slot);
        head.state.bytes.back() = 1;
        head.payload_status = status;
        claims.reported(node, head, true, chain);
    }
    void header(std::uint64_t slot, char branch = 'a', char parent_branch = 'a') {
        REQUIRE(chain.add(header_of(slot, branch, slot - 1, parent_branch)));
        claims.header_added(root_of(slot, branch), chain);
    }
    std::vector<chain::Root> proven() {
        std::vector<chain::Root> roots;
        for (const auto& one : claims.settle(chain)) {
            roots.push_back(one.root);
        }
        return roots;
    }
    /// A slot in which alpha and beta agree, and the liar reports something of its own.
    std::vector<monitor::HeadClaims::Standing> slot_with_liar(std::uint64_t slot, bool has_header) {
        report(kLiar, slot, 'x');
        report(kAlpha, slot);
        report(kBeta, slot);
        header(slot);
        if (has_header) {
            header(slot, 'x');
        }
        (void)claims.settle(chain);
        return claims.end_slot(chain);
    }
};

}  // namespace tests
