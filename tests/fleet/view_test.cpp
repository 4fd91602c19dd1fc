#include "fleet/view.hpp"

#include <fmt/format.h>

#include <catch2/catch.hpp>

#include "base/text.hpp"
#include "fleet/assessment.hpp"
#include "fleet/table.hpp"
#include "tests/fleet/reading_fixture.hpp"

namespace view_test {
namespace {

using namespace std::chrono_literals;
using fleet::FindingCode;
using fleet::Lag;
using fleet::Relation;
using fleet::View;
using tests::kNoon;
using tests::root_of;
using tests::Sender;
using updates::NodeHealth;

void apply(View& view, const tests::Message& message, bool is_counted = true) {
    view.apply(message.received, message.report, is_counted);
}

Lag lag_of(const View& view, const std::string& instance, const std::string& node) {
    return view.lag(instance, view.instances().at(instance).nodes.at(node));
}

/// Two sites, each with one node and a clock that is kept.
struct Sites {
    Sites() {
        apply(view, fra.status(kNoon, {"alpha"}, "fra"));
        apply(view, syd.status(kNoon, {"beta"}, "syd"));
        apply(view, fra.clock(kNoon, true));
        apply(view, syd.clock(kNoon, true));
        apply(view, fra.node(kNoon, "alpha", NodeHealth::kGood));
        apply(view, syd.node(kNoon, "beta", NodeHealth::kGood));
    }
    std::vector<FindingCode> codes(base::WallTime at) const {
        std::vector<FindingCode> made;
        for (const auto& finding : fleet::assess_state(view, {}, at)) {
            made.push_back(finding.code);
        }
        return made;
    }
    /// The site's best head, held for long.
    void best(Sender& site, std::uint64_t slot, std::uint64_t block) {
        apply(view, site.best(kNoon, slot, block));
    }
    Sender fra{"fra"};
    Sender syd{"syd"};
    View view;
    base::WallTime now = kNoon + 10s;
};
using Codes = std::vector<FindingCode>;

}  // namespace

TEST_CASE("a lag is behind the first report anywhere, once the block is proven somewhere",
          "[fleet]") {
    Sites sites;
    View& view = sites.view;
    apply(view, sites.syd.head(kNoon + 1s, "beta", 7, 7));
    CHECK(lag_of(view, "syd", "beta").kind == Lag::Kind::kClaim);
    apply(view, sites.fra.head(kNoon + 700ms, "alpha", 7, 7));
    apply(view, sites.fra.proven(kNoon + 2s, 7, 7, 6));
    CHECK(lag_of(view, "fra", "alpha").kind == Lag::Kind::kFirst);
    const Lag lag = lag_of(view, "syd", "beta");
    CHECK(lag.kind == Lag::Kind::kBehind);
    CHECK(lag.behind.value == 300ms);
    CHECK(lag.behind.uncertainty == 100ms);
    CHECK(lag.first_instance == "fra");
    CHECK(fleet::lag_text(lag) == "300.0 ms");
}

TEST_CASE("a lag that the clocks do not tell is marked", "[fleet]") {
    Sites sites;
    View& view = sites.view;
    apply(view, sites.fra.head(kNoon, "alpha", 7, 7));
    apply(view, sites.syd.head(kNoon + 80ms, "beta", 7, 7));
    apply(view, sites.fra.proven(kNoon + 2s, 7, 7, 6));
    CHECK(fleet::lag_text(lag_of(view, "syd", "beta")) == "~80.0 ms");

    apply(view, sites.syd.clock(kNoon, false));
    apply(view, sites.fra.head(kNoon + 12s, "alpha", 8, 8));
    apply(view, sites.syd.head(kNoon + 12s + 400ms, "beta", 8, 8));
    apply(view, sites.fra.proven(kNoon + 14s, 8, 8, 7));
    CHECK(fleet::lag_text(lag_of(view, "syd", "beta")) == "?400.0 ms");
}

TEST_CASE("a clock's offset is taken out of a lag", "[fleet]") {
    Sites sites;
    View& view = sites.view;
    apply(view, sites.syd.clock(kNoon, false, 2s, 200ms));
    apply(view, sites.fra.head(kNoon, "alpha", 7, 7));
    apply(view, sites.syd.head(kNoon + 2500ms, "beta", 7, 7));
    apply(view, sites.fra.proven(kNoon + 3s, 7, 7, 6));
    CHECK(lag_of(view, "syd", "beta").behind.value == 500ms);
    CHECK(lag_of(view, "syd", "beta").behind.uncertainty == 250ms);
}

TEST_CASE("what was sent again comes behind newer messages and changes nothing", "[fleet]") {
    Sites sites;
    View& view = sites.view;
    const auto old = sites.fra.node(kNoon, "alpha", NodeHealth::kUnusable);
    apply(view, sites.fra.node(kNoon + 1s, "alpha", NodeHealth::kGood));
    const auto old_head = sites.fra.head(kNoon, "alpha", 7, 7);
    apply(view, sites.fra.head(kNoon + 12s, "alpha", 8, 8));
    apply(view, old);
    apply(view, old_head);
    const auto& node = view.instances().at("fra").nodes.at("alpha");
    CHECK(node.status->health == NodeHealth::kGood);
    CHECK(node.head->slot.value == 8);
}

TEST_CASE("nodes that an instance does not follow any more are gone", "[fleet]") {
    Sites sites;
    apply(sites.view, sites.fra.status(kNoon + 30s, {"gamma"}, "fra"));
    CHECK(sites.view.instances().at("fra").nodes.contains("gamma"));
    CHECK_FALSE(sites.view.instances().at("fra").nodes.contains("alpha"));
}

TEST_CASE("heads are on one line, apart, or it is not known", "[fleet]") {
    fleet::Ancestry ancestry;
    const auto prove = [&](std::uint64_t slot, std::uint64_t block, std::uint64_t parent) {
        ancestry.prove({chain::Slot{slot}, root_of(block), root_of(parent)});
    };
    const auto relation = [&](std::uint64_t slot, std::uint64_t block, std::uint64_t other_slot,
                              std::uint64_t other) {
        return ancestry.relation({chain::Slot{slot}, root_of(block)},
                                 {chain::Slot{other_slot}, root_of(other)});
    };
    prove(10, 100, 90);
    prove(11, 110, 100);
    prove(12, 120, 110);
    prove(12, 121, 100);
    CHECK(relation(12, 120, 12, 120) == Relation::kSame);
    CHECK(relation(12, 120, 10, 100) == Relation::kAbove);
    CHECK(relation(10, 100, 12, 120) == Relation::kBelow);
    CHECK(relation(12, 120, 12, 121) == Relation::kDiverged);
    CHECK(relation(12, 121, 11, 110) == Relation::kDiverged);
    CHECK(relation(11, 110, 12, 121) == Relation::kDiverged);
    // The parent of the first block is not proven.
    CHECK(relation(12, 120, 9, 90) == Relation::kAbove);
    CHECK(relation(12, 120, 8, 80) == Relation::kUnknown);
    CHECK(relation(13, 130, 12, 120) == Relation::kUnknown);
    // A block that claims to be above its own child.
    prove(20, 200, 201);
    prove(25, 201, 90);
    CHECK(relation(20, 200, 5, 50) == Relation::kUnknown);
}

TEST_CASE("a fleet whose heads are on one line has no split", "[fleet]") {
    Sites sites;
    apply(sites.view, sites.fra.proven(kNoon, 10, 100, 90));
    apply(sites.view, sites.fra.proven(kNoon, 11, 110, 100));
    sites.best(sites.fra, 11, 110);
    sites.best(sites.syd, 10, 100);
    CHECK(sites.codes(sites.now).empty());
}

TEST_CASE("heads of sites on different branches are a split, after a sixth of a slot", "[fleet]") {
    Sites sites;
    for (const auto& [block, parent] : {std::pair{110U, 100U}, std::pair{111U, 100U}}) {
        apply(sites.view, sites.fra.proven(kNoon, 11, block, parent));
    }
    apply(sites.view, sites.fra.proven(kNoon, 10, 100, 90));
    sites.best(sites.fra, 11, 110);
    sites.best(sites.syd, 11, 111);
    CHECK(sites.codes(kNoon + 2s).empty());
    CHECK(sites.codes(kNoon + 3s) == Codes{FindingCode::kSplit});
    CHECK(fleet::worst(fleet::assess_state(sites.view, {}, kNoon + 3s)) == fleet::Level::kCritical);
    // A silent site's head is an old one.
    apply(sites.view, sites.fra.status(kNoon + 200s, {"alpha"}, "fra"));
    CHECK(sites.codes(kNoon + 200s) == Codes{FindingCode::kSilent});
}

TEST_CASE("a split that the parents do not tell is unknown, and never good", "[fleet]") {
    Sites sites;
    apply(sites.view, sites.fra.proven(kNoon, 11, 110, 100));
    sites.best(sites.fra, 11, 110);
    sites.best(sites.syd, 9, 90);
    CHECK(sites.codes(sites.now) == Codes{FindingCode::kSplitUnknown});
    CHECK(fleet::worst(fleet::assess_state(sites.view, {}, sites.now)) == fleet::Level::kUnknown);
}

TEST_CASE("what is wrong with an instance is found, and a long silence ends it", "[fleet]") {
    Sites sites;
    CHECK(sites.codes(kNoon + 80s).empty());
    apply(sites.view, sites.syd.status(kNoon + 91s, {"beta"}, "syd"));
    CHECK(sites.codes(kNoon + 91s) == Codes{FindingCode::kSilent});
    CHECK(sites.codes(kNoon + 25h) ==
          Codes{FindingCode::kNoInstance, FindingCode::kGone, FindingCode::kGone});

    Sites gaps;
    apply(gaps.view, gaps.fra.send(kNoon, fleet::Gap{kNoon, "memory", 5}), false);
    CHECK(gaps.codes(gaps.now).empty());
    apply(gaps.view, gaps.fra.send(kNoon, fleet::Gap{kNoon, "memory", 5}), true);
    CHECK(gaps.codes(gaps.now) == Codes{FindingCode::kGaps});

    Sites twice;
    Sender other{"fra", 2};
    apply(twice.view, other.status(kNoon + 1s, {"alpha"}, "fra"));
    apply(twice.view, twice.fra.status(kNoon + 2s, {"alpha"}, "fra"));
    CHECK(twice.codes(twice.now) == Codes{FindingCode::kTwice});

    Sites lost;
    fleet::Sequencer::Output output;
    output.losses.push_back({"syd", 1, 5, 2});
    lost.view.count(output);
    CHECK(lost.codes(lost.now) == Codes{FindingCode::kGaps});
    output.losses.clear();
    output.found = {fleet::MessageId{"syd", 1, 5}, fleet::MessageId{"syd", 1, 6}};
    lost.view.count(output);
    CHECK(lost.codes(lost.now).empty());

    Sites ahead;
    auto early = ahead.fra.clock(kNoon, true);
    early.received.stored_at = kNoon - 2s;
    apply(ahead.view, early);
    CHECK(ahead.codes(ahead.now) == Codes{FindingCode::kClock});
}

TEST_CASE("a node is unknown until its status is read", "[fleet]") {
    Sites sites;
    apply(sites.view, sites.fra.status(kNoon, {"alpha", "gamma"}, "fra"));
    CHECK(sites.codes(sites.now) == Codes{FindingCode::kNodeUnknown});
    apply(sites.view, sites.fra.node(kNoon, "gamma", NodeHealth::kUnusable));
    CHECK(sites.codes(sites.now) == Codes{FindingCode::kNodeUnusable});
}

TEST_CASE("instances and nodes are bounded, and what is beyond is counted", "[fleet]") {
    View view;
    for (std::size_t i = 0; i < View::kInstancesMax + 3; ++i) {
        Sender one{"site-" + std::to_string(i)};
        apply(view, one.clock(kNoon, true));
    }
    CHECK(view.instances().size() == View::kInstancesMax);
    CHECK(view.refused() == 3);
    Sites sites;
    for (std::size_t i = 0; i < View::kNodesMax + 3; ++i) {
        apply(sites.view, sites.fra.node(kNoon, "n" + std::to_string(i), NodeHealth::kGood));
    }
    CHECK(sites.view.instances().at("fra").nodes.size() == View::kNodesMax);
}

TEST_CASE(
    "the table has the worst first, a node's line where something is wrong, and counts the rest",
    "[fleet]") {
    View view;
    for (int i = 0; i < 200; ++i) {
        Sender one{fmt::format("site-{:03}", i)};
        std::vector<std::string> nodes;
        for (int j = 0; j < 8; ++j) {
            nodes.push_back("node-" + std::to_string(j));
        }
        apply(view, one.status(kNoon, nodes, "fra"));
        for (const auto& node : nodes) {
            const bool is_bad = i == 150 && node == "node-3";
            apply(view, one.node(kNoon, node, is_bad ? NodeHealth::kUnusable : NodeHealth::kGood));
        }
    }
    Sender late{"site-007"};
    for (const std::size_t columns : {40U, 80U, 120U, 200U}) {
        for (const std::size_t rows : {1U, 5U, 24U, 60U}) {
            fleet::TableOptions options;
            options.columns = columns;
            options.rows = rows;
            options.reading = "5 messages/s";
            const auto lines = fleet::render_table(view, {}, options, kNoon + 1s);
            CHECK(lines.size() <= rows);
            for (const auto& line : lines) {
                CHECK(base::display_width(line) <= columns);
            }
            if (rows >= 24) {
                CHECK(lines[0].starts_with("200 instances   1600 nodes"));
                CHECK(lines[2].starts_with("site-150"));
                CHECK(lines[3].starts_with("  node-3"));
                CHECK(lines[4].starts_with("site-000"));
                CHECK(lines[lines.size() - 2].starts_with("and "));
                CHECK(lines.back() == "5 messages/s");
            }
        }
    }
    fleet::TableOptions options;
    options.rows = 2000;
    options.all_nodes = true;
    CHECK(fleet::render_table(view, {}, options, kNoon + 1s).size() == 3 + 200 + 1600);
    const auto silent = fleet::render_table(view, {}, fleet::TableOptions{}, kNoon + 100s);
    CHECK(
        silent[0].starts_with("200 instances, 200 silent   1600 nodes: 0 good, 0 degraded, 0 "
                              "unusable, 1600 unknown"));
}

}  // namespace view_test
