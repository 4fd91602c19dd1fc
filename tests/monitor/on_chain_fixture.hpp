#pragma once

#include <algorithm>
#include <chrono>
#include <initializer_list>
#include <string>

#include <catch2/catch.hpp>

#include "chain/slot_clock.hpp"
#include "tests/monitor/head_monitor_fixture.hpp"
#include "updates/node_status.hpp"

namespace tests {

/// Slot 100 begins now.
inline chain::SlotClock our_chain(const HeadMonitorFixture& steps) {
    return chain::SlotClock{steps.now().wall - 100 * std::chrono::seconds{12},
                            std::chrono::seconds{12}};
}

/// Nobody has passed the network check yet.
inline HeadMonitorFixture unchecked(std::initializer_list<const char*> names) {
    HeadMonitorFixture steps{};
    steps.all_have_passed = false;
    steps.next_run(names);
    return steps;
}

/// All nodes are on our chain, and slot 100 begins.
inline HeadMonitorFixture on_chain(std::initializer_list<const char*> names) {
    HeadMonitorFixture steps{};
    steps.known_chain = our_chain(steps);
    steps.next_run(names);
    return steps;
}

/// What was published of a node last.
inline updates::NodeStatus status_of(const HeadMonitorFixture& steps, const std::string& name) {
    const auto published = steps.published<updates::NodeStatus>();
    const auto last = std::find_if(published.rbegin(), published.rend(),
                                   [&](const auto& status) { return status.node.name() == name; });
    REQUIRE(last != published.rend());
    return *last;
}

}  // namespace tests
