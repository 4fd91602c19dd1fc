// Events of extra topics, as the whole machine uses them.
#include <string>

#include <catch2/catch.hpp>

#include "tests/monitor/on_chain_fixture.hpp"
#include "updates/chain_facts.hpp"

namespace monitor_extra_events_test {

using namespace std::chrono_literals;
using tests::HeadMonitorFixture;
using tests::status_of;

base::Result<beacon_api::ChainEvent> exit_of(const std::string& data, std::uint8_t content = 1) {
    return beacon_api::ChainEvent{
        beacon_api::ExtraEvent{"voluntary_exit", data, tests::root(content)}};
}

HeadMonitorFixture asking(std::initializer_list<const char*> names) {
    HeadMonitorFixture steps{};
    steps.known_chain = tests::our_chain(steps);
    steps.options.extra_topics = {"voluntary_exit"};
    steps.next_run(names);
    return steps;
}

TEST_CASE("an event of an extra topic is published with its node, and is no head", "[monitor]") {
    HeadMonitorFixture steps = asking({"alpha"});
    steps.opens("alpha").forget();
    steps.sends("voluntary_exit", exit_of(R"({"a":"1"})", 7));
    REQUIRE(steps.published<updates::NodeEvent>().size() == 1);
    const updates::NodeEvent event = steps.last<updates::NodeEvent>();
    CHECK((event == updates::NodeEvent{updates::NodeId{"alpha"}, "voluntary_exit", R"({"a":"1"})",
                                       tests::root(7)}));
    CHECK(steps.published<updates::NodeHead>().empty());
    CHECK(steps.published<updates::BestHead>().empty());
    CHECK(status_of(steps.tick_after(11s), "alpha").has_extra_topics);
    CHECK_FALSE(status_of(steps, "alpha").last_head.has_value());
}

TEST_CASE("of extra topics that were not configured nothing is published", "[monitor]") {
    HeadMonitorFixture steps = tests::on_chain({"alpha"});
    steps.opens("alpha").forget();
    steps.sends("voluntary_exit", exit_of("{}"));
    CHECK(steps.published<updates::NodeEvent>().empty());
    CHECK(status_of(steps.tick_after(11s), "alpha").ignored == 1);
    CHECK_FALSE(status_of(steps, "alpha").has_extra_topics);
}

TEST_CASE(
    "a node has 256 events of extra topics in a slot, and those of a node of another chain "
    "are none",
    "[monitor]") {
    HeadMonitorFixture steps = asking({"alpha"});
    steps.opens("alpha").forget();
    for (int i = 0; i < 300; ++i) {
        steps.sends("voluntary_exit", exit_of("{}"));
    }
    CHECK(steps.published<updates::NodeEvent>().size() == updates::kNodeExtraEventsMax);
    const auto status = status_of(steps.tick_after(11s), "alpha");
    CHECK(status.dropped_extra_events == 44);
    CHECK(status.dropped_events == 0);
    steps.forget().sends("voluntary_exit", exit_of("{}"));
    CHECK(steps.published<updates::NodeEvent>().size() == 1);

    HeadMonitorFixture unchecked{};
    unchecked.all_have_passed = false;
    unchecked.options.extra_topics = {"voluntary_exit"};
    unchecked.next_run({"alpha"});
    unchecked.opens("alpha").sends("voluntary_exit", exit_of("{}"));
    CHECK(unchecked.published<updates::NodeEvent>().empty());
}

TEST_CASE("a node has half a mebibyte of events of extra topics in a slot", "[monitor]") {
    HeadMonitorFixture steps = asking({"alpha"});
    steps.opens("alpha").forget();
    const std::string large = "{\"a\":\"" + std::string(300U * 1024, 'x') + "\"}";
    steps.sends("voluntary_exit", exit_of(large)).sends("voluntary_exit", exit_of(large));
    steps.sends("voluntary_exit", exit_of("{}"));
    steps.sends("voluntary_exit", base::Error{base::ErrorCode::kTooLong, "voluntary_exit"});
    CHECK(steps.published<updates::NodeEvent>().size() == 2);
    const auto status = status_of(steps.tick_after(11s), "alpha");
    CHECK(status.dropped_extra_events == 2);
    CHECK(status.malformed == 0);
    CHECK(steps.published<updates::StreamEnded>().empty());
}

TEST_CASE("events of extra topics keep a stream from being silent, and not from being stalled",
          "[monitor]") {
    const auto ends_of = [](bool sends_exits, bool head_moves) {
        HeadMonitorFixture steps = asking({"alpha"});
        steps.opens("alpha").reports_head(chain::Slot{100});
        steps.answers_version("alpha", "Lighthouse/v5.1.0-abc");
        for (std::uint8_t slot = 101; slot < 107; ++slot) {
            if (sends_exits) {
                steps.sends("voluntary_exit", exit_of("{}", slot));
            }
            if (head_moves) {
                steps.answers_head("alpha", slot, slot);
            }
            steps.tick_after(12s);
        }
        std::vector<updates::StreamEndReason> reasons;
        for (const auto& end : steps.published<updates::StreamEnded>()) {
            reasons.push_back(end.reason);
        }
        return reasons;
    };
    using Reasons = std::vector<updates::StreamEndReason>;
    CHECK(ends_of(true, false) == Reasons{});
    REQUIRE_FALSE(ends_of(false, false).empty());
    CHECK((ends_of(false, false).front() == updates::StreamEndReason::kSilent));
    REQUIRE_FALSE(ends_of(true, true).empty());
    CHECK((ends_of(true, true).front() == updates::StreamEndReason::kStalled));
}

}  // namespace monitor_extra_events_test
