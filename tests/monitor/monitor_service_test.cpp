#include "monitor/monitor_service.hpp"

#include <catch2/catch.hpp>

#include "tests/monitor/service_fixture.hpp"
#include "updates/broadcast.hpp"
#include "updates/node_status.hpp"

using tests::ServiceFixture;
using updates::RunEndReason;
using namespace std::chrono_literals;

TEST_CASE("what the kernel knows of the clock comes from the clock that the monitor is given",
          "[monitor]") {
    for (const auto& kernel : {std::optional<base::KernelClock>{},
                               {base::KernelClock{false}},
                               {base::KernelClock{true}}}) {
        ServiceFixture f;
        f.clock.set_kernel_clock(kernel);
        f.put({"alpha"});
        f.start();
        // A second before its slot begins, which makes an estimate.
        f.open_with_head("alpha");
        f.advance(12s);
        REQUIRE(f.broadcast.snapshot().clock.has_value());
        const auto known = f.broadcast.snapshot().clock->kernel_synchronised;
        REQUIRE(known.has_value() == kernel.has_value());
        CHECK((!known || *known == kernel->is_synchronised));
    }
}

TEST_CASE("a head goes from a stream to the broadcast", "[monitor]") {
    ServiceFixture f;
    f.put({"alpha", "beta"});
    f.start();
    REQUIRE(f.nodes.openings.size() == 2);
    CHECK(f.nodes.openings[0]->topics == "head_v2,block,chain_reorg,finalized_checkpoint");
    f.advance(1s);
    f.open_with_head("beta");
    REQUIRE(f.published<updates::NodeHead>().size() == 1);
    CHECK(f.published<updates::NodeHead>()[0].node.name() == "beta");
    CHECK(f.published<updates::BestHead>().size() == 1);
    CHECK(f.broadcast.snapshot().best.has_value());
}

TEST_CASE("a stream may be closed from inside its own event", "[monitor]") {
    ServiceFixture f;
    f.put({"alpha", "beta"});
    f.start();
    auto* opening = f.nodes.find("alpha");
    opening->event("error", "overloaded", f.clock.instant());
    CHECK_FALSE(f.nodes.find("alpha"));
    CHECK(f.nodes.find("beta"));
    REQUIRE(f.published<updates::StreamEnded>().size() == 1);
    CHECK(f.published<updates::StreamEnded>()[0].detail == "overloaded");
    f.advance(12s);
    CHECK(f.nodes.openings.size() == 3);
}

TEST_CASE("closing the broadcast ends the run, and everyone reads how", "[monitor]") {
    ServiceFixture f;
    const auto queue = f.broadcast.subscribe(100);
    f.put({"alpha"});
    f.start();
    f.open_with_head("alpha");
    SECTION("from outside") {
        f.broadcast.close();
    }
    SECTION("from inside a listener") {
        const auto closing = f.broadcast.listen([&](const updates::Message& message) {
            const auto* update = std::get_if<std::shared_ptr<const updates::Update>>(&message);
            if (update != nullptr && std::holds_alternative<updates::NodeStatus>((*update)->fact)) {
                f.broadcast.close();
            }
        });
        f.advance(12s);
    }
    SECTION("between two runs") {
        f.put({"beta"});
        f.settle();
        f.broadcast.close();
    }
    f.settle();
    REQUIRE(f.notices.size() == 1);
    CHECK(supervisor::reason(f.notices[0].end, f.notices[0].detail) == "completed");
    CHECK(f.nodes.live() == 0);
    CHECK(std::holds_alternative<updates::RunEnded>(f.recorder.all().back().fact));
    std::optional<updates::Message> last;
    auto read = [&]() -> base::Task<void> {
        while (auto message = co_await queue->next()) {
            last = std::move(message);
        }
    };
    boost::asio::co_spawn(f.loop, read(), [](const std::exception_ptr&) {});
    f.settle();
    REQUIRE(last.has_value());
    CHECK(std::holds_alternative<updates::RunEnded>(
        std::get<std::shared_ptr<const updates::Update>>(*last)->fact));
}

TEST_CASE("closing the broadcast while a run starts leaves no stream behind", "[monitor]") {
    ServiceFixture f;
    const auto closing = f.broadcast.listen([&](const updates::Message& message) {
        if (std::holds_alternative<std::shared_ptr<const updates::Update>>(message)) {
            f.broadcast.close();
        }
    });
    f.put({"alpha", "beta"});
    f.start();
    CHECK(f.nodes.live() == 0);
    CHECK(f.published<updates::StreamEnded>().size() == f.nodes.openings.size());
    CHECK(std::holds_alternative<updates::RunEnded>(f.recorder.all().back().fact));
    CHECK(f.notices.size() == 1);
}

TEST_CASE("over a closed broadcast no run starts, and nothing wakes", "[monitor]") {
    ServiceFixture f;
    f.put({"alpha"});
    f.start();
    f.broadcast.close();
    f.advance(100ms);
    const auto wake_ups = f.clock.wake_ups();
    f.advance(1h);
    CHECK(f.published<updates::RunStarted>().size() == 1);
    CHECK(f.notices.size() == 1);
    CHECK(f.clock.wake_ups() == wake_ups);
}

TEST_CASE("having no subscriber ends nothing", "[monitor]") {
    boost::asio::io_context loop;
    tests::ManualClock clock{loop};
    tests::FakeNodes nodes{clock};
    monitor::CandidateList candidates{loop.get_executor()};
    updates::Broadcast broadcast{loop.get_executor()};
    monitor::MonitorContext context{loop.get_executor(), clock, nodes, candidates, broadcast, {}};
    monitor::RunState runs{context.options, clock.instant()};
    monitor::MonitorService service{context, runs};
    REQUIRE(candidates.replace({tests::candidate("alpha")}).has_value());
    bool ended = false;
    boost::asio::co_spawn(loop, service.run(), [&](const std::exception_ptr&) { ended = true; });
    clock.advance(1h);
    CHECK_FALSE(ended);
    CHECK(nodes.live() == 1);
    broadcast.close();
    clock.advance(1s);
    CHECK(ended);
}

