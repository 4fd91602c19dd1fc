#include "monitor/node_access.hpp"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;

namespace {

base::Result<monitor::ChainIdentity> identity(base::WallTime genesis,
                                              std::chrono::milliseconds slot) {
    chain::Spec spec;
    spec.slot_duration = slot;
    return monitor::make_identity(beacon_api::Genesis{genesis, chain::Root{}}, spec);
}

constexpr base::WallTime kYear2100{std::chrono::sys_days{std::chrono::year{2100} / 1 / 1}};

}  // namespace

TEST_CASE("genesis and spec name a chain", "[monitor]") {
    const auto chain = identity(base::WallTime{1'606'824'023s}, 12s);
    REQUIRE(chain.has_value());
    CHECK((chain->genesis_time == base::WallTime{1'606'824'023s}));
    CHECK((chain->slot_duration == 12s));
}

TEST_CASE("a slot or a genesis that no chain has names none", "[monitor]") {
    const auto problem = [](base::WallTime genesis, std::chrono::milliseconds slot) {
        const auto chain = identity(genesis, slot);
        if (!chain) {
            CHECK((chain.error().code == base::ErrorCode::kOutOfRange));
        }
        return chain ? "" : chain.error().detail;
    };
    CHECK(problem(base::WallTime{}, 50ms).empty());
    CHECK(problem(base::WallTime{}, 49ms) == "slot duration");
    CHECK(problem(kYear2100, 15min).empty());
    CHECK(problem(kYear2100, 15min + 1ms) == "slot duration");
    CHECK(problem(kYear2100 + 1s, 12s) == "genesis_time");
    CHECK(problem(base::WallTime{-1s}, 12s) == "genesis_time");
}
