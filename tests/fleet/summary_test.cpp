#include "fleet/summary.hpp"

#include <algorithm>

#include <catch2/catch.hpp>

#include "fleet/assessment.hpp"
#include "fleet/report.hpp"
#include "fleet/summary_builder.hpp"
#include "tests/fleet/reading_fixture.hpp"

namespace summary_test {
namespace {

using namespace std::chrono_literals;
using fleet::Summary;
using fleet::SummaryBuilder;
using tests::kNoon;
using tests::Sender;
using updates::Verdict;

fleet::SummaryBuilder::Options options() {
    SummaryBuilder::Options made;
    made.from = kNoon;
    made.to = kNoon + 24h;
    return made;
}

struct Building {
    void add(const tests::Message& message) { builder.apply(message.received, message.report); }
    Summary finish() { return builder.finish(0); }
    SummaryBuilder builder{options()};
};

/// Two sites, each with two nodes and a clock that is kept.
struct Sites : Building {
    Sites() {
        for (Sender* site : {&fra, &syd}) {
            add(site->status(kNoon, {"alpha", "beta"}, site == &fra ? "fra" : "syd"));
            add(site->clock(kNoon, true));
            add(site->node(kNoon, "alpha", updates::NodeHealth::kGood));
            add(site->node(kNoon, "beta", updates::NodeHealth::kDegraded));
        }
    }
    Sender fra{"fra-1"};
    Sender syd{"syd-1"};
};

const fleet::NodeSummary& node_of(const Summary& summary, const std::string& instance,
                                  const std::string& node) {
    return *std::find_if(summary.nodes.begin(), summary.nodes.end(), [&](const auto& each) {
        return each.instance == instance && each.node == node;
    });
}

bool is_near(const std::optional<base::Duration>& value, base::Duration wanted) {
    return value && *value > wanted - wanted / 200 - 100us &&
           *value < wanted + wanted / 200 + 100us;
}

}  // namespace

TEST_CASE("durations are counted to half a percent, whatever their number", "[fleet]") {
    fleet::Histogram histogram;
    CHECK_FALSE(histogram.percentile(50));
    for (int i = 1; i <= 1000; ++i) {
        histogram.add(i * 4ms);
    }
    CHECK(is_near(histogram.percentile(50), 2s));
    CHECK(is_near(histogram.percentile(95), 3800ms));
    CHECK(is_near(histogram.percentile(99), 3960ms));
    fleet::Histogram both;
    both.add(-300ms, 10);
    CHECK(is_near(both.percentile(50).value() * -1, 300ms));
    both.add(histogram);
    CHECK(both.count() == 1010);
    CHECK(*both.percentile(1) > base::Duration{});
    for (const auto value : {0ns, 99us + 0ns, 25'500us + 0ns, 25'700us + 0ns, 12s + 0ns,
                             base::Duration{24h}, base::Duration::max() / 2}) {
        fleet::Histogram one;
        one.add(value);
        CHECK(is_near(one.percentile(50), value));
    }
}

TEST_CASE("heads count once they are proven, at any instance, and who was first anywhere is known",
          "[fleet]") {
    Sites sites;
    const auto at = kNoon + 1min;
    sites.add(sites.fra.head(at, "alpha", 5, 5, 1s, true));
    sites.add(sites.fra.head(at + 40ms, "beta", 5, 5, 1040ms, false, 40ms));
    sites.add(sites.syd.head(at + 200ms, "alpha", 5, 5, 1200ms, true));
    sites.add(sites.syd.head(at + 5s, "beta", 5, 5, 6s, false, 4800ms));
    sites.add(sites.fra.proven(at + 1s, 5, 5, 4));
    // Nobody has proven this one.
    sites.add(sites.syd.head(at + 12s, "beta", 6, 66, 1s, true));
    const Summary summary = sites.finish();
    const auto& first = node_of(summary, "fra-1", "alpha").tally;
    CHECK(first.heads == 1);
    CHECK(first.first == 1);
    CHECK(first.first_anywhere == 1);
    CHECK(first.on_time == 1);
    const auto& second = node_of(summary, "fra-1", "beta").tally;
    CHECK(second.first == 0);
    CHECK(is_near(second.lag.percentile(50), 40ms));
    // Of the same clock: no doubt, however small it is.
    CHECK(second.doubtful == 0);
    const auto& third = node_of(summary, "syd-1", "alpha").tally;
    CHECK(third.first == 1);
    CHECK(third.first_anywhere == 0);
    CHECK(is_near(third.lag_anywhere.percentile(50), 200ms));
    CHECK(third.doubtful == 0);
    const auto& fourth = node_of(summary, "syd-1", "beta").tally;
    CHECK(fourth.heads == 1);
    CHECK(fourth.late == 1);
    CHECK(is_near(fourth.delay.percentile(99), 6s));
    CHECK(summary.unproven == 1);
    REQUIRE(summary.sites.size() == 2);
    CHECK(summary.sites[1].tally.heads == 2);
    CHECK(summary.sites[1].tally.late == 1);
    REQUIRE(summary.clients.size() == 1);
    CHECK(summary.clients[0].name == "lighthouse");
    CHECK(summary.clients[0].nodes == 4);
    CHECK(summary.clients[0].tally.first == 2);
}

TEST_CASE("what was not timed, came again, or lies outside of the time is not counted", "[fleet]") {
    Sites sites;
    const auto at = kNoon + 1min;
    sites.add(sites.fra.proven(at, 5, 5, 4));
    auto polled = sites.fra.head(at, "alpha", 5, 5);
    std::get<fleet::HeadReport>(polled.report.fact).timeliness = updates::HeadTimeliness::kPolled;
    sites.add(polled);
    auto repeat = sites.fra.head(at, "alpha", 5, 5);
    std::get<fleet::HeadReport>(repeat.report.fact).is_repeat = true;
    sites.add(repeat);
    auto payload = sites.fra.head(at, "alpha", 5, 5);
    std::get<fleet::HeadReport>(payload.report.fact).is_payload = true;
    sites.add(payload);
    sites.add(sites.fra.head(kNoon - 1s, "alpha", 5, 5));
    sites.add(sites.fra.head(kNoon + 24h, "alpha", 5, 5));
    sites.add(sites.fra.verdict(kNoon - 1s, 4, Verdict::kOnTime));
    const Summary summary = sites.finish();
    CHECK(node_of(summary, "fra-1", "alpha").tally.heads == 0);
    CHECK(summary.instances[0].slots.on_time == 0);
}

TEST_CASE("a report that comes when its block is settled is compared, and nobody's first",
          "[fleet]") {
    Sites sites;
    const auto at = kNoon + 1min;
    sites.add(sites.fra.head(at, "alpha", 5, 5, 1s, true));
    sites.add(sites.fra.proven(at + 1s, 5, 5, 4));
    auto belated = sites.syd.head(at + 300ms, "alpha", 5, 5, 1300ms, true);
    sites.add(sites.fra.clock(at + 11min, true));
    belated.received.stored_at = at + 11min;
    sites.add(belated);
    const Summary summary = sites.finish();
    CHECK(summary.belated == 1);
    CHECK(node_of(summary, "syd-1", "alpha").tally.heads == 1);
    CHECK(is_near(node_of(summary, "syd-1", "alpha").tally.lag_anywhere.percentile(50), 300ms));
}

TEST_CASE("slots that a site saw late or not at all are listed, with who saw them in time",
          "[fleet]") {
    Sites sites;
    const auto at = kNoon + 1min;
    for (std::uint64_t slot = 1; slot <= 4; ++slot) {
        sites.add(sites.fra.verdict(at + slot * 12s, slot, Verdict::kOnTime, 1s));
    }
    sites.add(sites.syd.verdict(at + 12s, 1, Verdict::kOnTime, 2s));
    sites.add(sites.syd.verdict(at + 24s, 2, Verdict::kLate, 5s));
    sites.add(sites.syd.verdict(at + 36s, 3, Verdict::kMissed));
    sites.add(sites.syd.verdict(at + 48s, 4, Verdict::kUnknown));
    // Late everywhere, and no block at all.
    sites.add(sites.fra.verdict(at + 60s, 5, Verdict::kLate, 6s));
    sites.add(sites.syd.verdict(at + 60s, 5, Verdict::kLate, 7s));
    sites.add(sites.fra.verdict(at + 72s, 6, Verdict::kMissed));
    sites.add(sites.syd.verdict(at + 72s, 6, Verdict::kMissed));
    const Summary summary = sites.finish();
    REQUIRE(summary.bad_slots.size() == 3);
    CHECK(summary.bad_slots[0].slot.value == 2);
    CHECK(summary.bad_slots[0].on_time == 1);
    CHECK(summary.bad_slots[0].earliest == 1s);
    CHECK(summary.bad_slots[0].sites[0].delay == 5s);
    CHECK(summary.bad_slots[1].sites[0].verdict == Verdict::kMissed);
    CHECK(summary.bad_slots[2].sites.size() == 2);
    const auto& syd = summary.sites[1].slots;
    CHECK(syd.worse_than_others == 2);
    // The unknown one is not compared.
    CHECK(syd.compared == 5);
    CHECK(summary.sites[0].slots.worse_than_others == 0);

    fleet::Thresholds thresholds;
    const auto late = fleet::assess_sites(summary, thresholds);
    REQUIRE(late.size() == 1);
    CHECK(late[0].code == fleet::FindingCode::kSiteLate);
    CHECK(late[0].level == fleet::Level::kWarning);
    thresholds.late_critical = 40;
    CHECK(fleet::worst(fleet::assess_sites(summary, thresholds)) == fleet::Level::kCritical);
    thresholds.late_warning = 41;
    thresholds.late_critical = 50;
    CHECK(fleet::assess_sites(summary, thresholds).empty());
    thresholds.slots_min = 6;
    CHECK(fleet::worst(fleet::assess_sites(summary, thresholds)) == fleet::Level::kUnknown);
}

TEST_CASE("a site has the best verdict of its instances", "[fleet]") {
    Building building;
    Sender one{"fra-1"};
    Sender two{"fra-2"};
    building.add(one.status(kNoon, {"alpha"}, "fra"));
    building.add(two.status(kNoon, {"alpha"}, "fra"));
    building.add(one.verdict(kNoon + 24s, 1, Verdict::kLate, 5s));
    building.add(two.verdict(kNoon + 24s, 1, Verdict::kOnTime, 2s));
    const Summary summary = building.finish();
    REQUIRE(summary.sites.size() == 1);
    CHECK(summary.sites[0].slots.on_time == 1);
    CHECK(summary.sites[0].slots.late == 0);
    CHECK(summary.bad_slots.empty());
    CHECK(summary.instances[0].slots.late == 1);
}

TEST_CASE("time counts while an instance sends, and a node's stream is open in parts of it",
          "[fleet]") {
    Sites sites;
    for (auto at = kNoon; at <= kNoon + 10min; at += 30s) {
        if (at == kNoon + 4min) {
            sites.add(sites.fra.send(at, fleet::StreamReport{false}, "alpha"));
        }
        if (at == kNoon + 6min) {
            sites.add(sites.fra.send(at, fleet::StreamReport{true}, "alpha"));
        }
        sites.add(sites.fra.status(at, {"alpha", "beta"}, "fra"));
    }
    // Nothing for an hour, and a gap that says so of itself.
    sites.add(sites.fra.status(kNoon + 70min, {"alpha", "beta"}, "fra"));
    sites.add(sites.fra.send(kNoon + 70min + 20s, fleet::Gap{kNoon + 70min, "suspended", 3}));
    const Summary summary = sites.finish();
    const auto& fra = summary.instances[0];
    CHECK(fra.watched == 10min);
    CHECK(fra.gaps == 1);
    CHECK(fra.dropped == 3);
    CHECK(node_of(summary, "fra-1", "alpha").tally.followed == 10min);
    CHECK(node_of(summary, "fra-1", "alpha").tally.open == 8min);
    CHECK(node_of(summary, "fra-1", "beta").tally.open == 10min);
    CHECK(fra.health.good == 1);
    CHECK(fra.health.degraded == 1);
}

TEST_CASE("a slot with a block of which a node reported nothing is counted against it", "[fleet]") {
    Sites sites;
    const auto at = kNoon + 2min;
    sites.add(sites.fra.head(at, "alpha", 7, 7));
    sites.add(sites.fra.verdict(at + 20s, 7, Verdict::kOnTime, 1s));
    sites.add(sites.fra.verdict(at + 32s, 8, Verdict::kMissed));
    const Summary summary = sites.finish();
    CHECK(node_of(summary, "fra-1", "alpha").tally.slots_followed == 1);
    CHECK(node_of(summary, "fra-1", "alpha").tally.slots_unreported == 0);
    CHECK(node_of(summary, "fra-1", "beta").tally.slots_unreported == 1);
}

TEST_CASE("only the instances that are meant are reported, by name and by label", "[fleet]") {
    SummaryBuilder::Options only = options();
    only.filter.labels.emplace_back("site", "syd");
    SummaryBuilder builder{only};
    Sender fra{"fra-1"};
    Sender syd{"syd-1"};
    for (const auto& message :
         {fra.status(kNoon, {"alpha"}, "fra"), syd.status(kNoon, {"alpha"}, "syd"),
          fra.verdict(kNoon + 24s, 1, Verdict::kOnTime, 1s),
          syd.verdict(kNoon + 24s, 1, Verdict::kLate, 5s)}) {
        builder.apply(message.received, message.report);
    }
    const Summary summary = builder.finish(0);
    REQUIRE(summary.instances.size() == 1);
    CHECK(summary.instances[0].name == "syd-1");
    CHECK(summary.sites.size() == 1);
    CHECK(summary.bad_slots.at(0).on_time == 0);
}

TEST_CASE("names of other machines are shown as what they are", "[fleet]") {
    Building building;
    Sender evil{"<b>\x1b[31m"};
    building.add(evil.status(kNoon, {"<script>\n"}, "\xff\"site"));
    building.add(evil.node(kNoon, "<script>\n", updates::NodeHealth::kUnusable));
    const Summary summary = building.finish();
    for (const std::string& text : {fleet::report_text(summary), fleet::report_json(summary),
                                    fleet::report_html(summary, "")}) {
        CHECK(text.find('\x1b') == std::string::npos);
        CHECK(text.find('\xff') == std::string::npos);
    }
    CHECK(fleet::report_html(summary, "").find("<script>") == std::string::npos);
    CHECK(fleet::report_html(summary, "").find("<b>") == std::string::npos);
}

}  // namespace summary_test
