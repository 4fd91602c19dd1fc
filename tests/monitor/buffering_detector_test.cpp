#include "monitor/node/buffering_detector.hpp"

#include <catch2/catch.hpp>

#include "chain/slot.hpp"

using namespace std::chrono_literals;
using chain::Slot;
using monitor::BufferingDetector;

namespace {

constexpr base::MonoTime kStart{1h};

chain::Root root(std::uint64_t slot) {
    chain::Root made;
    made.bytes[0] = static_cast<std::uint8_t>(slot);
    return made;
}

base::MonoTime at_slot(std::uint64_t slot) {
    return kStart + slot * 12s;
}

std::optional<bool> read(BufferingDetector& proxy, std::initializer_list<std::uint64_t> slots,
                         bool had_comment = false) {
    std::vector<BufferingDetector::Head> heads;
    for (const std::uint64_t slot : slots) {
        heads.push_back({Slot{slot}, root(slot), true});
    }
    return proxy.read(heads, had_comment, kStart);
}

/// A heap of the heads from `first` to `last` that comes a second into `now`.
std::optional<bool> heap(BufferingDetector& proxy, std::uint64_t first, std::uint64_t last,
                         std::uint64_t now) {
    std::vector<BufferingDetector::Head> heads;
    for (std::uint64_t slot = first; slot <= last; ++slot) {
        heads.push_back({Slot{slot}, root(slot), slot + 1 >= now});
    }
    return proxy.read(heads, false, at_slot(now) + 1s);
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

TEST_CASE("three slots in one heap that the node showed by REST meanwhile are buffered at once",
          "[monitor]") {
    BufferingDetector proxy;
    proxy.rest_head(root(10), at_slot(10) + 11s);
    proxy.rest_head(root(11), at_slot(11) + 11s);
    CHECK((heap(proxy, 10, 12, 12) == true));
}

TEST_CASE("without REST a heap that begins with old heads is told the second time", "[monitor]") {
    BufferingDetector proxy;
    CHECK_FALSE(heap(proxy, 10, 12, 12));
    CHECK((heap(proxy, 13, 15, 15) == true));
}

TEST_CASE("the heaps of a node that catches up are not", "[monitor]") {
    BufferingDetector node;
    for (std::uint64_t slot = 10; slot < 100; slot += 10) {
        CHECK_FALSE(heap(node, slot, slot + 9, 200));
    }
    // The last one reaches the clock; and it was held up once more later on.
    CHECK_FALSE(heap(node, 190, 200, 200));
    for (std::uint64_t slot = 201; slot < 209; ++slot) {
        CHECK_FALSE(heap(node, slot, slot, slot));
    }
    CHECK_FALSE(heap(node, 209, 212, 212));
}

TEST_CASE("heads that come alone, but long after the node showed them by REST, are buffered",
          "[monitor]") {
    BufferingDetector proxy;
    proxy.rest_head(root(10), at_slot(10) + 11s);
    // Two seconds are the way of things.
    CHECK_FALSE(heap(proxy, 10, 10, 11));
    proxy.rest_head(root(11), at_slot(11) + 2s);
    CHECK_FALSE(heap(proxy, 11, 11, 12));
    proxy.rest_head(root(12), at_slot(12) + 2s);
    CHECK((heap(proxy, 12, 12, 13) == true));
}

TEST_CASE("what REST showed is compared by the slot's length, and bounded", "[monitor]") {
    BufferingDetector proxy;
    proxy.set_slot_duration(3s);
    proxy.rest_head(root(1), kStart);
    for (std::uint8_t slot = 2; slot < 12; ++slot) {
        proxy.rest_head(root(slot), kStart);
    }
    std::vector<BufferingDetector::Head> heads{{Slot{1}, root(1), true}, {Slot{2}, root(2), true}};
    // Forgotten, so that it is only two heads at once.
    CHECK_FALSE(proxy.read(heads, false, kStart + 1s));
    heads = {{Slot{10}, root(10), true}, {Slot{11}, root(11), true}};
    CHECK((proxy.read(heads, false, kStart + 1s) == true));
}
