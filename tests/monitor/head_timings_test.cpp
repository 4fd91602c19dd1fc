#include "monitor/slots/head_timings.hpp"

#include <catch2/catch.hpp>

#include "chain/spec.hpp"
#include "tests/monitor/chain_blocks.hpp"
#include "updates/chain_facts.hpp"

namespace head_timings_test {

using namespace std::chrono_literals;
using chain::attestation_deadline;
using chain::Epoch;
using chain::PayloadStatus;
using chain::Slot;
using chain::Spec;
using monitor::HeadTimings;
using tests::at;
using tests::head_of;
using updates::HeadSource;
using updates::HeadTimeliness;
using updates::NodeId;

namespace {

const updates::NodeId kAlpha{"alpha"};
const updates::NodeId kBeta{"beta"};

Spec gloas_spec() {
    Spec spec;
    spec.slot_duration = 12s;
    spec.slots_per_epoch = 32;
    spec.attestation_due_bps = 3300;
    spec.attestation_due_bps_gloas = 2500;
    spec.gloas_fork_epoch = Epoch{10};
    return spec;
}

HeadTimings times_of_chain() {
    HeadTimings times;
    times.set_slot_clock(tests::kChainClock);
    return times;
}

}  // namespace

TEST_CASE("the attestation deadline is that of the slot's fork", "[monitor]") {
    const Spec spec = gloas_spec();
    CHECK((attestation_deadline(Slot{319}, spec, 12s).after_start == 3960ms));
    CHECK((attestation_deadline(Slot{320}, spec, 12s).after_start == 3s));
    CHECK_FALSE(attestation_deadline(Slot{320}, spec, 12s).assumed);
    CHECK((attestation_deadline(Slot{320}, spec, 400ms).after_start == 100ms));
}

TEST_CASE("where no spec says so the deadline is 3333 basis points, and assumed", "[monitor]") {
    for (const auto& spec : {std::optional<Spec>{}, std::optional{Spec{}}}) {
        const auto deadline = attestation_deadline(Slot{5}, spec, 12s);
        CHECK((deadline.after_start == 3999600us));
        CHECK(deadline.assumed);
    }
    Spec silent = gloas_spec();
    silent.attestation_due_bps_gloas.reset();
    CHECK(attestation_deadline(Slot{320}, silent, 12s).assumed);
    CHECK_FALSE(attestation_deadline(Slot{319}, silent, 12s).assumed);
    // What a hostile spec says is no deadline.
    silent.attestation_due_bps = 10'001;
    CHECK(attestation_deadline(Slot{319}, silent, 12s).assumed);
    silent.slots_per_epoch = 0;
    CHECK(attestation_deadline(Slot{319}, silent, 12s).assumed);
}

TEST_CASE("a head's delay counts from its slot's start, and is late after the deadline",
          "[monitor]") {
    HeadTimings times = times_of_chain();
    times.set_spec(gloas_spec());
    const auto early = times.report(kAlpha, head_of(100), HeadSource::kStream, at(100, -200ms));
    CHECK((early.delay == -200ms));
    CHECK_FALSE(early.is_late());
    const auto on_time = times.report(kBeta, head_of(100), HeadSource::kStream, at(100, 3960ms));
    CHECK_FALSE(on_time.is_late());
    const auto late = times.report(kAlpha, head_of(101), HeadSource::kStream, at(101, 3961ms));
    CHECK(late.is_late());
    const auto next_slot = times.report(kBeta, head_of(101), HeadSource::kStream, at(102, 1s));
    CHECK((next_slot.timeliness == HeadTimeliness::kLive));
    CHECK((next_slot.delay == 13s));
}

TEST_CASE("without slot time a head has no delay and is never late", "[monitor]") {
    HeadTimings times;
    const auto timing = times.report(kAlpha, head_of(100), HeadSource::kStream, at(100, 9s));
    CHECK((timing.timeliness == HeadTimeliness::kLive));
    CHECK_FALSE(timing.delay);
    CHECK_FALSE(timing.is_late());
}

TEST_CASE("a head more than one slot older than the clock is too old to be timed", "[monitor]") {
    HeadTimings times = times_of_chain();
    const auto old = times.report(kAlpha, head_of(100), HeadSource::kStream, at(102));
    CHECK((old.timeliness == HeadTimeliness::kStale));
    CHECK_FALSE(old.delay);
    CHECK_FALSE(old.is_late());
}

TEST_CASE("a burst of ascending slots is catch-up until it has caught up, and not timed then",
          "[monitor]") {
    HeadTimings times = times_of_chain();
    // 85 slots in 2 s, the last of them the clock's own.
    HeadTimeliness age = HeadTimeliness::kLive;
    for (std::uint64_t i = 0; i < 85; ++i) {
        const auto timing = times.report(kAlpha, head_of(116 + i), HeadSource::kStream,
                                         at(200, 5s + static_cast<int>(i) * 23ms));
        CHECK_FALSE(timing.is_late());
        age = timing.timeliness;
        // 199 and 200 are where the node is now.
        CHECK((age == (i == 0 || i >= 83 ? HeadTimeliness::kStale : HeadTimeliness::kBackfill)));
        CHECK_FALSE(timing.delay);
    }
    // The next live head comes a slot later and is timed.
    const auto live = times.report(kAlpha, head_of(201), HeadSource::kStream, at(201, 1s));
    CHECK((live.timeliness == HeadTimeliness::kLive));
    CHECK((live.delay == 1s));
}

TEST_CASE("a head that comes in time is in time, whatever burst was in front of it", "[monitor]") {
    HeadTimings times = times_of_chain();
    times.set_spec(gloas_spec());
    // What a proxy has gathered, passed on with the newest head.
    CHECK((times.report(kAlpha, head_of(100), HeadSource::kStream, at(102, 3950ms)).timeliness ==
           HeadTimeliness::kStale));
    CHECK((times.report(kAlpha, head_of(101), HeadSource::kStream, at(102, 3951ms)).timeliness ==
           HeadTimeliness::kStale));
    const auto newest = times.report(kAlpha, head_of(102), HeadSource::kStream, at(102, 3952ms));
    CHECK((newest.timeliness == HeadTimeliness::kLive));
    CHECK((newest.delay == 3952ms));
    CHECK_FALSE(newest.is_late());
    // Right behind the deadline nobody knows when its node had it.
    CHECK((times.report(kBeta, head_of(100), HeadSource::kStream, at(102, 3959ms)).timeliness ==
           HeadTimeliness::kStale));
    CHECK((times.report(kBeta, head_of(102), HeadSource::kStream, at(102, 3961ms)).timeliness ==
           HeadTimeliness::kStale));
}

TEST_CASE("a reorg to lower slots is no burst", "[monitor]") {
    HeadTimings times = times_of_chain();
    (void)times.report(kAlpha, head_of(61), HeadSource::kStream, at(62, 1s));
    const auto back = times.report(kAlpha, head_of(55, 'b'), HeadSource::kStream, at(62, 1010ms));
    CHECK((back.timeliness == HeadTimeliness::kStale));
    CHECK((times.report(kAlpha, head_of(54, 'b'), HeadSource::kStream, at(62, 1020ms)).timeliness ==
           HeadTimeliness::kStale));
    // Two live heads in quick succession are none either.
    HeadTimings other = times_of_chain();
    (void)other.report(kAlpha, head_of(61), HeadSource::kStream, at(62, 100ms));
    CHECK((other.report(kAlpha, head_of(62), HeadSource::kStream, at(62, 200ms)).timeliness ==
           HeadTimeliness::kLive));
}

TEST_CASE("all heads of a node that is syncing are catch-up, polled ones too", "[monitor]") {
    HeadTimings times = times_of_chain();
    times.set_syncing(kAlpha, true);
    CHECK((times.report(kAlpha, head_of(100), HeadSource::kStream, at(100, 1s)).timeliness ==
           HeadTimeliness::kBackfill));
    CHECK((times.report(kAlpha, head_of(100), HeadSource::kPoll, at(100, 1s)).timeliness ==
           HeadTimeliness::kBackfill));
    times.set_syncing(kAlpha, false);
    CHECK((times.report(kAlpha, head_of(101), HeadSource::kStream, at(101, 1s)).timeliness ==
           HeadTimeliness::kLive));
}

TEST_CASE("a polled head is never timed, and takes nothing from the stream's", "[monitor]") {
    HeadTimings times = times_of_chain();
    const auto polled = times.report(kAlpha, head_of(100), HeadSource::kPoll, at(100, 1s));
    CHECK((polled.timeliness == HeadTimeliness::kPolled));
    CHECK_FALSE(polled.delay);
    const auto streamed = times.report(kAlpha, head_of(100), HeadSource::kStream, at(100, 2s));
    CHECK_FALSE(streamed.is_repeat);
    CHECK((streamed.delay == 2s));
}

TEST_CASE("a node that repeats its head says no news", "[monitor]") {
    HeadTimings times = times_of_chain();
    (void)times.report(kAlpha, head_of(100), HeadSource::kStream, at(100, 1s));
    const auto again = times.report(kAlpha, head_of(100), HeadSource::kStream, at(100, 11s));
    CHECK(again.is_repeat);
    CHECK_FALSE(again.is_late());
    CHECK_FALSE(times.report(kBeta, head_of(100), HeadSource::kStream, at(100, 2s)).is_repeat);
}

TEST_CASE("a payload that comes in is news of the same root, without an attestation deadline",
          "[monitor]") {
    HeadTimings times = times_of_chain();
    auto head = head_of(100);
    head.payload_status = PayloadStatus::kEmpty;
    const auto empty = times.report(kAlpha, head, HeadSource::kStream, at(100, 1s));
    CHECK(empty.deadline);
    head.payload_status = PayloadStatus::kFull;
    const auto full = times.report(kAlpha, head, HeadSource::kStream, at(100, 6s));
    CHECK_FALSE(full.is_repeat);
    CHECK((full.delay == 6s));
    CHECK_FALSE(full.deadline);
    CHECK_FALSE(full.is_late());
    // For a node that reported nothing before, the payload is the head.
    CHECK(times.report(kBeta, head, HeadSource::kStream, at(100, 6s)).is_late());
}

}  // namespace head_timings_test
