#include <vector>

#include "tests/history/gated_database.hpp"

using namespace tests;

namespace permits_test {

using Acquired = Spawned<history::Result<history::Permits::Permit>>;

struct SetUp {
    [[nodiscard]] Acquired acquire() {
        Acquired one{loop, permits.acquire()};
        clock.advance(0s);
        return one;
    }
    [[nodiscard]] Acquired acquire_all() {
        Acquired all{loop, permits.acquire_all()};
        clock.advance(0s);
        return all;
    }
    /// The permit goes back.
    void drop(Acquired& acquired) {
        acquired.value().reset();
        clock.advance(0s);
    }

    boost::asio::io_context loop;
    ManualClock clock{loop};
    history::Permits permits{loop.get_executor(), 2};
};

}  // namespace permits_test

using PermitSteps = permits_test::SetUp;

TEST_CASE("a permit that is out is not given twice", "[history]") {
    PermitSteps steps;
    auto one = steps.acquire();
    auto two = steps.acquire();
    auto three = steps.acquire();
    CHECK(one.is_good());
    CHECK(two.is_good());
    CHECK_FALSE(three.is_over());
    steps.drop(one);
    CHECK(three.is_good());
    CHECK(steps.permits.free() == 0);
    steps.drop(two);
    steps.drop(three);
    CHECK(steps.permits.free() == 2);
}

TEST_CASE("who wants all permits waits for all, and is not overtaken", "[history]") {
    PermitSteps steps;
    auto one = steps.acquire();
    auto all = steps.acquire_all();
    // One permit is free, and whoever takes it comes later.
    auto later = steps.acquire();
    CHECK_FALSE(all.is_over());
    CHECK_FALSE(later.is_over());
    steps.drop(one);
    CHECK(all.is_good());
    CHECK_FALSE(later.is_over());
    steps.drop(all);
    CHECK(later.is_good());
}

TEST_CASE("a waiter that is cancelled holds up nobody, and takes nothing with it", "[history]") {
    PermitSteps steps;
    auto one = steps.acquire();
    auto all = steps.acquire_all();
    auto later = steps.acquire();
    all.cancel();
    steps.clock.advance(0s);
    CHECK(all.is_cancelled());
    CHECK(later.is_good());
    // Cancelled in the moment in which it is given its permits.
    auto again = steps.acquire_all();
    again.cancel();
    one.value().reset();
    later.value().reset();
    steps.clock.advance(0s);
    CHECK(again.is_cancelled());
    CHECK(steps.permits.free() == 2);
    CHECK(steps.permits.waiting() == 0);
}

TEST_CASE("closing answers all who wait, and who comes, and leaves permits that are out good",
          "[history]") {
    PermitSteps steps;
    auto one = steps.acquire();
    auto all = steps.acquire_all();
    auto later = steps.acquire();
    steps.permits.close();
    steps.clock.advance(0s);
    CHECK(all.failure() == ErrorCode::kClosed);
    CHECK(later.failure() == ErrorCode::kClosed);
    CHECK(steps.acquire().failure() == ErrorCode::kClosed);
    steps.drop(one);
    CHECK(steps.permits.free() == 2);
    steps.permits.open();
    CHECK(steps.acquire_all().is_good());
}
