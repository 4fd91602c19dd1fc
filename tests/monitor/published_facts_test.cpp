// What is published of slots, as the whole machine comes to it.
#include <algorithm>

#include <catch2/catch.hpp>

#include "tests/monitor/on_chain_fixture.hpp"
#include "updates/chain_facts.hpp"

using chain::Slot;
using tests::HeadMonitorFixture;
using tests::on_chain;
using tests::status_of;
using Kind = monitor::RestRequest::Kind;
using Kinds = std::vector<Kind>;
using namespace std::chrono_literals;

namespace {

base::Result<beacon_api::ChainEvent> reorg(std::uint8_t from, std::uint8_t to) {
    beacon_api::ChainReorgEvent event;
    event.depth = 1;
    event.old_head_block = tests::root(from);
    event.new_head_block = tests::root(to);
    return beacon_api::ChainEvent{event};
}

}  // namespace

TEST_CASE("a node that makes up heads is unproven, and best again once they are true",
          "[monitor]") {
    HeadMonitorFixture steps = on_chain({"alpha", "beta", "liar"});
    steps.opens("alpha").opens("beta").opens("liar");
    const auto slot = [&](std::uint64_t number, std::uint8_t liars_block) {
        const auto block = static_cast<std::uint8_t>(number);
        steps.passes(1s).reports_head("liar", tests::head(number, liars_block));
        steps.reports_head("alpha", tests::head(number, block));
        steps.reports_head("beta", tests::head(number, block));
        steps.passes(10s).tick().answers_headers().passes(990ms).slot_begins();
    };
    for (std::uint64_t number = 100; number < 103; ++number) {
        CHECK_FALSE(status_of(steps, "liar").is_unproven);
        slot(number, static_cast<std::uint8_t>(number + 100));
    }
    CHECK(status_of(steps, "liar").is_unproven);
    CHECK_FALSE(status_of(steps, "alpha").is_unproven);
    steps.forget().passes(1s).reports_head("liar", tests::head(103, 203));
    CHECK(steps.published<updates::BestHead>().empty());
    CHECK(steps.published<updates::NodeHead>().size() == 1);
    slot(103, 203);
    slot(104, 104);
    CHECK_FALSE(status_of(steps, "liar").is_unproven);
}

TEST_CASE("blocks and claims of reorgs are published as they came, up to 256 in a slot",
          "[monitor]") {
    HeadMonitorFixture steps = on_chain({"alpha"});
    steps.opens("alpha").forget();
    beacon_api::ChainReorgEvent reorg;
    reorg.slot = chain::Slot{100};
    reorg.depth = 3;
    reorg.new_head_state = tests::root(9);
    steps.sends("chain_reorg", beacon_api::ChainEvent{reorg});
    REQUIRE(steps.published<updates::NodeReorg>().size() == 1);
    CHECK(steps.published<updates::NodeReorg>().front().depth == 3);
    CHECK(steps.published<updates::NodeReorg>().front().new_head_state == tests::root(9));
    for (int i = 0; i < 300; ++i) {
        const beacon_api::BlockEvent block{chain::Slot{100}, tests::root(1), true};
        steps.sends("block", beacon_api::ChainEvent{block});
    }
    CHECK(steps.published<updates::NodeBlock>().size() == 255);
    CHECK(steps.published<updates::NodeBlock>().front().execution_optimistic);
    CHECK(status_of(steps.tick_after(11s), "alpha").dropped_events == 45);
    steps.sends("block", beacon_api::ChainEvent{beacon_api::BlockEvent{}});
    CHECK(steps.published<updates::NodeBlock>().size() == 256);
}

TEST_CASE("of a flood of heads 64 are used, and the rest counted", "[monitor]") {
    HeadMonitorFixture steps = on_chain({"alpha", "beta"});
    steps.opens("alpha").opens("beta").forget();
    for (std::uint64_t i = 0; i < 200; ++i) {
        steps.reports_head("beta", tests::head(100, static_cast<std::uint8_t>(i)));
    }
    CHECK(steps.published<updates::NodeHead>().size() == 64);
    CHECK(status_of(steps.tick_after(11s), "beta").dropped_heads == 136);
}

