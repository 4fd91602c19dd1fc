#include "fleet/memory_source.hpp"

#include <catch2/catch.hpp>

#include "tests/fleet/fleet_fixture.hpp"

using namespace std::chrono_literals;

namespace memory_source_test {

using fleet::MemorySource;
using tests::Fleet;

std::vector<std::uint64_t> sequences(const fleet::Entries& entries) {
    std::vector<std::uint64_t> all;
    for (const fleet::Entry& entry : entries.entries) {
        all.push_back(entry.sequence);
    }
    return all;
}

TEST_CASE("updates wait in memory until they are acknowledged", "[fleet]") {
    Fleet world;
    MemorySource source{world.loop.get_executor(), world.broadcast, 9};
    world.publish(updates::RunStarted{{updates::NodeId{"alpha"}}});
    world.publish(updates::StreamOpened{updates::NodeId{"alpha"}});
    world.publish(updates::CycleFailed{});
    auto first = world.take(source, 0);
    CHECK(first.origin == 9);
    CHECK(first.newest == 3);
    CHECK(sequences(first) == std::vector<std::uint64_t>{1, 2, 3});
    CHECK(first.entries[1].kind == "stream_opened");
    CHECK(first.entries[1].node == "alpha");
    CHECK(first.entries[1].body.find("\"update\":\"stream_opened\"") != std::string::npos);
    CHECK(first.entries[2].node == std::nullopt);
    CHECK(sequences(world.take(source, 1)) == std::vector<std::uint64_t>{2, 3});
    CHECK(sequences(world.take(source, 0, {.entries = 2})) == std::vector<std::uint64_t>{1, 2});
    CHECK(sequences(world.take(source, 0, {.bytes = 1})) == std::vector<std::uint64_t>{1});

    source.acknowledge({9, 2});
    CHECK(sequences(world.take(source, 0)) == std::vector<std::uint64_t>{3});
    CHECK(world.begin(source).published.sequence == 2);
    CHECK(world.begin(source).newest == 3);
}

TEST_CASE("who asks for what there is not yet waits for it", "[fleet]") {
    Fleet world;
    MemorySource source{world.loop.get_executor(), world.broadcast, 9};
    world.publish(updates::CycleFailed{});
    std::optional<fleet::Entries> found;
    const auto take = [&]() -> base::Task<void> { found = (co_await source.next(1, {})).value(); };
    tests::Started taking{world.loop, take()};
    world.clock.advance(1h);
    CHECK_FALSE(found);
    world.publish(updates::CycleFailed{});
    REQUIRE(found);
    CHECK(sequences(*found) == std::vector<std::uint64_t>{2});
}

TEST_CASE("what does not fit into memory goes, the oldest first", "[fleet]") {
    Fleet world;
    MemorySource few{world.loop.get_executor(), world.broadcast, 9, {.entries = 3}};
    MemorySource small{world.loop.get_executor(), world.broadcast, 9, {.bytes = 1}};
    for (int i = 0; i < 5; ++i) {
        world.publish(updates::CycleFailed{});
    }
    CHECK(sequences(world.take(few, 0)) == std::vector<std::uint64_t>{3, 4, 5});
    CHECK(sequences(world.take(small, 0)) == std::vector<std::uint64_t>{5});
}

TEST_CASE("a status in which nothing changed but times is not sent again", "[fleet]") {
    Fleet world;
    MemorySource source{world.loop.get_executor(), world.broadcast, 9};
    updates::NodeStatus status{updates::NodeId{"alpha"}};
    world.publish(status);
    status.last_byte = world.clock.instant();
    world.publish(status);
    CHECK(world.take(source, 0).newest == 1);
    status.is_behind = true;
    world.publish(status);
    CHECK(world.take(source, 0).newest == 2);
}

}  // namespace memory_source_test
