#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "simulator/node_plan.hpp"

namespace simulator {

/// What a node would answer from, at one moment.
struct NodeView {
    /// The simulation's slot; 0 also before genesis.
    std::uint64_t slot = 0;
    Block head;
    /// Of the main network, whole seconds since 1970.
    std::chrono::seconds genesis_time{0};
};

struct RestAnswer {
    int status = 200;
    std::string body;
    std::string content_type = "application/json";
};

/// The node's answer to a GET of `target`, JSON. Pure.
[[nodiscard]] RestAnswer rest_answer(const NodePlan& plan, const NodeView& view,
                                     std::string_view target);

/// The topics that a target of `/eth/v1/events` asks for, as this client reads them, in order.
[[nodiscard]] std::vector<std::string> topics_of(const ClientProfile& profile,
                                                 std::string_view target);
/// Whether the client has this topic; a topic that the simulation never sends may well be known.
[[nodiscard]] bool knows_topic(const ClientProfile& profile, std::string_view topic);

}  // namespace simulator
