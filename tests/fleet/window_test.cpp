#include "fleet/window.hpp"

#include <algorithm>
#include <random>
#include <vector>

#include <catch2/catch.hpp>

using namespace std::chrono_literals;

namespace window_test {

constexpr base::MonoTime kBegin{1h};

TEST_CASE("a window is full by messages or by bytes, and has room again", "[fleet]") {
    fleet::Window window{{.messages = 3, .bytes = 100}, 7};
    CHECK(window.has_room());
    CHECK(window.last_sent() == 7);
    window.sent(8, 10, kBegin);
    window.sent(9, 10, kBegin);
    CHECK(window.messages_free() == 1);
    CHECK(window.bytes_free() == 80);
    window.sent(10, 10, kBegin);
    CHECK_FALSE(window.has_room());
    CHECK(window.acknowledge(8));
    CHECK(window.has_room());
    // One that is larger than what is free has been sent all the same.
    window.sent(11, 200, kBegin);
    CHECK_FALSE(window.has_room());
    CHECK(window.bytes_free() == 0);
    CHECK(window.acknowledge(9));
    CHECK_FALSE(window.has_room());
}

TEST_CASE("what is acknowledged out of order waits for what is before it", "[fleet]") {
    fleet::Window window{{}, 0};
    for (std::uint64_t sequence = 1; sequence <= 4; ++sequence) {
        window.sent(sequence, 1, kBegin);
    }
    CHECK_FALSE(window.acknowledge(2));
    CHECK_FALSE(window.acknowledge(4));
    CHECK(window.acknowledged() == 0);
    CHECK(window.acknowledge(1));
    CHECK(window.acknowledged() == 2);
    CHECK(window.in_flight() == 2);
    CHECK(window.acknowledge(3));
    CHECK(window.acknowledged() == 4);
    CHECK(window.in_flight() == 0);
    // Of nothing that is on its way, or again.
    CHECK_FALSE(window.acknowledge(4));
    CHECK_FALSE(window.acknowledge(99));
    CHECK_FALSE(window.acknowledge(0));
    CHECK(window.acknowledged() == 4);
}

TEST_CASE("whatever the order, all that is acknowledged is with the broker", "[fleet]") {
    std::mt19937 random{5};
    for (int round = 0; round < 200; ++round) {
        fleet::Window window{{.messages = 50, .bytes = 10'000}, 0};
        std::vector<std::uint64_t> order;
        for (std::uint64_t sequence = 1; sequence <= 50; ++sequence) {
            window.sent(sequence, random() % 100, kBegin);
            order.push_back(sequence);
        }
        std::shuffle(order.begin(), order.end(), random);
        std::vector<bool> is_there(51, false);
        for (const std::uint64_t sequence : order) {
            (void)window.acknowledge(sequence);
            is_there[sequence] = true;
            const auto first_missing =
                std::find(is_there.begin() + 1, is_there.end(), false) - is_there.begin();
            REQUIRE(window.acknowledged() == static_cast<std::uint64_t>(first_missing) - 1);
        }
        REQUIRE(window.messages_free() == 50);
        REQUIRE(window.bytes_free() == 10'000);
    }
}

TEST_CASE("patience is with the oldest that is on its way", "[fleet]") {
    fleet::Window window{{.patience = 10s}, 0};
    CHECK(window.deadline() == base::MonoTime::max());
    window.sent(1, 1, kBegin);
    window.sent(2, 1, kBegin + 5s);
    CHECK(window.deadline() == kBegin + 10s);
    CHECK(window.acknowledge(1));
    CHECK(window.deadline() == kBegin + 15s);
    CHECK(window.acknowledge(2));
    CHECK(window.deadline() == base::MonoTime::max());
}

}  // namespace window_test
