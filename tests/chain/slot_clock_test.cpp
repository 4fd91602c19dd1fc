#include "chain/slot_clock.hpp"

#include <limits>

#include <catch2/catch.hpp>

#include "chain/network.hpp"
#include "chain/slot.hpp"

namespace {

using namespace std::chrono_literals;
using base::Duration;
using base::WallTime;
using chain::Slot;
using chain::SlotClock;

constexpr Slot kLastSlot{std::numeric_limits<std::uint64_t>::max()};

WallTime at(std::chrono::nanoseconds since_1970) {
    return WallTime{since_1970};
}

}  // namespace

TEST_CASE("a slot begins with its first nanosecond and ends before the next", "[beacon_api]") {
    const SlotClock clock{at(1000s), 12s};
    CHECK((clock.slot_at(at(1000s)) == Slot{0}));
    CHECK((clock.slot_at(at(1012s) - 1ns) == Slot{0}));
    CHECK((clock.slot_at(at(1012s)) == Slot{1}));
    CHECK((clock.slot_at(at(2200s)) == Slot{100}));
    CHECK((clock.start_of(Slot{100}) == at(2200s)));
    CHECK((clock.genesis() == at(1000s)));
    CHECK((clock.slot_duration() == 12s));
}

TEST_CASE("before genesis there is no slot, but delays can be told", "[beacon_api]") {
    const SlotClock clock{at(1000s), 12s};
    CHECK((clock.slot_at(at(1000s) - 1ns) == std::nullopt));
    CHECK((clock.slot_at(at(0s)) == std::nullopt));
    CHECK((clock.delay_into(Slot{0}, at(990s)) == -10s));
    CHECK((clock.delay_into(Slot{1}, at(990s)) == -22s));
}

TEST_CASE("the delay of a moment before its slot is negative", "[beacon_api]") {
    const SlotClock clock{at(1000s), 12s};
    CHECK((clock.delay_into(Slot{1}, at(1011s + 999ms)) == -1ms));
    CHECK((clock.delay_into(Slot{1}, at(1012s)) == 0ns));
    CHECK((clock.delay_into(Slot{1}, at(1014s)) == 2s));
    CHECK((clock.delay_into(Slot{0}, at(1014s)) == 14s));
}

TEST_CASE("slots shorter than a second work like long ones", "[beacon_api]") {
    const SlotClock clock{at(1000s), 250ms};
    CHECK((clock.slot_at(at(1000s + 249ms)) == Slot{0}));
    CHECK((clock.slot_at(at(1001s)) == Slot{4}));
    CHECK((clock.start_of(Slot{5}) == at(1001s + 250ms)));
    CHECK((clock.delay_into(Slot{5}, at(1001s + 300ms)) == 50ms));
}

TEST_CASE("a slot number beyond all time saturates instead of wrapping", "[beacon_api]") {
    for (const auto& clock : {SlotClock{at(1000s), 12s}, SlotClock{at(0s), 1ms},
                              SlotClock{at(4'102'444'800s), 1h}, SlotClock{at(-1000s), 12s}}) {
        CHECK((clock.start_of(kLastSlot) == WallTime::max()));
        CHECK((clock.delay_into(kLastSlot, at(2000s)) == Duration::min()));
        CHECK((clock.start_of(Slot{1ULL << 63U}) == WallTime::max()));
    }
}

TEST_CASE("moments at the ends of time saturate too", "[beacon_api]") {
    const SlotClock late{at(4'102'444'800s), 12s};
    CHECK((late.delay_into(Slot{0}, WallTime::min()) == Duration::min()));
    const SlotClock early{WallTime::min(), 1ms};
    CHECK((early.delay_into(Slot{0}, WallTime::max()) == Duration::max()));
    CHECK((early.slot_at(WallTime::max()) == Slot{18'446'744'073'709}));
    CHECK((early.slot_at(WallTime::min()) == Slot{0}));
    CHECK((late.slot_at(WallTime::max()) == Slot{(9'223'372'036 - 4'102'444'800) / 12}));
}

TEST_CASE("the public networks are known by name, by root and by slot time", "[beacon_api]") {
    const auto is = [](std::string_view name, std::chrono::seconds genesis,
                       std::chrono::milliseconds slot) {
        const chain::Network* const found = chain::find_network(name);
        return found != nullptr && found->clock == SlotClock{at(genesis), slot} &&
               chain::find_network(found->genesis_validators_root) == found &&
               chain::find_network(found->clock) == found &&
               chain::network_name(found->genesis_validators_root) == name;
    };
    CHECK(is("mainnet", 1606824023s, 12s));
    CHECK(is("sepolia", 1655733600s, 12s));
    CHECK(is("hoodi", 1742213400s, 12s));
    CHECK(is("gnosis", 1638993340s, 5s));
    for (const auto* const name : {"", "Mainnet", "mainnet ", "minimal", "auto"}) {
        CHECK(chain::find_network(std::string_view{name}) == nullptr);
    }
    CHECK(chain::find_network(chain::Root{}) == nullptr);
    CHECK(chain::network_name(chain::Root{}) == "0x00000000");
    CHECK(chain::find_network(SlotClock{at(1606824023s), 6s}) == nullptr);
}

TEST_CASE("a slot of mainnet that everybody knows has its time", "[beacon_api]") {
    // The merge: slot 4700013, 2022-09-15 06:42:59 UTC.
    const chain::Network* const mainnet = chain::find_network("mainnet");
    REQUIRE(mainnet != nullptr);
    CHECK((mainnet->clock.start_of(Slot{4'700'013}) == at(1'663'224'179s)));
}
