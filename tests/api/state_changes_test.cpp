// What views are told of the state, on values alone.
#include "api/state_changes.hpp"

#include <memory>
#include <string>
#include <vector>

#include <boost/json/parse.hpp>
#include <catch2/catch.hpp>

#include "base/time_text.hpp"
#include "tests/monitor/heads.hpp"

using namespace std::chrono_literals;
using updates::NodeId;

namespace api_state_changes_test {

boost::json::object parse(const std::string& json) {
    return boost::json::parse(json).as_object();
}

/// A board that is told updates, and what of them views are told.
class Changes {
  public:
    Changes() {
        tell(updates::SlotTime{
            chain::SlotClock{now_.wall - 1200s, 12s}, updates::SlotTimeSource::kNode, {}});
        tell(updates::RunStarted{{NodeId{"alpha"}, NodeId{"beta"}}, {}});
        set_health("alpha", true);
        set_health("beta", true);
        for (const char* const node : {"alpha", "beta"}) {
            report(node, 100, 1);
        }
        tell(updates::BestHead{NodeId{"alpha"}, tests::head(100, 1)});
        static_cast<void>(take());
    }

    void tell(updates::Fact fact, bool is_read = true) {
        const updates::Update update{std::move(fact), now_};
        board_.apply(std::make_shared<const updates::Update>(update));
        static_cast<void>(merged_.apply(update, true));
        changes.apply(update, is_read);
    }
    void report(const std::string& node, std::uint64_t slot, std::uint8_t block) {
        updates::NodeHead report{NodeId{node}, tests::head(slot, block)};
        report.timing.delay = 1s;
        tell(report);
    }
    void set_health(const std::string& name, bool is_good) {
        updates::NodeStatus status{NodeId{name}};
        status.state = is_good ? updates::StreamState::kOpen : updates::StreamState::kEnded;
        status.network_check = updates::NetworkCheck::kMatch;
        tell(status);
    }
    void reorg(std::uint8_t from, updates::Certainty certainty) {
        updates::Reorg reorg;
        reorg.old_head = tests::root(from);
        reorg.new_head = tests::root(200);
        reorg.certainty = certainty;
        tell(reorg);
    }
    void judge(std::uint64_t slot) {
        tell(updates::SlotVerdict{chain::Slot{slot}, updates::Verdict::kUnknown, {}, {}, {}, {}});
    }
    void advance(base::Duration duration) {
        now_.mono += duration;
        now_.wall += std::chrono::duration_cast<base::WallTime::duration>(duration);
    }
    std::vector<api::StateEvent> take() { return changes.take(now_); }
    /// "node:alpha slot:100 chain": what is given out now.
    std::string taken() {
        std::string text;
        for (const api::StateEvent& event : take()) {
            const auto data = parse(event.data);
            text.append(text.empty() ? "" : " ").append(event.type);
            if (event.type == "node" || event.type == "slot") {
                text += ":" + std::string{data.at(event.type).as_string()};
            }
            last = data;
        }
        return text;
    }
    [[nodiscard]] base::Instant now() const { return now_; }
    boost::json::object chain() { return parse(changes.snapshot(now_)).at("chain").as_object(); }

  private:
    base::Instant now_{base::MonoTime{1h}, base::WallTime{std::chrono::hours{24 * 365 * 56}}};
    api::NodeBoard board_{{}};
    api::MergedHead merged_;
    std::vector<std::string> services_{"web/api"};
    api::About about_{"1.2.3", now_.wall, true, "https://explorer.example/slot/{slot}"};

