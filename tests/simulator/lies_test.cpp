#include "simulator/lies.hpp"

#include <string>
#include <vector>

#include <boost/json/parse.hpp>
#include <catch2/catch.hpp>

#include "chain/block_header.hpp"
#include "simulator/node_plan.hpp"
#include "simulator/rest.hpp"

namespace lies_test {

using namespace std::chrono_literals;
using simulator::Block;
using simulator::Branch;
using simulator::Chain;
using simulator::Emission;
using simulator::Lie;
using simulator::NodePlan;

namespace {

constexpr std::uint64_t kSlot = 9;

/// One node beside itself without the lie, in a slot that has a block and in one that has none.
class LiesFixture {
  public:
    explicit LiesFixture(Lie lie) : scenario_{scenario_with(lie)} {}

    [[nodiscard]] Block truth() const { return chain_.block(Branch{}, chain::Slot{kSlot}); }
    [[nodiscard]] Block before() const { return chain_.block(Branch{}, chain::Slot{kSlot - 1}); }
    /// The data of the slot's events of a topic.
    [[nodiscard]] std::vector<boost::json::object> events(const std::string& topic,
                                                          std::uint64_t slot = kSlot,
                                                          bool is_honest = false) const {
        std::vector<boost::json::object> out;
        for (const Emission& one : (is_honest ? honest_ : liar_).emissions(slot)) {
            if (one.topic == topic) {
                out.push_back(boost::json::parse(one.data).as_object());
            }
        }
        return out;
    }
    [[nodiscard]] boost::json::object rest(const std::string& target,
                                           bool is_honest = false) const {
        const simulator::NodeView view{kSlot, truth(), 1'800'000'000s};
        const auto answer = rest_answer(is_honest ? honest_ : liar_, view, target);
        return boost::json::parse(answer.body).as_object();
    }
    [[nodiscard]] boost::json::object data(const std::string& target,
                                           bool is_honest = false) const {
        return rest(target, is_honest).at("data").as_object();
    }
    [[nodiscard]] int status_of(const std::string& target) const {
        return rest_answer(liar_, simulator::NodeView{kSlot, truth(), 1'800'000'000s}, target)
            .status;
    }
    [[nodiscard]] chain::Root hash(const std::string& root) const {
        const auto message = data("/eth/v1/beacon/headers/" + root)
                                 .at("header")
                                 .as_object()
                                 .at("message")
                                 .as_object();
        const auto parsed = [&](const char* member) {
            return chain::parse_root(text(message, member), member).value();
        };
        chain::BlockHeader header;
        header.slot.value = std::stoull(text(message, "slot"));
        header.proposer_index = std::stoull(text(message, "proposer_index"));
        header.parent_root = parsed("parent_root");
        header.state_root = parsed("state_root");
        header.body_root = parsed("body_root");
        return hash_tree_root(header);
    }
    [[nodiscard]] static std::string text(const boost::json::object& of, const char* member) {
        return std::string{of.at(member).as_string()};
    }

  private:
    static simulator::Scenario scenario_with(Lie lie) {
        simulator::Scenario scenario;
        scenario.slot_duration = 12s;
        scenario.gloas_from_epoch = 0;
        simulator::NodeScript node;
        node.name = "a";
        node.client = "lighthouse";
        node.delay = 100ms;
        scenario.nodes = {node, node};
        simulator::Fault fault;
        fault.kind = simulator::FaultKind::kLie;
        fault.about = lie;
        fault.to_slot = 1000;
        scenario.nodes[1].faults = {fault};
        return scenario;
    }

    simulator::Scenario scenario_;
    Chain chain_{1, 0, {kSlot + 1}};
    NodePlan honest_{scenario_, 0, chain_};
    NodePlan liar_{scenario_, 1, chain_};
};

}  // namespace

TEST_CASE("a liar's own blocks also come where the chain has none", "[simulator][lies]") {
    for (const Lie lie : {Lie::kRoot, Lie::kParent}) {
        const LiesFixture f{lie};
        REQUIRE(f.events("head", kSlot + 1, true).empty());
        const auto in_skipped = f.events("head", kSlot + 1);
        REQUIRE(in_skipped.size() == 1);
        CHECK(f.text(in_skipped[0], "slot") == std::to_string(kSlot + 1));
        const std::string root = f.text(f.events("head").at(0), "block");
        CHECK(root != to_string(f.truth().root));
        const bool has_header = lie == Lie::kParent;
        CHECK(f.status_of("/eth/v1/beacon/headers/" + root) == (has_header ? 200 : 404));
        if (has_header) {
            CHECK(to_string(f.hash(root)) == root);
        }
        // The true blocks it has as well.
        CHECK((f.hash(to_string(f.before().root)) == f.before().root));
    }
}

TEST_CASE("a lie about the slot or the state leaves the root true", "[simulator][lies]") {
    const auto slot = LiesFixture{Lie::kSlot}.events("head").at(0);
    const LiesFixture f{Lie::kState};
    const auto state = f.events("head").at(0);
    for (const auto* const head : {&slot, &state}) {
        CHECK(f.text(*head, "block") == to_string(f.truth().root));
    }
    CHECK(f.text(slot, "slot") != std::to_string(kSlot));
    CHECK(f.text(slot, "state") == to_string(f.truth().state));
    CHECK(f.text(state, "slot") == std::to_string(kSlot));
    CHECK(f.text(state, "state") != to_string(f.truth().state));
}

TEST_CASE("a lie about headers leaves the heads true", "[simulator][lies]") {
    const LiesFixture f{Lie::kHeader};
    CHECK((f.events("head") == f.events("head", kSlot, true)));
    CHECK((f.hash(to_string(f.truth().root)) != f.truth().root));
    CHECK((f.hash(to_string(f.before().root)) != f.before().root));
}

TEST_CASE("a lie about the status turns every flag over", "[simulator][lies]") {
    const LiesFixture f{Lie::kStatus};
    CHECK(f.events("head").at(0).at("execution_optimistic").as_bool());
    const auto v2 = f.events("head_v2");
    REQUIRE(v2.size() == 2);
    CHECK(f.text(v2[0].at("data").as_object(), "payload_status") == "full");
    CHECK(f.text(v2[1].at("data").as_object(), "payload_status") == "empty");
    CHECK(f.data("/eth/v1/node/syncing").at("is_syncing").as_bool());
    CHECK(f.rest("/eth/v1/beacon/headers/head").at("execution_optimistic").as_bool());
    CHECK_FALSE(f.data("/eth/v1/beacon/headers/head").at("canonical").as_bool());
}

TEST_CASE("a lie about the time is a head of the next slot", "[simulator][lies]") {
    const auto heads = LiesFixture{Lie::kTime}.events("head");
    REQUIRE(heads.size() == 2);
    CHECK(LiesFixture::text(heads[1], "slot") == std::to_string(kSlot + 1));
}

TEST_CASE("a lie about topics swaps what they carry", "[simulator][lies]") {
    const LiesFixture f{Lie::kTopic};
    CHECK((f.events("head") == f.events("block", kSlot, true)));
    CHECK((f.events("block") == f.events("head", kSlot, true)));
}

TEST_CASE("a lie about a reorg goes back to the head's parent", "[simulator][lies]") {
    const LiesFixture f{Lie::kReorg};
    REQUIRE(f.events("chain_reorg", kSlot, true).empty());
    const auto claims = f.events("chain_reorg");
    REQUIRE(claims.size() == 1);
    CHECK(f.text(claims[0], "depth") == "4");
    CHECK(f.text(claims[0], "old_head_block") == to_string(f.truth().root));
    CHECK(f.text(claims[0], "new_head_block") == to_string(f.before().root));
    CHECK(f.text(f.events("head").at(1), "block") == to_string(f.before().root));
}

TEST_CASE("a lie about the chain gives another genesis or another slot time", "[simulator][lies]") {
    const LiesFixture genesis{Lie::kGenesis};
    const std::string path = "/eth/v1/beacon/genesis";
    CHECK(genesis.data(path).at("genesis_validators_root") !=
          genesis.data(path, true).at("genesis_validators_root"));
    const LiesFixture spec{Lie::kSpec};
    CHECK(spec.text(spec.data("/eth/v1/config/spec"), "SLOT_DURATION_MS") == "24000");
    CHECK((spec.events("head") == spec.events("head", kSlot, true)));
}

}  // namespace lies_test
