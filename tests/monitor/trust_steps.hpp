#pragma once

#include <algorithm>
#include <chrono>
#include <initializer_list>
#include <string>

#include <catch2/catch.hpp>

#include "chain/slot_clock.hpp"
#include "tests/monitor/monitor_steps.hpp"
#include "updates/node_status.hpp"

namespace tests {

/// Slot 100 begins now.
inline chain::SlotClock our_chain(const MonitorSteps& steps) {
    return chain::SlotClock{steps.now().wall - 100 * std::chrono::seconds{12},
                            std::chrono::seconds{12}};
}

/// Nobody has passed the network check yet.
inline MonitorSteps unchecked(std::initializer_list<const char*> names) {
    MonitorSteps steps{};
    steps.all_have_passed = false;
    steps.next_run(names);
    return steps;
}

/// All nodes are on our chain, and slot 100 begins.
inline MonitorSteps on_chain(std::initializer_list<const char*> names) {
    MonitorSteps steps{};
    steps.known_chain = our_chain(steps);
    steps.next_run(names);
    return steps;
}

/// What was told of a node last.
inline updates::NodeStatus status_of(const MonitorSteps& steps, const std::string& name) {
    const auto told = steps.told<updates::NodeStatus>();
    const auto last = std::find_if(told.rbegin(), told.rend(),
                                   [&](const auto& status) { return status.node.name() == name; });
    REQUIRE(last != told.rend());
    return *last;
}

}  // namespace tests
