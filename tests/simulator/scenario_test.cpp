#include "simulator/scenario.hpp"

#include <set>
#include <string>

#include <catch2/catch.hpp>

namespace scenario_test {

using namespace std::chrono_literals;
using simulator::FaultKind;
using simulator::Scenario;

namespace {

const std::string kScenarios = std::string{HEADMON_FIXTURES} + "/../simulator/scenarios/";
const std::string kNode = "[[node]]\nname = \"a\"\nclient = \"teku\"\n";

std::string error_of(const std::string& toml) {
    const auto scenario = simulator::parse_scenario(toml, "s.toml");
    if (scenario.has_value()) {
        return "no error";
    }
    CHECK((scenario.error().code == base::ErrorCode::kBadValue));
    return scenario.error().detail;
}

std::string fault(const std::string& keys) {
    return kNode + "[[node.fault]]\n" + keys;
}

}  // namespace

TEST_CASE("a scenario file is read whole", "[simulator]") {
    const auto scenario = simulator::parse_scenario(
        "seed = 9\nslot_ms = 250\nskipped_percent = 12.5\n"
        "[[node]]\nname = \"a\"\nclient = \"caplin\"\ndelay_ms = 40\njitter_ms = 3\nport = 5052\n"
        "[[node.fault]]\nkind = \"oversize\"\nfrom_slot = 2\nto_slot = 4\nbytes = 4096\n"
        "[[node.fault]]\nkind = \"lagging\"\nfrom_slot = 5\nto_slot = 5\ndelay_ms = 90\n"
        "[[node]]\nname = \"b\"\nclient = \"teku\"\n"
        "[[node.fault]]\nkind = \"silent_topic\"\nfrom_slot = 0\nto_slot = 1\ntopic = \"block\"\n",
        "s.toml");
    REQUIRE(scenario.has_value());
    CHECK(scenario->seed == 9);
    CHECK(scenario->slot_duration == 250ms);
    CHECK(scenario->skipped_percent == 12.5);
    REQUIRE(scenario->nodes.size() == 2);
    const simulator::NodeScript& a = scenario->nodes[0];
    CHECK(a.name == "a");
    CHECK(a.client == "caplin");
    CHECK(a.delay == 40ms);
    CHECK(a.jitter == 3ms);
    CHECK(a.port == 5052);
    REQUIRE(a.faults.size() == 2);
    CHECK((a.faults[0].kind == FaultKind::kOversize));
    CHECK(a.faults[0].from_slot == 2);
    CHECK(a.faults[0].to_slot == 4);
    CHECK(a.faults[0].bytes == 4096);
    CHECK(a.faults[1].delay == 90ms);
    CHECK(scenario->nodes[1].faults.at(0).topic == "block");
}

TEST_CASE("the chain and the newer faults are read from a scenario file", "[simulator]") {
    const auto scenario = simulator::parse_scenario(
        "skipped_slots = [4, 9]\nslashed_slots = [5, 6]\ngloas_from_epoch = 2\n" +
            fault("kind = \"buffered\"\nfrom_slot = 1\nto_slot = 2\nbytes = 2000\n") +
            "[[node.fault]]\nkind = \"buffered\"\nfrom_slot = 3\nto_slot = 4\n"
            "[[node.fault]]\nkind = \"clock_off\"\nfrom_slot = 1\nto_slot = 2\n"
            "offset_ms = -2500\n"
            "[[node.fault]]\nkind = \"retry_after\"\nfrom_slot = 1\nto_slot = 2\n"
            "retry_after_s = 30\n"
            "[[node.fault]]\nkind = \"rest_down\"\nfrom_slot = 1\nto_slot = 2\n"
            "[[node.fault]]\nkind = \"rest_down\"\nfrom_slot = 3\nto_slot = 3\nstatus = 503\n"
            "[[node.fault]]\nkind = \"unknown_topic\"\nfrom_slot = 0\nto_slot = 9\n"
            "topic = \"head_v2\"\n"
            "[[node.fault]]\nkind = \"endpoint\"\nfrom_slot = 0\nto_slot = 9\n"
            "endpoint = \"spec\"\nanswer = \"status\"\nstatus = 403\n"
            "[[node.fault]]\nkind = \"endpoint\"\nfrom_slot = 0\nto_slot = 9\n"
            "endpoint = \"head\"\nanswer = \"odd_member\"\n",
        "s.toml");
    REQUIRE(scenario.has_value());
    CHECK(scenario->skipped_slots == std::set<std::uint64_t>{4, 9});
    CHECK(scenario->slashed_slots == std::set<std::uint64_t>{5, 6});
    CHECK(scenario->gloas_from_epoch == 2);
    const auto& faults = scenario->nodes.at(0).faults;
    REQUIRE(faults.size() == 9);
    CHECK(faults[0].bytes == 2000);
    CHECK(faults[1].bytes == 0);
    CHECK(faults[2].offset == -2500ms);
    CHECK(faults[3].retry_after == 30s);
    CHECK(faults[3].status == 429);
    CHECK(faults[4].status == 0);
    CHECK(faults[5].status == 503);
    CHECK(faults[6].topic == "head_v2");
    CHECK(faults[7].endpoint == "spec");
    CHECK((faults[7].answer == simulator::EndpointAnswer::kStatus));
    CHECK(faults[7].status == 403);
    CHECK((faults[8].answer == simulator::EndpointAnswer::kOddMember));
    CHECK(error_of(fault("kind = \"endpoint\"\nfrom_slot = 1\nto_slot = 2\n"
                         "endpoint = \"x\"\nanswer = \"hang\"\n"))
              .starts_with("s.toml:8: change endpoint \"x\" to one of genesis, spec"));
    CHECK(error_of(fault("kind = \"endpoint\"\nfrom_slot = 1\nto_slot = 2\n"
                         "endpoint = \"spec\"\nanswer = \"no\"\n"))
              .starts_with("s.toml:9: change answer \"no\" to one of status, hang"));
    CHECK(error_of("skipped_slots = 4\n" + kNode) ==
          "s.toml:1: change skipped_slots, a list of slots, like [4, 9]");
    CHECK(error_of("skipped_slots = [1,\n0]\n" + kNode)
              .starts_with("s.toml:2: change this slot, a whole number from 1"));
    CHECK(error_of("gloas_from_epoch = -1\n" + kNode)
              .starts_with("s.toml:1: change gloas_from_epoch, a whole number from 0"));
    CHECK(error_of(fault("kind = \"clock_off\"\nfrom_slot = 1\nto_slot = 2\n")) ==
          "s.toml:4: add offset_ms to the fault, a whole number from -3600000 to 3600000");
    CHECK(error_of(fault("kind = \"retry_after\"\nfrom_slot = 1\nto_slot = 2\n"))
              .starts_with("s.toml:4: add retry_after_s to the fault"));
    CHECK(error_of(fault("kind = \"stalled\"\nfrom_slot = 1\nto_slot = 2\nstatus = 500\n")) ==
          "s.toml:8: remove status, which does nothing for stalled");
}

TEST_CASE("the faults of streams are read from a scenario file", "[simulator]") {
    const auto scenario = simulator::parse_scenario(
        fault("kind = \"cut\"\nfrom_slot = 1\nto_slot = 2\ndelay_ms = 600\n") +
            "[[node.fault]]\nkind = \"extra_event\"\nfrom_slot = 1\nto_slot = 2\ntopic = \"ping\"\n"
            "[[node.fault]]\nkind = \"malformed\"\nfrom_slot = 1\nto_slot = 2\n"
            "[[node.fault]]\nkind = \"malformed\"\nfrom_slot = 1\nto_slot = 2\n"
            "topic = \"head_v2\"\n"
            "[[node.fault]]\nkind = \"stream_status\"\nfrom_slot = 1\nto_slot = 2\n"
            "[[node.fault]]\nkind = \"stream_status\"\nfrom_slot = 1\nto_slot = 2\nstatus = 400\n"
            "retry_after_s = 30\n"
            "[[node.fault]]\nkind = \"repeats\"\nfrom_slot = 1\nto_slot = 2\n",
        "s.toml");
    REQUIRE(scenario.has_value());
    const auto& faults = scenario->nodes.at(0).faults;
    REQUIRE(faults.size() == 7);
    CHECK(faults[0].delay == 600ms);
    CHECK(faults[1].topic == "ping");
    CHECK(faults[2].topic.empty());
    CHECK(faults[3].topic == "head_v2");
    CHECK(faults[4].status == 429);
    CHECK(faults[4].retry_after == 0s);
    CHECK(faults[5].status == 400);
    CHECK(faults[5].retry_after == 30s);
    CHECK(error_of(fault("kind = \"cut\"\nfrom_slot = 1\nto_slot = 2\n"))
              .starts_with("s.toml:4: add delay_ms to the fault"));
    CHECK(error_of(fault("kind = \"extra_event\"\nfrom_slot = 1\nto_slot = 2\n")) ==
          "s.toml:4: add topic to the fault, like \"head_v2\"");
    CHECK(error_of(fault("kind = \"repeats\"\nfrom_slot = 0\nto_slot = 2\n")) ==
          "s.toml:6: change from_slot: there is no head before slot 0");
}

TEST_CASE("what is wrong in a scenario file is told with its line and what to do", "[simulator]") {
    CHECK(error_of("") == "s.toml:1: add at least one [[node]]");
    CHECK(error_of("sed = 1\n" + kNode) ==
          "s.toml:1: remove \"sed\", which is no key of a scenario");
    CHECK(error_of(kNode + "colour = \"red\"\n") ==
          "s.toml:4: remove \"colour\", which is no key of a node");
    CHECK(error_of(fault("kind = \"down\"\nfrom_slot = 1\nto_slot = 2\nwhy = 1\n")) ==
          "s.toml:8: remove \"why\", which is no key of a fault");
    CHECK(error_of("slot_ms = \"12\"\n" + kNode) ==
          "s.toml:1: change slot_ms, a whole number from 50 to 900000");
    CHECK(error_of("slot_ms = 12.5\n" + kNode) ==
          "s.toml:1: change slot_ms, a whole number from 50 to 900000");
    CHECK(error_of("\nslot_ms = 0\n" + kNode) ==
          "s.toml:2: change slot_ms, a whole number from 50 to 900000");
    CHECK(error_of("skipped_percent = 101\n" + kNode) ==
          "s.toml:1: change skipped_percent, a number from 0 to 100");
    CHECK(error_of("skipped_percent = nan\n" + kNode) ==
          "s.toml:1: change skipped_percent, a number from 0 to 100");
    CHECK(error_of("[node]\nname = \"a\"\n") == "s.toml:1: write it as [[node]]");
    CHECK(error_of("[[node]]\nclient = \"teku\"\n") ==
          "s.toml:1: add name to the node, like \"alpha\"");
    CHECK(error_of("[[node]]\nname = \"a\\nb\"\nclient = \"teku\"\n") ==
          "s.toml:2: make name a string of 1 to 60 printable characters, like \"alpha\"");
    CHECK(error_of("[[node]]\nname = \"a\"\nclient = \"geth\"\n") ==
          "s.toml:3: change client \"geth\" to one of lighthouse, teku, prysm, nimbus, lodestar, "
          "grandine, caplin");
    CHECK(error_of(kNode + kNode) == "s.toml:5: change name: \"a\" is another node's");
    CHECK(error_of(kNode + "port = 70000\n") ==
          "s.toml:4: change port, a whole number from 0 to 65535");
    CHECK(error_of(kNode + "port = 99\n[[node]]\nname = \"b\"\nclient = \"teku\"\nport = 99\n") ==
          "s.toml:8: change port: 99 is another node's");
    CHECK(error_of(fault("kind = \"donw\"\nfrom_slot = 1\nto_slot = 2\n")) ==
          "s.toml:5: change kind \"donw\" to one of those in docs/simulator.md");
    CHECK(error_of(fault("kind = \"down\"\nfrom_slot = 3\nto_slot = 2\n")) ==
          "s.toml:7: change to_slot: it is below from_slot");
    CHECK(error_of(fault("kind = \"down\"\nfrom_slot = -1\nto_slot = 2\n"))
              .starts_with("s.toml:6: change from_slot, a whole number from 0"));
    CHECK(error_of(fault("kind = \"down\"\nfrom_slot = 1\n"))
              .starts_with("s.toml:4: add to_slot to the fault, a whole number"));
    CHECK(error_of(fault("kind = \"forked\"\nfrom_slot = 0\nto_slot = 2\n"))
              .starts_with("s.toml:6: change from_slot"));
    CHECK(error_of(fault("kind = \"refuse_topic\"\nfrom_slot = 1\nto_slot = 2\n")) ==
          "s.toml:4: add topic to the fault, like \"head_v2\"");
    CHECK(error_of(fault("kind = \"down\"\nfrom_slot = 1\nto_slot = 2\nbytes = 5000\n")) ==
          "s.toml:8: remove bytes, which does nothing for down");
    CHECK(error_of("seed = \n").starts_with("s.toml:1: this is not valid TOML"));
    CHECK(error_of(kNode + "name = \"b\"\n").starts_with("s.toml:4: this is not valid TOML"));
}

TEST_CASE("a scenario file that cannot be read is told by its name", "[simulator]") {
    const auto missing = simulator::load_scenario("no/such.toml");
    REQUIRE(missing.has_error());
    CHECK(missing.error().detail ==
          "no/such.toml: cannot be read; check the path and its permissions");
    const auto directory = simulator::load_scenario(kScenarios);
    REQUIRE(directory.has_error());
    CHECK(directory.error().detail.ends_with(": is a directory; give a file"));
}

TEST_CASE("the shipped scenarios are read, and faults.toml shows every fault", "[simulator]") {
    const auto demo = simulator::load_scenario(kScenarios + "demo.toml");
    REQUIRE(demo.has_value());
    CHECK((*demo == simulator::demo_scenario()));

    const auto all = simulator::load_scenario(kScenarios + "faults.toml");
    REQUIRE(all.has_value());
    std::set<FaultKind> shown;
    for (const auto& node : all->nodes) {
        for (const auto& one : node.faults) {
            shown.insert(one.kind);
        }
    }
    CHECK(shown.size() == static_cast<std::size_t>(FaultKind::kLie) + 1);
    for (const FaultKind kind : shown) {
        CHECK((simulator::find_fault_kind(simulator::to_string(kind)) == kind));
    }
}

TEST_CASE("liar.toml tells every lie, and an unknown one is refused", "[simulator]") {
    const auto scenario = simulator::load_scenario(kScenarios + "liar.toml");
    REQUIRE(scenario.has_value());
    std::set<simulator::Lie> told;
    for (const auto& one : scenario->nodes.back().faults) {
        told.insert(one.about);
        CHECK((simulator::find_lie(to_string(one.about)) == one.about));
    }
    CHECK(told.size() == static_cast<std::size_t>(simulator::Lie::kGenesis) + 1);
    CHECK(error_of(fault("kind = \"lie\"\nabout = \"weather\"\nfrom_slot = 1\nto_slot = 2\n"))
              .find("change about \"weather\" to one of root, slot, ") != std::string::npos);
}

TEST_CASE("the demo shows its faults within a minute and ends well", "[simulator]") {
    const Scenario demo = simulator::demo_scenario();
    CHECK(demo.nodes.size() == 4);
    const auto slots = static_cast<std::uint64_t>(60s / demo.slot_duration);
    std::set<std::string> clients;
    for (const auto& node : demo.nodes) {
        clients.insert(node.client);
        REQUIRE_FALSE(node.faults.empty());
        for (const auto& one : node.faults) {
            CHECK(one.to_slot + 4 < slots);
        }
    }
    CHECK(clients.size() == 4);
}

TEST_CASE("healthy nodes take the clients in turn and have names of their own", "[simulator]") {
    const Scenario scenario = simulator::healthy_scenario(16);
    std::set<std::string> names;
    for (const auto& node : scenario.nodes) {
        CHECK(names.insert(node.name).second);
        CHECK(node.faults.empty());
        CHECK(node.delay + node.jitter < 80ms);
    }
    CHECK(scenario.nodes[0].client == "lighthouse");
    CHECK(scenario.nodes[7].client == "lighthouse");
    CHECK(scenario.nodes[7].name == "lighthouse-2");
}

TEST_CASE("delays keep their part of another slot length", "[simulator]") {
    Scenario scenario = simulator::demo_scenario();
    scenario = simulator::with_slot_duration(scenario, 300ms);
    CHECK(scenario.slot_duration == 300ms);
    CHECK(scenario.nodes[0].delay == 42ms);
    CHECK(scenario.nodes[0].jitter == 6ms);
    CHECK(scenario.nodes[3].faults[0].delay == 130ms);
}

}  // namespace scenario_test
