// Thousands of slots in which nothing is wrong, as real networks have them: skipped slots, late
// blocks, streams that the servers end now and then. Nothing false is said.
#include <cstdlib>
#include <map>
#include <set>
#include <string>

#include <catch2/catch.hpp>

#include "simulator/chain.hpp"
#include "tests/scenarios/scenario_fixture.hpp"
#include "tests/scenarios/simulated_run.hpp"
#include "updates/node_health.hpp"

namespace healthy_test {

using namespace std::chrono_literals;
using updates::Verdict;

namespace {

constexpr std::array kNames{"one", "two", "three"};
constexpr std::uint64_t kRotation = 50;

/// 10,000 by hand. The tests have less time: a day, after which topics are tried again, and more.
std::uint64_t slots() {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): the tests have one thread.
    return std::getenv("HEADMON_LONG") != nullptr ? 10'000 : 7'500;
}

bool is_late(std::uint64_t slot) {
    return simulator::roll(1, "late block", slot) % 100 == 0;
}

simulator::Scenario healthy() {
    simulator::Scenario scenario;
    scenario.slot_duration = 12s;
    scenario.skipped_percent = 1;
    for (const char* const name : kNames) {
        auto script = tests::node(name, "grandine", 900);
        script.jitter = 800ms;
        for (std::uint64_t slot = 1; slot < slots(); ++slot) {
            if (is_late(slot)) {
                auto late = tests::fault(simulator::FaultKind::kLagging, slot, slot);
                late.delay = 5s;
                script.faults.push_back(late);
            }
        }
        scenario.nodes.push_back(std::move(script));
    }
    return scenario;
}

}  // namespace

TEST_CASE("in thousands of healthy slots nothing false is said", "[scenarios][healthy]") {
    const simulator::Scenario scenario = healthy();
    const simulator::Chain chain{scenario.seed, scenario.skipped_percent};
    tests::SimulatedRun run{scenario};
    // Before that topics are negotiated.
    constexpr std::uint64_t kFirst = 8;
    for (std::uint64_t slot = 0; slot < slots(); ++slot) {
        run.play(slot);
        for (const auto& [node, known] : run.snapshot().nodes) {
            auto issues = updates::find_issues(known.status);
            if (slot > kFirst && issues.any()) {
                FAIL("slot " << slot << ": " << node.name() << " has issues "
                             << issues.to_string());
            }
        }
        const std::uint64_t turn = slot % kRotation;
        if (turn % 16 == 8 && turn / 16 < kNames.size()) {
            run.nodes.end_stream(kNames.at(turn / 16));
        }
    }
    std::size_t unknown = 0;
    std::map<Verdict, std::size_t> counts;
    run.recorder.each<updates::SlotVerdict>(
        [&](const updates::SlotVerdict& fact, const updates::Update& /*update*/) {
            if (fact.slot.value <= kFirst) {
                return;
            }
            ++counts[fact.verdict];
            if (fact.verdict == Verdict::kUnknown) {
                // Of two slots in a row without a block nobody knows when the first is judged.
                CHECK_FALSE((chain.has_block(fact.slot) || chain.has_block(fact.slot.next())));
                ++unknown;
                return;
            }
            INFO("slot " << fact.slot.value);
            const Verdict expected = !chain.has_block(fact.slot) ? Verdict::kMissed
                                     : is_late(fact.slot.value)  ? Verdict::kLate
                                                                 : Verdict::kOnTime;
            CHECK((fact.verdict == expected));
        });
    CHECK(counts[Verdict::kOnTime] > slots() * 9 / 10);
    CHECK(counts[Verdict::kLate] > 0);
    CHECK(counts[Verdict::kMissed] > 0);
    CHECK(run.recorder.published<updates::Reorg>().empty());
    CHECK(run.recorder.published<updates::HeadSplit>().empty());
    CHECK(run.recorder.published<updates::RunEnded>().empty());
    run.recorder.each<updates::ClockSkew>(
        [](const updates::ClockSkew& fact, const updates::Update& /*update*/) {
            CHECK((fact.level == updates::ClockSkew::Level::kNone));
        });
    run.recorder.each<updates::NodeBehind>(
        [](const updates::NodeBehind& fact, const updates::Update& /*update*/) {
            FAIL("behind: " << fact.node.name() << " at " << fact.slot.value);
        });
}

}  // namespace healthy_test
