#include "monitor/node/buffering_detector.hpp"

#include <catch2/catch.hpp>

#include "chain/slot.hpp"

using chain::Slot;
using monitor::BufferingDetector;

namespace {

std::optional<bool> read(BufferingDetector& proxy, std::initializer_list<std::uint64_t> slots,
                         bool had_comment = false) {
    std::vector<Slot> heads;
    for (const std::uint64_t slot : slots) {
        heads.push_back(Slot{slot});
    }
    return proxy.read(heads, had_comment);
}

}  // namespace

TEST_CASE("heads that come one by one raise no doubt", "[monitor]") {
    BufferingDetector proxy;
    for (std::uint64_t slot = 0; slot < 100; ++slot) {
        CHECK_FALSE(read(proxy, {slot}));
    }
    CHECK_FALSE(proxy.is_buffered());
}

TEST_CASE("three live slots in one read, or two in each of two, are buffered", "[monitor]") {
    BufferingDetector three;
    CHECK((read(three, {10, 11, 12}) == true));
    BufferingDetector twice;
    CHECK_FALSE(read(twice, {10, 11}));
    CHECK_FALSE(read(twice, {12}));
    CHECK((read(twice, {13, 14}) == true));
    CHECK(twice.is_buffered());
    CHECK_FALSE(read(twice, {15, 16, 17}));
}

TEST_CASE("one head twice in a read, as with its payload, is one slot", "[monitor]") {
    BufferingDetector proxy;
    for (std::uint64_t slot = 0; slot < 100; ++slot) {
        CHECK_FALSE(read(proxy, {slot, slot}));
    }
}

TEST_CASE("the heads of a reorg come at once by themselves", "[monitor]") {
    BufferingDetector proxy;
    for (int i = 0; i < 10; ++i) {
        CHECK_FALSE(read(proxy, {61, 55, 56, 58, 59, 60, 62}));
    }
}

TEST_CASE("heads that come with keep-alives three times in a row are buffered", "[monitor]") {
    BufferingDetector proxy;
    CHECK_FALSE(read(proxy, {1}, true));
    CHECK_FALSE(read(proxy, {2}, true));
    CHECK_FALSE(read(proxy, {3}));
    CHECK_FALSE(read(proxy, {4}, true));
    CHECK_FALSE(read(proxy, {5}, true));
    CHECK((read(proxy, {6}, true) == true));
    CHECK_FALSE(read(proxy, {7}));
    CHECK(proxy.is_buffered());
}

TEST_CASE("a keep-alive without a head says nothing", "[monitor]") {
    BufferingDetector proxy;
    CHECK_FALSE(read(proxy, {1}, true));
    CHECK_FALSE(read(proxy, {2}, true));
    for (int i = 0; i < 10; ++i) {
        CHECK_FALSE(read(proxy, {}, true));
    }
    CHECK_FALSE(proxy.is_buffered());
}

TEST_CASE("eight heads in a row that came alone end the doubt, and all that led to it",
          "[monitor]") {
    BufferingDetector proxy;
    REQUIRE(read(proxy, {1, 2, 3}));
    for (std::uint64_t slot = 4; slot < 11; ++slot) {
        CHECK_FALSE(read(proxy, {slot}));
    }
    // Three in a row with keep-alives start the count anew.
    for (std::uint64_t slot = 11; slot < 14; ++slot) {
        CHECK_FALSE(read(proxy, {slot}, true));
    }
    for (std::uint64_t slot = 14; slot < 21; ++slot) {
        CHECK_FALSE(read(proxy, {slot}));
        CHECK(proxy.is_buffered());
    }
    CHECK((read(proxy, {21}) == false));
    CHECK_FALSE(proxy.is_buffered());
    CHECK_FALSE(read(proxy, {22, 23}));
}

TEST_CASE("a head that meets a keep-alive by chance neither ends the doubt nor prolongs it",
          "[monitor]") {
    BufferingDetector proxy;
    REQUIRE(read(proxy, {1, 2, 3}));
    for (std::uint64_t slot = 4; slot < 11; ++slot) {
        CHECK_FALSE(read(proxy, {slot}));
        CHECK_FALSE(read(proxy, {100 + slot}, true));
    }
    CHECK((read(proxy, {11}) == false));
}

TEST_CASE("a new stream counts anew and keeps the doubt", "[monitor]") {
    BufferingDetector proxy;
    CHECK_FALSE(read(proxy, {1, 2}));
    proxy.opening();
    CHECK_FALSE(read(proxy, {3, 4}));
    CHECK((read(proxy, {5, 6}) == true));
    proxy.opening();
    CHECK(proxy.is_buffered());
}