TEST_CASE("a reorg is told at once, and confirmed with its depth when the parents are known",
          "[monitor]") {
    HeadMonitorFixture steps = on_chain({"alpha", "beta"});
    steps.opens("alpha").opens("beta");
    // 10 <- 11 <- 12, and 10 <- 13.
    steps.reports_head("alpha", tests::head(98, 12)).forget();
    steps.reports_head("alpha", tests::head(99, 13)).sends("chain_reorg", reorg(12, 13));
    REQUIRE(steps.published<updates::Reorg>().size() == 1);
    CHECK(steps.last<updates::Reorg>().certainty == updates::Certainty::kUnconfirmed);
    steps.all_refuse().tick_after(12s);
    for (int i = 0; i < 10 && steps.published<updates::Reorg>().size() == 1; ++i) {
        for (const char* name : {"alpha", "beta"}) {
            for (const auto& question : steps.open_requests(name)) {
                steps.answers_header(name, question);
            }
        }
    }
    REQUIRE(steps.published<updates::Reorg>().size() == 2);
    CHECK(steps.last<updates::Reorg>().certainty == updates::Certainty::kConfirmed);
    CHECK(steps.last<updates::Reorg>().depth == 2);
}

TEST_CASE("a header that one node does not know is asked of another", "[monitor]") {
    HeadMonitorFixture steps = on_chain({"alpha", "beta"});
    steps.opens("alpha").opens("beta").all_refuse();
    steps.reports_head("alpha", tests::head(98, 12)).reports_head("alpha", tests::head(99, 13));
    steps.sends("chain_reorg", reorg(12, 13)).forget().tick_after(12s);
    (void)steps.all_refuse();
    const auto asks_header = [&](const char* name) {
        const Kinds asked = steps.asked(name);
        return std::find(asked.begin(), asked.end(), Kind::kHeader) != asked.end();
    };
    CHECK(asks_header("alpha"));
    CHECK(asks_header("beta"));
}

TEST_CASE("a slot is judged when the next one ends", "[monitor]") {
    HeadMonitorFixture steps = on_chain({"alpha"});
    steps.opens("alpha").passes(12s).slot_begins();
    steps.passes(1s).reports_head(Slot{101}).passes(10s).tick().answers_headers();
    CHECK(steps.published<updates::HeadProven>().size() == 1);
    steps.passes(1s).slot_begins();
    CHECK(steps.published<updates::SlotVerdict>().empty());
    steps.passes(12s).slot_begins();
    REQUIRE(steps.published<updates::SlotVerdict>().size() == 1);
    CHECK(steps.last<updates::SlotVerdict>().slot == Slot{101});
    CHECK(steps.last<updates::SlotVerdict>().verdict == updates::Verdict::kOnTime);
}

TEST_CASE("what an unhealthy stream watched is not judged", "[monitor]") {
    HeadMonitorFixture steps = on_chain({"alpha"});
    steps.opens("alpha").answers_syncing("alpha", true);
    steps.passes(36s).slot_begins();
    REQUIRE_FALSE(steps.published<updates::SlotVerdict>().empty());
    for (const auto& verdict : steps.published<updates::SlotVerdict>()) {
        CHECK(verdict.verdict == updates::Verdict::kUnknown);
    }
}

TEST_CASE("several live slots in one read are a proxy that holds back", "[monitor]") {
    HeadMonitorFixture steps = on_chain({"alpha"});
    steps.opens("alpha");
    const auto read = [&](std::uint8_t first) {
        steps.passes(24s).tick().sends_bytes("alpha");
        const base::Instant at = steps.now();
        steps.sends_in_one_read(tests::head(first, first), at);
        steps.sends_in_one_read(tests::head(first + 1U, static_cast<std::uint8_t>(first + 1)), at);
    };
    read(101);
    read(103);
    read(105);
    steps.tick_after(1s);
    REQUIRE(steps.published<updates::StreamBuffered>().size() == 1);
    CHECK(steps.last<updates::StreamBuffered>().is_buffered);
    CHECK(status_of(steps, "alpha").is_buffered);
}

TEST_CASE("what waited while our own loop was held up was held back by nobody else", "[monitor]") {
    HeadMonitorFixture steps = on_chain({"alpha"});
    steps.opens("alpha");
    steps.passes(10 * 12s).sends_bytes("alpha");
    const base::Instant at = steps.now();
    for (std::uint8_t slot = 109; slot < 111; ++slot) {
        steps.sends_in_one_read(tests::head(slot, slot), at);
    }
    steps.sends_bytes("alpha").tick();
    CHECK(steps.published<updates::StreamBuffered>().empty());
}
