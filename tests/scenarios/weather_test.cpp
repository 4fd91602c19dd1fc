// Long stretches: fair weather, in which nothing is to be told, and foul weather, after which all
// must be well again.
#include <algorithm>
#include <array>
#include <random>
#include <string>

#include <catch2/catch.hpp>

#include "tests/scenarios/stage.hpp"
#include "updates/update.hpp"

using namespace std::chrono_literals;
using simulator::Fault;
using simulator::FaultKind;
using tests::Stage;
using updates::Verdict;

namespace {

const std::array<std::string, 5> kClients{"lighthouse", "teku", "prysm", "nimbus", "grandine"};
/// The first slot without a fault, and the one in which all must be well again.
constexpr std::uint64_t kCalm = 40;
constexpr std::uint64_t kWell = 54;
/// Each seed is another storm.
constexpr std::uint32_t kSeeds = 5;

/// Up to three faults for one node, anywhere before the calm, each a few slots long.
std::vector<Fault> random_faults(std::mt19937& dice) {
    constexpr std::array kKinds{
        FaultKind::kDown,         FaultKind::kRefuse,       FaultKind::kHangBeforeHeaders,
        FaultKind::kClose,        FaultKind::kMalformed,    FaultKind::kHangMidStream,
        FaultKind::kOptimistic,   FaultKind::kLagging,      FaultKind::kForked,
        FaultKind::kCatchingUp,   FaultKind::kOtherNetwork, FaultKind::kSilentTopic,
        FaultKind::kBadGateway,   FaultKind::kSlowDrip,     FaultKind::kStalled,
        FaultKind::kBuffered,     FaultKind::kRetryAfter,   FaultKind::kRestDown,
        FaultKind::kUnknownTopic, FaultKind::kResetMidEvent};
    const auto roll = [&](std::uint64_t least, std::uint64_t most) {
        return least + dice() % (most - least + 1);
    };
    std::vector<Fault> faults;
    for (std::uint64_t i = roll(0, 3); i > 0; --i) {
        const std::uint64_t from = roll(1, kCalm - 8);
        Fault fault = tests::fault(kKinds.at(dice() % kKinds.size()), from, from + roll(0, 6));
        fault.topic = roll(0, 1) == 0 ? "head_v2" : "chain_reorg";
        fault.delay = std::chrono::milliseconds{roll(2000, 9000)};
        fault.bytes = 1500;
        fault.status = fault.kind == FaultKind::kRetryAfter ? 429 : 500;
        fault.retry_after = std::chrono::seconds{roll(0, 30)};
        faults.push_back(fault);
    }
    return faults;
}

simulator::Scenario foul_weather(std::uint32_t seed) {
    std::mt19937 dice{seed};
    simulator::Scenario scenario = tests::scene({});
    scenario.seed = seed;
    scenario.skipped_percent = 5;
    for (const std::string& client : kClients) {
        auto node = tests::node(client, client, static_cast<std::int64_t>(800 + dice() % 800));
        node.faults = random_faults(dice);
        scenario.nodes.push_back(std::move(node));
    }
    return scenario;
}

std::string describe(const simulator::Scenario& scenario) {
    std::string text;
    for (const auto& node : scenario.nodes) {
        text += node.name + ":";
        for (const auto& fault : node.faults) {
            text += " " + std::string{simulator::to_string(fault.kind)} + " " +
                    std::to_string(fault.from_slot) + "-" + std::to_string(fault.to_slot);
        }
        text += "\n";
    }
    return text;
}

}  // namespace

TEST_CASE("in fair weather nothing is told but heads and verdicts", "[scenarios][weather]") {
    auto scenario = tests::scene({});
    scenario.skipped_percent = 3;
    scenario.gloas_from_epoch = 6;
    for (const auto& profile : simulator::client_profiles()) {
        auto node = tests::node(std::string{profile.name}, std::string{profile.name}, 1500);
        node.jitter = 800ms;
        scenario.nodes.push_back(std::move(node));
    }
    Stage stage{scenario};
    stage.play_to(120);
    for (const auto& node : scenario.nodes) {
        INFO(node.name);
        CHECK(stage.ends(node.name).size() == (node.name == "lodestar" ? 2 : 0));
    }
    CHECK(stage.told<updates::Reorg>().empty());
    CHECK(stage.told<updates::HeadSplit>().empty());
    CHECK(stage.told<updates::NodeBehind>().empty());
    CHECK(tests::clock_levels(stage).empty());
    CHECK(stage.told<updates::StreamBuffered>().empty());
    CHECK(stage.told<updates::CycleFailed>().empty());
    CHECK(stage.told<updates::RunEnded>().empty());
    const simulator::Chain chain{scenario.seed, scenario.skipped_percent};
    for (std::uint64_t slot = 1; slot < 118; ++slot) {
        INFO("slot " << slot);
        REQUIRE(stage.verdict(slot).has_value());
        const bool has_block = chain.has_block(chain::Slot{slot});
        CHECK((stage.verdict(slot)->verdict == (has_block ? Verdict::kOnTime : Verdict::kMissed)));
    }
}

TEST_CASE("after foul weather all is well again, and no verdict was a lie",
          "[scenarios][weather]") {
    for (std::uint32_t seed = 1; seed <= kSeeds; ++seed) {
        const auto scenario = foul_weather(seed);
        INFO("seed " << seed << "\n" << describe(scenario));
        Stage stage{scenario};
        stage.play_to(kWell);
        for (const auto& node : scenario.nodes) {
            INFO(node.name);
            const auto status = stage.status(node.name);
            CHECK((status.state == updates::StreamState::kOpen));
            CHECK((status.network_check == updates::NetworkCheck::kMatch));
            CHECK((status.breaker == updates::BreakerState::kClosed));
            CHECK_FALSE(status.is_silent);
            CHECK_FALSE(status.is_stalled);
            CHECK_FALSE(status.is_behind);
            REQUIRE(status.syncing.has_value());
            CHECK_FALSE(status.syncing->is_syncing);
        }
        CHECK_FALSE(stage.snapshot().split.has_value());
        const simulator::Chain chain{scenario.seed, scenario.skipped_percent};
        const auto last = chain.block_at_or_before(simulator::Branch{}, chain::Slot{kWell - 1});
        REQUIRE(stage.snapshot().best.has_value());
        CHECK((stage.snapshot().best->head.block == last.root));
        for (const auto& told : stage.told<updates::SlotVerdict>()) {
            const std::uint64_t slot = told.fact.slot.value;
            INFO("verdict on slot " << slot << ": " << to_string(told.fact.verdict));
            // The other network's slots are its own.
            if (slot < simulator::kOtherNetworkSlots) {
                const bool has_block = chain.has_block(chain::Slot{slot});
                CHECK((told.fact.verdict != Verdict::kMissed || !has_block));
                CHECK((told.fact.verdict == Verdict::kMissed ||
                       told.fact.verdict == Verdict::kUnknown || has_block));
                if (slot >= kCalm + 6) {
                    CHECK((told.fact.verdict == (has_block ? Verdict::kOnTime : Verdict::kMissed)));
                }
            }
        }
    }
}

TEST_CASE("the same scenario gives the same updates, byte for byte", "[scenarios][weather]") {
    const auto updates_of_weather = [] {
        Stage stage{foul_weather(2)};
        stage.play_to(24);
        return stage.lines();
    };
    const auto first = updates_of_weather();
    REQUIRE(first.size() > 300);
    CHECK(first == updates_of_weather());
}
