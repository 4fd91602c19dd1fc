#include <string>

#include <catch2/catch.hpp>

#include "tests/scenarios/stage.hpp"

using namespace std::chrono_literals;
using simulator::FaultKind;
using tests::Stage;

namespace {

/// One row of the wire table: a node of each client.
simulator::Scenario seven_clients() {
    std::vector<simulator::NodeScript> nodes;
    std::int64_t delay_ms = 1000;
    for (const simulator::ClientProfile& profile : simulator::client_profiles()) {
        nodes.push_back(
            tests::node(std::string{profile.name}, std::string{profile.name}, delay_ms));
        delay_ms += 100;
    }
    return tests::scene(std::move(nodes));
}

}  // namespace

TEST_CASE("the heads of each client arrive with their roots", "[scenarios][clients]") {
    Stage stage{seven_clients()};
    stage.play_to(8);
    stage.print();
}
