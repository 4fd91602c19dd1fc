#include "api/merged_head.hpp"

#include <catch2/catch.hpp>

#include "tests/api/merged_fixture.hpp"
#include "tests/monitor/on_chain_fixture.hpp"

using tests::head;
using tests::MergedFixture;
using tests::topics_of;
using updates::HeadTimeliness;
using updates::NodeId;

namespace api_merged_head_test {

updates::StreamEnded end_of(const std::string& node) {
    return {NodeId{node}, updates::StreamEndReason::kReset, "", 1};
}

constexpr auto kFull = chain::PayloadStatus::kFull;
constexpr auto kEmpty = chain::PayloadStatus::kEmpty;

TEST_CASE("the merged head is given once, from whoever was first", "[api]") {
    MergedFixture merged;
    CHECK(topics_of(merged.reports("a", head(10, 1), true)) == "head");
    CHECK(merged.events.head().last()->node == NodeId{"a"});
    CHECK(merged.reports("b", head(10, 1)).empty());
    CHECK(topics_of(merged.reports("b", head(11, 2), true)) == "head");
    CHECK(merged.reports("a", head(11, 2)).empty());
    CHECK(merged.events.head().last()->node == NodeId{"b"});
}

TEST_CASE("X, Y, X are three", "[api]") {
    MergedFixture merged;
    CHECK(topics_of(merged.reports("a", head(10, 1), true)) == "head");
    CHECK(topics_of(merged.reports("a", head(11, 2), true)) == "head");
    CHECK(topics_of(merged.reports("a", head(10, 1), true)) == "head");
    CHECK(merged.at() == 1);
}

TEST_CASE(
    "a node that goes through X, Y, X later moves nothing, though its Y is the best for a while",
    "[api]") {
    MergedFixture merged;
    merged.reports("a", head(10, 1), true);
    merged.reports("b", head(10, 1));
    merged.reports("a", head(11, 2), true);
    merged.reports("a", head(10, 1), true);
    CHECK(merged.reports("b", head(11, 2), true).empty());
    CHECK(merged.reports("b", head(10, 1), true).empty());
    CHECK(merged.at() == 1);
    // Now it is level, and what it does next is its own.
    CHECK(topics_of(merged.reports("b", head(11, 2), true)) == "head");
    CHECK(merged.at() == 2);
}

TEST_CASE("a stream that ends moves nothing, whatever is the best then", "[api]") {
    MergedFixture merged;
    merged.reports("b", head(10, 1), true);
    merged.reports("a", head(11, 2), true);
    merged.publishes(end_of("a"));
    CHECK(merged.publishes(updates::BestHead{NodeId{"b"}, head(10, 1)}).empty());
    CHECK(merged.at() == 2);
    // Nor does what the one that is left repeats, nor what it catches up with.
    CHECK(merged.reports("b", head(10, 1)).empty());
    CHECK(merged.reports("b", head(11, 2), true).empty());
    CHECK(topics_of(merged.reports("b", head(12, 3), true)) == "head");
}

TEST_CASE("a best head is no move where the report before it was another one", "[api]") {
    MergedFixture merged;
    merged.reports("a", head(11, 1), true);
    // The end of a stream in between: the report did not make it the best.
    merged.reports("b", head(11, 2));
    merged.publishes(end_of("a"));
    CHECK(merged.publishes(updates::BestHead{NodeId{"b"}, head(11, 2)}).empty());
    CHECK(merged.at() == 1);
    // Another node that reports it then does.
    CHECK(topics_of(merged.reports("c", head(11, 2))) == "head");
}

TEST_CASE("what is not a live head by stream moves nothing", "[api]") {
    MergedFixture merged;
    merged.reports("a", head(10, 1), true);
    auto report = MergedFixture::live("b", head(11, 2));
    report.source = updates::HeadSource::kPoll;
    CHECK(merged.reports(report, true).empty());
    for (const auto timeliness : {HeadTimeliness::kStale, HeadTimeliness::kBackfill}) {
        report = MergedFixture::live("b", head(11, 2));
        report.timing.timeliness = timeliness;
        CHECK(merged.reports(report, true).empty());
    }
    CHECK(merged.reports("b", tests::optimistic_head(11, 3), true).empty());
    CHECK(merged.at() == 1);
}

TEST_CASE("a head that comes early moves it once the monitor takes it for the best", "[api]") {
    MergedFixture merged;
    auto early = MergedFixture::live("a", head(11, 1));
    early.timing.timeliness = HeadTimeliness::kEarly;
    CHECK(merged.reports(early, false).empty());
    early.node = NodeId{"b"};
    CHECK(topics_of(merged.reports(early, true)) == "head");
}

TEST_CASE("an old head is a move of the node that leaves the merged head for it", "[api]") {
    MergedFixture merged;
    auto old = MergedFixture::live("b", head(8, 3));
    old.timing.timeliness = HeadTimeliness::kStale;
    merged.reports("a", head(12, 1), true);
    CHECK(merged.reports(old, true).empty());
    old.node = NodeId{"a"};
    old.head = head(8, 4);
    CHECK(topics_of(merged.reports(old, true)) == "head");
    CHECK(merged.at() == 4);
}

TEST_CASE("a node in bad standing moves nothing, unless the monitor has just made it the best",
          "[api]") {
    MergedFixture merged;
    merged.reports("a", head(10, 1), true);
    merged.publishes(updates::BestHead{NodeId{"a"}, head(11, 2)});
    merged.is_good = false;
    CHECK(merged.reports("b", head(11, 2)).empty());
    CHECK(merged.at() == 1);
    // Its status is published behind the head that ends its silence.
    CHECK(topics_of(merged.reports("c", head(12, 3), true)) == "head");
    CHECK(merged.at() == 3);
}

TEST_CASE("a payload that comes in is a change for head_v2 and none for head", "[api]") {
    MergedFixture merged;
    chain::Head block = head(10, 1, kEmpty);
    block.version = chain::ForkName::parse("gloas");
    CHECK(topics_of(merged.reports("a", block, true)) == "head head_v2");
    CHECK(merged.reports("b", block).empty());
    block.payload_status = kFull;
    CHECK(topics_of(merged.reports("a", block, true)) == "head_v2");
    CHECK(merged.reports("b", block).empty());
}

TEST_CASE("nodes of head and of head_v2 give one stream", "[api]") {
    MergedFixture merged;
    chain::Head block = head(10, 1, kEmpty);
    block.version = chain::ForkName::parse("gloas");
    // The one of `head` is first: of head_v2 there is nothing to give yet.
    CHECK(topics_of(merged.reports("old", head(10, 1), true)) == "head");
    CHECK(topics_of(merged.reports("new", block, true)) == "head_v2");
    block.payload_status = kFull;
    CHECK(topics_of(merged.reports("new", block, true)) == "head_v2");
    // And the other way round.
    block = head(11, 2, kEmpty);
    block.version = chain::ForkName::parse("gloas");
    CHECK(topics_of(merged.reports("new", block, true)) == "head head_v2");
    CHECK(merged.reports("old", head(11, 2)).empty());
}

TEST_CASE("before Gloas a head of the older topic becomes a head_v2 once a node names its fork",
          "[api]") {
    MergedFixture merged;
    chain::Head block = head(10, 1);
    block.version = chain::ForkName::parse("fulu");
    CHECK(topics_of(merged.reports("old", head(10, 1), true)) == "head");
    CHECK(topics_of(merged.reports("new", block)) == "head_v2");
    CHECK(merged.reports("newer", block).empty());
}

TEST_CASE("a node that is renewed or gone has followed nothing", "[api]") {
    MergedFixture merged;
    const NodeId a{"a"};
    merged.reports("a", head(10, 1), true);
    merged.reports("a", head(11, 2), true);
    merged.publishes(updates::RunStarted{{a}, {a}});
    // It has not left 11 for 10: another node answers at its URL, and lags.
    CHECK(merged.reports("a", head(10, 1), true).empty());
    CHECK(merged.at() == 2);
}

TEST_CASE("the monitor's own updates move the merged head, and the end of a stream does not",
          "[api]") {
    tests::HeadMonitorFixture steps = tests::on_chain({"a", "b"});
    steps.opens("a").opens("b");
    api::MergedHead merged;
    std::string all;
    std::size_t bests = 0;
    const auto read = [&] {
        for (const updates::Update& update : steps.all_published()) {
            bests += std::holds_alternative<updates::BestHead>(update.fact) ? 1 : 0;
            if (const auto move = merged.apply(update, true)) {
                all += std::to_string(move->head.block.bytes.back()) + " ";
            }
        }
        steps.forget();
    };
    steps.reports_head("a", head(100, 1)).reports_head("b", head(100, 1));
    steps.passes(std::chrono::seconds{12}).reports_head("a", head(101, 2));
    read();
    CHECK(all == "1 2 ");
    steps.ends("a");
    read();
    // The best head went back, the merged one did not.
    CHECK(bests == 3);
    steps.reports_head("b", head(101, 2)).reports_head("b", head(100, 1));
    steps.reports_head("b", head(101, 2));
    read();
    CHECK(all == "1 2 1 2 ");
}

}  // namespace api_merged_head_test
