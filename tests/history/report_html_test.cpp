#include "history/report_html.hpp"

#include "base/text.hpp"
#include "history/advice.hpp"
#include "history/web_assets.hpp"
#include "tests/history/history_fixture.hpp"

using namespace tests;

namespace report_html_test {

history::Summary with_plots(const Recording& recording, base::Duration to) {
    return history::summarize(*recording.connection,
                              {history::to_micros(wall(0s)), history::to_micros(wall(to))},
                              history::Detail::kPlots);
}

std::size_t count(const std::string& text, const std::string& part) {
    std::size_t times = 0;
    for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
        ++times;
    }
    return times;
}

}  // namespace report_html_test

using namespace report_html_test;

TEST_CASE("what is drawn of a node follows from its heads and streams", "[history]") {
    const TemporaryFolder folder;
    const updates::NodeId alpha{"alpha"};
    Recording recording{folder.file()};
    recording.write({updates::Snapshot{}}, 0s);
    std::vector<updates::Message> batch{
        update(updates::SlotTime{chain::SlotClock{wall(0s), 12s}, updates::SlotTimeSource::kNode},
               0s),
        update(updates::RunStarted{{alpha}}, 0s), update(updates::StreamOpened{alpha}, 10s)};
    for (const std::uint8_t slot : std::initializer_list<std::uint8_t>{1, 2, 30}) {
        auto report = head("alpha", slot, slot, slot * 100ms);
        report.is_first = slot != 2;
        report.lag = slot == 2 ? base::Duration{30ms} : base::Duration{0};
        batch.push_back(update(report, 12s * std::int64_t{slot} + slot * 100ms));
        batch.push_back(update(updates::HeadProven{root(slot), chain::Slot{slot}, root(0)},
                               12s * std::int64_t{slot} + slot * 100ms));
    }
    batch.push_back(
        update(updates::StreamEnded{alpha, updates::StreamEndReason::kReset, "peer", 1}, 400s));
    recording.write(std::move(batch), 480s);
    const auto summary = with_plots(recording, 480s);
    REQUIRE(summary.nodes.size() == 1);
    REQUIRE(summary.nodes.front().plots.has_value());
    const history::NodePlots& plots = *summary.nodes.front().plots;
    // A part is a second.
    REQUIRE(plots.arrivals.size() == history::NodePlots::kArrivals);
    CHECK((plots.arrivals[12] == 100ms));
    CHECK((plots.arrivals[24] == 200ms));
    CHECK((plots.arrivals[363] == 3s));
    CHECK_FALSE(plots.arrivals[13].has_value());
    CHECK(plots.lags == 3);
    CHECK(plots.lags_within.front() == 2);
    CHECK(plots.lags_within[4] == 2);
    CHECK(plots.lags_within[5] == 3);
    CHECK(plots.heads_by_part.at(0) == 1);
    CHECK(plots.firsts_by_part.at(0) == 1);
    CHECK(plots.heads_by_part.at(1) == 1);
    CHECK(plots.firsts_by_part.at(1) == 0);
    using Span = history::Spans::Span;
    CHECK(plots.down ==
          std::vector<Span>{{history::to_micros(wall(0s)), history::to_micros(wall(10s))},
                            {history::to_micros(wall(400s)), history::to_micros(wall(480s))}});
    CHECK((summary.slot_clock == chain::SlotClock{wall(0s), 12s}));
}

TEST_CASE("of many stretches the longest are drawn, in order", "[history]") {
    using Span = history::Spans::Span;
    const std::vector<Span> spans{{0, 5}, {10, 11}, {20, 29}, {30, 32}};
    CHECK(history::longest(spans, 4) == spans);
    CHECK(history::longest(spans, 2) == std::vector<Span>{{0, 5}, {20, 29}});
}

TEST_CASE("the page answers first, and holds no text that a name could break out of", "[history]") {
    history::Summary summary;
    history::NodeSummary node;
    node.name = R"(</script><b>"&)";
    node.heads = 1000;
    node.on_time = 1000;
    node.slots_followed = 1000;
    node.slots_unreported = 100;
    node.followed = 1000s;
    node.open = 1000s;
    summary.nodes = {node};
    const std::string page = history::report_html(summary);
    const auto answer = page.find("<p class=\"advice\">Throw out &lt;/script&gt;");
    REQUIRE(answer != std::string::npos);
    CHECK(page.find("<p") == answer);
    CHECK(count(page, "<b>") == 0);
    CHECK(count(page, "<script") == count(page, "</script>"));
    CHECK(base::escape_html("a<b>&\"c") == "a&lt;b&gt;&amp;&quot;c");
    CHECK_THAT(page, Catch::Contains("default-src 'none'"));
    CHECK(page.ends_with("</html>\n"));
    if (history::web::kPlotScript.empty()) {
        CHECK_THAT(page, Catch::Contains("built without uPlot"));
        CHECK(count(page, "<script") == 0);
    } else {
        CHECK_THAT(page, Catch::Contains("Leon Sorokin"));
        CHECK_THAT(page, !Catch::Contains("built without uPlot"));
        CHECK_THAT(page, Catch::Contains(R"("node":"\u003c/script>\u003cb>\"&")"));
    }
}