TEST_CASE("a cancelled service ends its run and waits for its questions", "[monitor]") {
    ServiceFixture f;
    f.put({"alpha"});
    f.start();
    f.nodes.find("alpha")->listener->on_connected();
    f.settle();
    f.cancel();
    CHECK(f.ended);
    REQUIRE(f.notices.size() == 1);
    CHECK(supervisor::reason(f.notices[0].end, f.notices[0].detail) == "cancelled");
    CHECK(f.nodes.live() == 0);
    CHECK(f.published<updates::RunEnded>()[0].reason == RunEndReason::kClosed);
}

TEST_CASE("with an empty list the service waits for one", "[monitor]") {
    ServiceFixture f;
    f.start();
    f.advance(60s);
    CHECK(f.recorder.all().empty());
    CHECK(f.clock.wake_ups() == 0);
    f.put({"alpha"});
    f.settle();
    CHECK(f.nodes.live() == 1);
}

TEST_CASE("a connection has a quarter slot, at most 3 s and at least 250 ms", "[monitor]") {
    const auto [slot, limit] = GENERATE(table<std::chrono::milliseconds, std::chrono::milliseconds>(
        {{12s, 3s}, {60s, 3s}, {6s, 1500ms}, {400ms, 250ms}}));
    monitor::MonitorOptions options;
    options.slot_time = updates::SlotTime{chain::SlotClock{base::WallTime{}, slot},
                                          updates::SlotTimeSource::kPreset, std::nullopt};
    ServiceFixture f{options};
    f.put({"alpha"});
    f.start();
    CHECK((f.nodes.openings[0]->options.connect_timeout == limit));
}

TEST_CASE("with all streams quiet nothing wakes but ticks and slots", "[monitor]") {
    ServiceFixture f;
    f.nodes.chain = chain::SlotClock{f.clock.wall_now() - 7 * 12s, 12s};
    f.put({"a", "b", "c", "d", "e", "f", "g", "h"});
    f.start();
    for (const char* name : {"a", "b", "c", "d", "e", "f", "g", "h"}) {
        f.open_with_head(name);
    }
    f.advance(12s);
    const auto wake_ups = f.clock.wake_ups();
    f.advance(100 * 12s);
    CHECK(f.clock.wake_ups() - wake_ups == 200);
}

TEST_CASE("a clock that is stepped brings the ticks back into phase", "[monitor]") {
    monitor::MonitorOptions options;
    options.slot_time =
        updates::SlotTime{chain::SlotClock{base::WallTime{std::chrono::seconds{1767225600}}, 12s},
                          updates::SlotTimeSource::kPreset, std::nullopt};
    ServiceFixture f{options};
    f.put({"alpha"});
    f.start();
    f.advance(11s);
    f.clock.step_wall(5s);
    f.advance(24s);
    const auto before = f.published<updates::NodeStatus>().size();
    const auto into = (f.clock.wall_now() - options.slot_time->clock.genesis()) % 12s;
    // To the moment ahead of the next 11/12 of a slot.
    f.advance((11s - into + 12s) % 12s - 1ms);
    const auto ahead = f.published<updates::NodeStatus>().size();
    f.advance(1ms);
    CHECK(f.published<updates::NodeStatus>().size() == ahead + 1);
    CHECK(ahead == before);
}

TEST_CASE("what a run has learned is known to the next", "[monitor]") {
    ServiceFixture f;
    f.put({"alpha"});
    f.start();
    f.open_with_head("alpha");
    f.advance(1s);
    f.nodes.answer_time = 1s;
    f.put({"alpha", "beta"});
    f.advance(100ms);
    CHECK(f.published<updates::RunStarted>().size() == 2);
    CHECK(f.published<updates::NodeStatus>().end()[-2].version == "Fake/alpha");
    f.open_with_head("alpha");
    CHECK(f.published<updates::BestHead>().size() == 1);
}

TEST_CASE("a run is well while ticks come, whatever becomes of heads", "[monitor]") {
    ServiceFixture f;
    CHECK(f.runs.find_problem(f.clock.now()).empty());
    f.put({"alpha"});
    f.start();
    f.advance(1h);
    CHECK(f.runs.find_problem(f.clock.now()).empty());
    SECTION("without ticks for two slots it is not") {
        f.clock.skip(24s);
        CHECK(f.runs.find_problem(f.clock.now()).empty());
        f.clock.skip(1s);
        CHECK(f.runs.find_problem(f.clock.now()) == "no tick for 25.0 s");
        f.settle();
        CHECK(f.runs.find_problem(f.clock.now()).empty());
    }
    SECTION("between two runs nothing is amiss") {
        f.put({"beta"});
        f.settle();
        f.clock.skip(1h);
        CHECK(f.runs.find_problem(f.clock.now()).empty());
    }
}

TEST_CASE("in short slots a run may be without ticks for 5 s", "[monitor]") {
    monitor::MonitorOptions options;
    options.slot_time = updates::SlotTime{chain::SlotClock{base::WallTime{}, 400ms},
                                          updates::SlotTimeSource::kPreset, std::nullopt};
    ServiceFixture f{options};
    f.put({"alpha"});
    f.start();
    f.clock.skip(5s);
    CHECK(f.runs.find_problem(f.clock.now()).empty());
    f.clock.skip(1ms);
    CHECK_FALSE(f.runs.find_problem(f.clock.now()).empty());
}
