// Which nodes a report says to throw out, and why.
#include "history/advice.hpp"

#include "history/report.hpp"
#include "history/summary.hpp"
#include "tests/history/history_fixture.hpp"

using namespace tests;

namespace advice_test {

using history::Summary;

history::NodeSummary node(const std::string& name, std::uint64_t late, std::uint64_t unreported,
                          base::Duration open) {
    history::NodeSummary node;
    node.name = name;
    node.heads = 1000;
    node.late = late;
    node.on_time = 1000 - late;
    node.slots_followed = 1000;
    node.slots_unreported = unreported;
    node.followed = 1000s;
    node.open = open;
    node.delays.resize(Summary::kParts);
    return node;
}

TEST_CASE("the report begins with which nodes to throw out, and why", "[history]") {
    Summary summary;
    summary.nodes = {node("alpha", 20, 0, 1000s), node("beta", 90, 0, 1000s),
                     node("gamma", 20, 15, 1000s), node("delta", 20, 0, 900s)};
    CHECK(history::first_paragraph(summary) ==
          "Throw out beta (7.0 % more of its heads were late than of the best node's), delta (its "
          "stream was down for 10.0 % more of the time than the best node's). Watch gamma (it "
          "reported nothing of 1.5 % of "
          "the slots with a block). The others are good.");
    CHECK_THAT(history::report_text(summary), Catch::StartsWith("Throw out beta"));
    CHECK_THAT(history::report_json(summary),
               Catch::Contains(R"("node":"beta","judgement":"throw_out")"));
    // What is late everywhere is the chain's.
    summary.nodes = {node("alpha", 90, 0, 1000s), node("beta", 90, 0, 1000s)};
    CHECK(history::first_paragraph(summary) == "Keep all nodes: none of them stands out.");
    summary.nodes.front().heads = 5;
    CHECK(history::first_paragraph(summary) ==
          "Nothing can be said of alpha (too little was seen of it). The others are good.");
    CHECK(history::first_paragraph({}) == "No node was followed in this time.");
}

TEST_CASE("no node is thrown out for a few seconds", "[history]") {
    Summary summary;
    summary.nodes = {node("alpha", 0, 0, 1000s), node("beta", 0, 0, 900s)};
    summary.nodes.back().followed = 1000s;
    CHECK(history::advise(summary, summary.nodes.back()).judgement ==
          history::Judgement::kThrowOut);
    // It has been followed for three seconds, and its stream is just being opened.
    summary.nodes.back().followed = 3s;
    summary.nodes.back().open = 1s;
    CHECK(history::advise(summary, summary.nodes.back()).judgement == history::Judgement::kKeep);
    summary.nodes.back().heads = 0;
    CHECK(history::advise(summary, summary.nodes.back()).judgement == history::Judgement::kUnknown);
}

TEST_CASE("of what was down everywhere, or in a single node, nobody knows whose fault it was",
          "[history]") {
    const std::string reason =
        " (its stream was down for 20.0 % of the time, and no node did much better: see to "
        "headmon's own network)";
    Summary summary;
    summary.nodes = {node("alpha", 0, 0, 800s)};
    CHECK(history::first_paragraph(summary) == "Nothing can be said of alpha" + reason + ".");
    summary.nodes = {node("alpha", 0, 0, 800s), node("beta", 0, 0, 800s)};
    CHECK(history::first_paragraph(summary) ==
          "Nothing can be said of alpha" + reason + ", beta" + reason + ".");
    summary.nodes.front().open = 995s;
    summary.nodes.front().followed = 1000s;
    CHECK(history::advise(summary, summary.nodes.back()).judgement ==
          history::Judgement::kThrowOut);
    CHECK(history::advise(summary, summary.nodes.front()).judgement == history::Judgement::kKeep);
}

}  // namespace advice_test