  public:
    api::StateChanges changes{{board_, merged_, services_, about_}};
    /// The last event that `taken` has seen.
    boost::json::object last;
};

TEST_CASE("what changed is given out once, however often it changed", "[api]") {
    Changes at;
    CHECK(at.taken().empty());
    at.report("beta", 101, 2);
    at.set_health("alpha", true);
    at.report("alpha", 101, 2);
    at.tell(updates::StreamOpened{NodeId{"beta"}, true});
    CHECK(at.taken() == "node:alpha node:beta slot:101");
    CHECK(at.taken().empty());
    at.tell(updates::ServiceHealth{"web/api", updates::ServiceHealthState::kDegraded, "why"});
    CHECK(at.taken() == "services");
    CHECK(at.last.at("services").as_array().size() == 1);
}

TEST_CASE("what no view shows is given to none", "[api]") {
    Changes at;
    at.tell(updates::NodeBlock{NodeId{"alpha"}, chain::Slot{100}, tests::root(1), false});
    at.tell(updates::HeadProven{tests::root(1), chain::Slot{100}, tests::root(0)});
    CHECK_FALSE(at.changes.due());
    // A node that has left the list.
    at.tell(updates::StreamOpened{NodeId{"stranger"}, false});
    CHECK(at.taken().empty());
    // A report that is not timed is none of the slot's.
    updates::NodeHead late{NodeId{"alpha"}, tests::head(100, 1)};
    late.timing.delay = 1s;
    late.timing.is_repeat = true;
    at.tell(late);
    CHECK(at.taken() == "node:alpha");
}

TEST_CASE("changes are given out every 250 ms at most, the first at once", "[api]") {
    Changes at;
    CHECK_FALSE(at.changes.due());
    const auto last = at.now().mono;
    at.advance(100ms);
    at.set_health("alpha", false);
    CHECK(at.changes.due() == last + 250ms);
    at.advance(10s);
    CHECK(*at.changes.due() < at.now().mono);
    at.take();
    CHECK_FALSE(at.changes.due());
}

TEST_CASE("nothing but reorgs is collected for nobody", "[api]") {
    Changes at;
    at.tell(updates::StreamOpened{NodeId{"alpha"}, false}, false);
    updates::Reorg reorg;
    reorg.old_head = tests::root(1);
    at.tell(reorg, false);
    CHECK_FALSE(at.changes.due());
    CHECK(at.chain().at("reorgs").as_array().size() == 1);
    at.set_health("alpha", false);
    at.changes.clear();
    CHECK_FALSE(at.changes.due());
}

TEST_CASE("another list of nodes, or another slot time, is a snapshot and nothing beside it",
          "[api]") {
    Changes at;
    at.set_health("alpha", false);
    at.tell(updates::RunStarted{{NodeId{"alpha"}, NodeId{"gamma"}}, {}});
    CHECK(at.taken() == "snapshot");
    CHECK(at.last.at("nodes").as_array()[1].at("node") == "gamma");
    at.tell(updates::SlotTime{
        chain::SlotClock{at.now().wall, 12s}, updates::SlotTimeSource::kNode, {}});
    at.report("alpha", 0, 1);
    CHECK(at.taken() == "snapshot");
    CHECK(at.last.at("slots").as_array().size() == 1);
    CHECK(at.taken().empty());
}

TEST_CASE("a snapshot holds the whole state", "[api]") {
    Changes at;
    at.tell(updates::ClockSkew{updates::ClockSkew::Level::kSkewed, 2s, 1s, true});
    const auto state = parse(at.changes.snapshot(at.now()));
    CHECK(state.at("nodes").as_array().size() == 2);
    CHECK(state.at("slots").as_array()[0].at("slot") == "100");
    CHECK(state.at("best_node").at("node") == "alpha");
    CHECK(state.at("services").as_array()[0].at("service") == "web/api");
    CHECK(state.at("about").at("version") == "1.2.3");
    CHECK(state.at("about").at("has_history") == true);
    CHECK(state.at("about").at("block_explorer") == "https://explorer.example/slot/{slot}");
    const auto& chain = state.at("chain").as_object();
    CHECK(chain.at("is_running") == true);
    CHECK(chain.at("is_stopped") == false);
    CHECK(chain.at("merged").at("slot") == "100");
    CHECK(chain.at("best").at("slot") == "100");
    CHECK(chain.at("clock").at("offset_seconds") == 2);
    CHECK(chain.at("slot_time").at("slot_duration_seconds") == 12);
    CHECK(chain.at("split").is_null());
}

TEST_CASE("the best node comes with each change of a node's standing, and once a slot", "[api]") {
    Changes at;
    at.tell(updates::StreamOpened{NodeId{"beta"}, true});
    CHECK(at.taken() == "node:beta");
    at.set_health("beta", false);
    CHECK(at.taken() == "node:beta best_node");
    at.set_health("beta", true);
    CHECK(at.taken() == "node:beta best_node");
    at.judge(100);
    CHECK(at.taken() == "slot:100 best_node");
    at.set_health("alpha", false);
    CHECK(at.taken() == "node:alpha best_node");
    CHECK(at.last.at("node") == "beta");
    // Its head is old, though nothing is published of beta itself.
    at.report("alpha", 110, 9);
    at.tell(updates::BestHead{NodeId{"alpha"}, tests::head(110, 9)});
    CHECK(at.taken() == "node:alpha slot:110 best_node chain");
    CHECK(at.last.at("best").at("slot") == "110");
}

TEST_CASE("that a run is over for long is given out, though nobody publishes it", "[api]") {
    Changes at;
    at.tell(updates::RunEnded{updates::RunEndReason::kGaveUp, ""});
    CHECK(at.taken() == "chain");
    CHECK(at.last.at("is_running") == false);
    CHECK(at.last.at("is_stopped") == false);
    REQUIRE(at.changes.due());
    CHECK(*at.changes.due() == at.now().mono + 24s + 1ns);
    at.advance(24s);
    CHECK(at.taken().empty());
    at.advance(1ns);
    CHECK(at.taken() == "best_node chain");
    CHECK(at.last.at("is_stopped") == true);
    CHECK_FALSE(at.changes.due());
}

TEST_CASE("failed cycles are given out, and their end", "[api]") {
    Changes at;
    at.tell(updates::CycleFailed{2, 5});
    CHECK(at.taken() == "chain");
    CHECK(at.last.at("consecutive_failed_cycles") == 2);
    at.tell(updates::StreamOpened{NodeId{"alpha"}, true});
    CHECK(at.taken() == "node:alpha chain");
    CHECK(at.last.at("consecutive_failed_cycles") == 0);
}

TEST_CASE("the last 32 reorgs are kept, each as it is known last", "[api]") {
    Changes at;
    for (std::uint8_t i = 1; i <= 40; ++i) {
        at.reorg(i, updates::Certainty::kUnconfirmed);
    }
    at.advance(1s);
    at.reorg(20, updates::Certainty::kConfirmed);
    const auto reorgs = at.chain().at("reorgs").as_array();
    REQUIRE(reorgs.size() == 32);
    CHECK(std::string{reorgs[0].at("old_head").as_string()}.ends_with("28"));
    CHECK(std::string{reorgs[31].at("old_head").as_string()}.ends_with("09"));
    CHECK(reorgs[20].at("certainty") == "confirmed");
    CHECK(std::string{reorgs[20].at("old_head").as_string()}.ends_with("14"));
    CHECK(reorgs[20].at("at").as_string() > reorgs[0].at("at").as_string());
    CHECK(reorgs[19].at("certainty") == "unconfirmed");
}

TEST_CASE("a split has the moment since which it is, until it is over", "[api]") {
    Changes at;
    updates::HeadSplit split;
    split.since = at.now().mono;
    split.branches = {{tests::root(1), chain::Slot{100}, {NodeId{"alpha"}}},
                      {tests::root(2), chain::Slot{100}, {NodeId{"beta"}}}};
    const std::string since = base::to_rfc3339(at.now().wall);
    at.advance(5s);
    at.tell(split);
    CHECK(at.taken() == "chain");
    CHECK(at.last.at("split").at("since").as_string() == since);
    CHECK(at.last.at("split").at("branches").as_array().size() == 2);
    split.is_over = true;
    split.branches.clear();
    at.tell(split);
    CHECK(at.taken() == "chain");
    CHECK(at.last.at("split").is_null());
}

}  // namespace api_state_changes_test
