// The same inputs give the same updates, byte for byte: no clock, no seed and no address of the
// machine decides anything that is published.
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "tests/monitor/heads.hpp"
#include "tests/monitor/random.hpp"
#include "tests/monitor/service_fixture.hpp"
#include "updates/json.hpp"

using tests::Random;
using namespace std::chrono_literals;

namespace {

std::string head_json(unsigned slot, std::uint8_t block, bool is_optimistic) {
    const std::string root = to_string(tests::root(block));
    return R"({"version":"gloas","data":{"slot":")" + std::to_string(slot) + R"(","block":")" +
           root + R"(","state":")" + root +
           R"(","epoch_transition":false,"current_epoch_dependent_root":")" + root +
           R"(","next_epoch_dependent_root":")" + root + R"(","payload_status":"full",)" +
           R"("execution_optimistic":)" + (is_optimistic ? "true" : "false") + "}}";
}

/// What one node does at one moment of the storm.
void act(Random& random, tests::ServiceFixture& f, const tests::FakeNodes::Opening& stream) {
    const unsigned slot = static_cast<unsigned>((f.clock.wall_now() - f.nodes.chain->genesis()) /
                                                f.nodes.chain->slot_duration()) -
                          random.below(3);
    const std::string head =
        head_json(slot, static_cast<std::uint8_t>(slot + 50 * random.below(3)), random.one_in(9));
    switch (random.below(8)) {
        case 0:
            stream.listener->on_connected();
            break;
        case 1:
            stream.listener->on_open();
            break;
        case 2:
            f.nodes.end(stream.name);
            break;
        case 3:
            stream.event("block", "{}", f.clock.instant());
            break;
        default:
            stream.listener->on_bytes("", f.clock.instant());
            stream.event("head_v2", head, f.clock.instant());
    }
}

/// The updates of a seeded storm, a line for each.
std::vector<std::string> updates_of_storm(unsigned seed) {
    Random random{seed};
    tests::ServiceFixture f;
    f.nodes.answer_time = 7ms;
    f.put({"a", "b", "c", "d", "z"});
    f.start();
    for (int i = 0; i < 400; ++i) {
        if (random.one_in(60)) {
            f.put(random.one_in(2) ? std::vector<std::string>{"z", "b", "d"}
                                   : std::vector<std::string>{"d", "a", "c", "z"});
        }
        if (random.one_in(40)) {
            f.clock.step_wall(std::chrono::milliseconds{random.below(30'000)});
            f.clock.set_kernel_clock(base::KernelClock{random.one_in(2)});
        }
        const auto opening =
            f.nodes.openings[random.below(static_cast<unsigned>(f.nodes.openings.size()))];
        if (opening->is_live) {
            act(random, f, *opening);
        }
        f.advance(std::chrono::milliseconds{random.below(2500)});
    }
    std::vector<std::string> lines;
    for (const updates::Update& update : f.recorder.all()) {
        lines.push_back(updates::to_json(update));
    }
    return lines;
}

}  // namespace

TEST_CASE("the same inputs give the same updates, byte for byte", "[monitor]") {
    for (const unsigned seed : tests::seeds(20)) {
        INFO("HEADMON_SEED=" << seed);
        const auto first = updates_of_storm(seed);
        // Else the storm does not reach what it is to try.
        REQUIRE(first.size() > 300);
        CHECK(first == updates_of_storm(seed));
    }
}
