#include "cli/watch.hpp"

#include <catch2/catch.hpp>

TEST_CASE("watch ends with a head of its slot or a later one, or when the monitor gives up",
          "[cli]") {
    const base::Instant now{};
    cli::WatchArguments arguments;
    updates::BestHead best{updates::NodeId{"alpha"}, {}};
    best.head.slot = chain::Slot{10};
    const updates::Update head_10{best, now};
    const updates::Update gave_up{updates::RunEnded{updates::RunEndReason::kGaveUp, ""}, now};
    const updates::Update changed{updates::RunEnded{updates::RunEndReason::kListChanged, ""}, now};
    CHECK_FALSE(cli::find_exit_code(head_10, arguments));
    CHECK_FALSE(cli::find_exit_code(gave_up, arguments));
    arguments.exit_on_give_up = true;
    CHECK(cli::find_exit_code(gave_up, arguments) == 1);
    CHECK_FALSE(cli::find_exit_code(changed, arguments));
    arguments.until_slot = chain::Slot{11};
    CHECK_FALSE(cli::find_exit_code(head_10, arguments));
    arguments.until_slot = chain::Slot{10};
    CHECK(cli::find_exit_code(head_10, arguments) == 0);
    arguments.until_slot = chain::Slot{9};
    CHECK(cli::find_exit_code(head_10, arguments) == 0);
}
