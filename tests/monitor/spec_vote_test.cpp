#include "monitor/spec_vote.hpp"

#include <catch2/catch.hpp>

#include "chain/slot.hpp"
#include "chain/spec.hpp"

namespace spec_vote_test {

using chain::Spec;
using monitor::vote;
using namespace std::chrono_literals;

namespace {

Spec spec(std::optional<std::uint64_t> due, std::optional<std::uint64_t> gloas_due = {},
          std::optional<std::uint64_t> gloas_epoch = {}) {
    Spec made;
    made.slot_duration = 12s;
    made.attestation_due_bps = due;
    made.attestation_due_bps_gloas = gloas_due;
    if (gloas_epoch) {
        made.gloas_fork_epoch = chain::Epoch{*gloas_epoch};
    }
    return made;
}

}  // namespace

TEST_CASE("without specs there is none", "[monitor]") {
    CHECK_FALSE(vote({}).has_value());
}

TEST_CASE("what an older node leaves out is what newer ones say", "[monitor]") {
    for (const auto& specs : {std::vector{spec(3333), spec(3333, 2500, 100)},
                              std::vector{spec({}), spec({}), spec(3333, 2500, 100)}}) {
        const auto whole = vote(specs);
        REQUIRE(whole.has_value());
        CHECK((*whole == spec(3333, 2500, 100)));
    }
}

TEST_CASE("one node does not move the deadline of most, and the first one wins a tie",
          "[monitor]") {
    CHECK((vote({spec(1), spec(3333), spec(3333)})->attestation_due_bps == 3333U));
    CHECK((vote({spec(3333), spec(1)})->attestation_due_bps == 3333U));
}

TEST_CASE("a deadline of nothing is none", "[monitor]") {
    CHECK_FALSE(vote({spec(0, 0)})->attestation_due_bps.has_value());
    CHECK_FALSE(vote({spec(0, 0)})->attestation_due_bps_gloas.has_value());
    CHECK((vote({spec(0), spec(0), spec(3333)})->attestation_due_bps == 3333U));
}

}  // namespace spec_vote_test
