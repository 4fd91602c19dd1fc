// Random list changes and streams through the driver. The seed of a failure is printed; give it
// back in HEADMON_SEED to run that one alone.
#include <chrono>
#include <set>
#include <string>

#include <catch2/catch.hpp>

#include "tests/monitor/random.hpp"
#include "tests/monitor/service_fixture.hpp"
#include "updates/broadcast.hpp"

using tests::Random;
using tests::seeds;
using namespace std::chrono_literals;

namespace {

/// One thing that a stream may do, for one of the streams that were opened.
void random_stream_event(tests::ServiceFixture& f, Random& random) {
    const auto& opening =
        f.nodes.openings[random.below(static_cast<unsigned>(f.nodes.openings.size()))];
    if (!opening->is_live) {
        return;
    }
    switch (random.below(4)) {
        case 0:
            opening->listener->on_connected();
            break;
        case 1:
            opening->listener->on_open();
            break;
        case 2:
            f.nodes.end(opening->name);
            break;
        default:
            opening->listener->on_bytes("", f.clock.instant());
    }
}

std::set<std::string> live_streams(const tests::ServiceFixture& f) {
    std::set<std::string> live;
    for (const auto& opening : f.nodes.openings) {
        if (opening->is_live) {
            live.insert(opening->name);
        }
    }
    return live;
}

}  // namespace

TEST_CASE("random schedules lose no list change and open no stream twice", "[monitor]") {
    for (const unsigned seed : seeds(150)) {
        INFO("HEADMON_SEED=" << seed);
        Random random{seed};
        tests::ServiceFixture f;
        std::set<std::string> in_force;
        const auto change = [&] {
            in_force.clear();
            for (const char* name : {"a", "b", "c", "d"}) {
                if (random.one_in(2)) {
                    in_force.insert(name);
                }
            }
            in_force.insert("z");
            f.put({in_force.begin(), in_force.end()});
        };
        // Now and then the list changes just while an update is delivered.
        const auto changing = f.broadcast.listen([&](const updates::Message&) {
            if (random.one_in(400)) {
                change();
            }
        });
        change();
        f.start();
        for (int i = 0; i < 120; ++i) {
            if (random.one_in(10)) {
                change();
            }
            random_stream_event(f, random);
            f.advance(std::chrono::milliseconds{random.below(3000)});
            for (const char* name : {"a", "b", "c", "d", "z"}) {
                (void)f.nodes.find(name);  // throws when there are two
            }
        }
        // Two ticks without a change: long enough for every wait.
        std::set<std::string> before;
        while (before != in_force) {
            before = in_force;
            f.advance(26s);
        }
        CHECK(live_streams(f) == in_force);
        CHECK(f.published<updates::StreamEnded>().size() + f.nodes.live() ==
              f.nodes.openings.size());
    }
}
