// Long stretches: calm, in which nothing is to be published, and chaos, after which all
// must be well again.
#include <algorithm>
#include <array>
#include <random>
#include <string>

#include <catch2/catch.hpp>

#include "tests/scenarios/scenario_fixture.hpp"
#include "updates/update.hpp"

namespace chaos_test {

using namespace std::chrono_literals;
using simulator::Fault;
using simulator::FaultKind;
using tests::ScenarioFixture;
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

simulator::Scenario chaos(std::uint32_t seed) {
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

TEST_CASE("in calm nothing is told but heads and verdicts", "[scenarios][chaos]") {
    auto scenario = tests::scene({});
    scenario.skipped_percent = 3;
    scenario.gloas_from_epoch = 6;
    for (const auto& profile : simulator::client_profiles()) {
        auto node = tests::node(std::string{profile.name}, std::string{profile.name}, 1500);
        node.jitter = 800ms;
        scenario.nodes.push_back(std::move(node));
    }
    ScenarioFixture fixture{scenario};
    fixture.play_to(120);
    for (const auto& node : scenario.nodes) {
        INFO(node.name);
        CHECK(fixture.ends(node.name).size() == (node.name == "lodestar" ? 2 : 0));
    }
    CHECK(fixture.published<updates::Reorg>().empty());
    CHECK(fixture.published<updates::HeadSplit>().empty());
    CHECK(fixture.published<updates::NodeBehind>().empty());
    CHECK(tests::clock_levels(fixture).empty());
    CHECK(fixture.published<updates::StreamBuffered>().empty());
    CHECK(fixture.published<updates::CycleFailed>().empty());
    CHECK(fixture.published<updates::RunEnded>().empty());
    const simulator::Chain chain{scenario.seed, scenario.skipped_percent};
    for (std::uint64_t slot = 1; slot < 118; ++slot) {
        INFO("slot " << slot);
        REQUIRE(fixture.verdict(slot).has_value());
        const bool has_block = chain.has_block(chain::Slot{slot});
        CHECK(
            (fixture.verdict(slot)->verdict == (has_block ? Verdict::kOnTime : Verdict::kMissed)));
    }
}

TEST_CASE("after chaos all is well again, and no verdict was a lie", "[scenarios][chaos]") {
    for (std::uint32_t seed = 1; seed <= kSeeds; ++seed) {
        const auto scenario = chaos(seed);
        INFO("seed " << seed << "\n" << describe(scenario));
        ScenarioFixture fixture{scenario};
        fixture.play_to(kWell);
        for (const auto& node : scenario.nodes) {
            INFO(node.name);
            const auto status = fixture.status(node.name);
            CHECK((status.state == updates::StreamState::kOpen));
            CHECK((status.network_check == updates::NetworkCheck::kMatch));
            CHECK((status.breaker == updates::BreakerState::kClosed));
            CHECK_FALSE(status.is_silent);
            CHECK_FALSE(status.is_stalled);
            CHECK_FALSE(status.is_behind);
            REQUIRE(status.syncing.has_value());
            CHECK_FALSE(status.syncing->is_syncing);
        }
        CHECK_FALSE(fixture.snapshot().split.has_value());
        const simulator::Chain chain{scenario.seed, scenario.skipped_percent};
        const auto last = chain.block_at_or_before(simulator::Branch{}, chain::Slot{kWell - 1});
        REQUIRE(fixture.snapshot().best.has_value());
        CHECK((fixture.snapshot().best->head.block == last.root));
        for (const auto& published : fixture.published<updates::SlotVerdict>()) {
            const std::uint64_t slot = published.fact.slot.value;
            INFO("verdict on slot " << slot << ": " << to_string(published.fact.verdict));
            // The other network's slots are its own.
            if (slot < simulator::kOtherNetworkSlots) {
                const bool has_block = chain.has_block(chain::Slot{slot});
                CHECK((published.fact.verdict != Verdict::kMissed || !has_block));
                CHECK((published.fact.verdict == Verdict::kMissed ||
                       published.fact.verdict == Verdict::kUnknown || has_block));
                if (slot >= kCalm + 6) {
                    CHECK((published.fact.verdict ==
                           (has_block ? Verdict::kOnTime : Verdict::kMissed)));
                }
            }
        }
    }
}

TEST_CASE("the same scenario gives the same updates, byte for byte", "[scenarios][chaos]") {
    const auto updates_of_chaos = [] {
        ScenarioFixture fixture{chaos(2)};
        fixture.play_to(24);
        return fixture.lines();
    };
    const auto first = updates_of_chaos();
    REQUIRE(first.size() > 300);
    CHECK(first == updates_of_chaos());
}

}  // namespace chaos_test
