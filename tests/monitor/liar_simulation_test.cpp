// A node that makes up what it sends, among an honest majority: whatever is published of the others
// and of slots is the same as without it. The seed of a failure is printed; give it back in
// HEADMON_SEED to run that one alone.
#include <algorithm>
#include <array>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "monitor/slots/slot_tracker.hpp"
#include "tests/monitor/random.hpp"
#include "tests/monitor/random_network.hpp"
#include "updates/chain_facts.hpp"

using namespace std::chrono_literals;
using chain::Root;
using chain::Slot;
using monitor::SlotTracker;
using tests::at;
using tests::NetworkEvent;
using tests::Random;
using tests::RandomNetwork;
using tests::root_of;
using tests::seeds;
using updates::NodeId;

namespace {

const NodeId kLiar{"liar"};

enum class Lie : std::uint8_t {
    kNone,
    /// A head of its own, of which nobody has a header.
    kUnknownRoot,
    /// The same with a header that hashes well, built on the true head.
    kSoundHeader,
    /// The same on a branch of its own.
    kOwnBranch,
    /// The next slot's head, most of a slot early.
    kFutureSlot,
    /// Some head of the end of time.
    kAbsurdSlot,
    /// The true root with another slot, before anybody else.
    kWrongSlot,
    /// A header that is not the root's.
    kWrongHeader,
    /// An old head, and a reorg to it.
    kFalseReorg,
    /// More heads and claims than anybody can use.
    kFlood,
    /// Each of them in turn, true heads in between.
    kMixed,
};
constexpr std::array kLies{
    Lie::kUnknownRoot, Lie::kSoundHeader, Lie::kOwnBranch,  Lie::kFutureSlot, Lie::kAbsurdSlot,
    Lie::kWrongSlot,   Lie::kWrongHeader, Lie::kFalseReorg, Lie::kFlood,      Lie::kMixed};

/// The slot tracker in a random network, with a liar in it.
class Story {
  public:
    Story(unsigned seed, Lie lie, double skipped = 0.05)
        : network_{{.seed = seed, .skipped = skipped}}, random_{seed}, lie_{lie} {
        for (std::size_t i = 0; i < RandomNetwork::kNodes; ++i) {
            nodes_.emplace_back("node" + std::to_string(i));
        }
        std::vector<NodeId> all = nodes_;
        if (lie != Lie::kNone) {
            all.push_back(kLiar);
        }
        const base::Instant start = at(RandomNetwork::kFirst - 1);
        tracker_.set_slot_clock(tests::kChainClock, start);
        tracker_.set_candidates(all, start);
        for (const NodeId node : all) {
            tracker_.set_good_standing(node, true);
            tracker_.observation_began(node, start);
        }
    }

    void play(std::uint64_t slots) {
        for (std::uint64_t i = 0; i < slots; ++i) {
            play_slot();
        }
    }

    /// What was published of honest nodes and of slots, in an order of its own.
    [[nodiscard]] std::vector<std::string> statements() const {
        auto out = statements_;
        std::sort(out.begin(), out.end());
        return out;
    }
    [[nodiscard]] const std::optional<std::uint64_t>& unproven_after() const {
        return unproven_after_;
    }
    [[nodiscard]] std::size_t header_requests() const { return header_requests_; }
    [[nodiscard]] bool has_honest_unproven() const { return has_honest_unproven_; }

  private:
    void play_slot() {
        const std::vector<NetworkEvent> events = network_.next();
        const std::uint64_t slot = network_.slot();
        publish(tracker_.end_slot(at(slot)));
        watch_standings(slot);
        if (lie_ != Lie::kNone) {
            tell_lies(slot);
        }
        for (const NetworkEvent& event : events) {
            const NodeId node = nodes_[event.node];
            if (event.kind == NetworkEvent::Kind::kHead) {
                head(node, event.head, event.at);
            } else if (event.kind == NetworkEvent::Kind::kReorg) {
                publish(tracker_.chain_reorg(node, event.reorg, event.at));
            }
        }
        tracker_.on_tick();
        publish(tracker_.check(at(slot, 11s)));
        fetch(at(slot, 11s));
    }

    void head(NodeId node, const chain::Head& head, base::Instant when) {
        if (tracker_.admit(node)) {
            (void)tracker_.head(node, head, updates::HeadSource::kStream, when, true);
            publish(tracker_.settle(when));
        }
    }
    void lie_head(std::uint64_t slot, const Root& root, base::Instant when) {
        chain::Head made;
        made.slot = Slot{slot};
        made.block = root;
        head(kLiar, made, when);
    }
    Root make_up(std::uint64_t slot, char branch, std::optional<Root> parent) {
        const Root root = root_of(slot, branch);
        if (parent) {
            beacon_api::BlockHeader header;
            header.slot = Slot{slot};
            header.root = root;
            header.parent_root = *parent;
            made_up_[root] = header;
        }
        return root;
    }

    void tell_lies(std::uint64_t slot) {
        const Root truth = network_.head_of_node(0);
        const std::uint64_t true_slot = network_.blocks().at(truth).slot.value;
        const base::Instant early = at(slot, 100ms);
        Lie lie = lie_;
        if (lie == Lie::kMixed) {
            lie = kLies.at(random_.below(kLies.size()));
        }
        switch (lie) {
            case Lie::kUnknownRoot:
                lie_head(slot, make_up(slot, 'x', std::nullopt), early);
                break;
            case Lie::kSoundHeader:
                lie_head(slot, make_up(slot, 'x', network_.blocks().at(truth).parent_root), early);
                break;
            case Lie::kOwnBranch:
                own_ = make_up(slot, 'x', own_.value_or(network_.blocks().at(truth).parent_root));
                lie_head(slot, *own_, early);
                break;
            case Lie::kFutureSlot:
                lie_head(slot + 1, make_up(slot + 1, 'x', truth), at(slot, 6s));
                break;
            case Lie::kAbsurdSlot:
                lie_head(~std::uint64_t{0} - random_.below(1000), root_of(slot, 'x'), early);
                break;
            case Lie::kWrongSlot:
                lie_head(true_slot - 1, truth, early);
                break;
            case Lie::kWrongHeader:
                refused_.insert(root_of(slot, 'w'));
                lie_head(slot, root_of(slot, 'w'), early);
                break;
            case Lie::kFalseReorg: {
                const Root old = network_.blocks().at(truth).parent_root;
                lie_head(true_slot - 1, old, at(slot, 5s));
                beacon_api::ChainReorgEvent claim;
                claim.old_head_block = truth;
                claim.new_head_block = old;
                claim.depth = 4;
                publish(tracker_.chain_reorg(kLiar, claim, at(slot, 5s)));
                break;
            }
            case Lie::kFlood:
                for (std::uint64_t i = 0; i < 200; ++i) {
                    lie_head(slot, make_up(slot * 1000 + i, 'f', truth), early);
                }
                break;
            case Lie::kNone:
            case Lie::kMixed:
                lie_head(true_slot, truth, at(slot, 5s));
                break;
        }
    }

    void fetch(base::Instant now) {
        for (auto wanted = tracker_.wanted(now); !wanted.empty(); wanted = tracker_.wanted(now)) {
            for (const monitor::WantedHeader& header : wanted) {
                ++header_requests_;
                const auto known = network_.blocks().find(header.root);
                const auto made_up = made_up_.find(header.root);
                if (known != network_.blocks().end()) {
                    publish(tracker_.header(nodes_[0], known->second, now));
                } else if (made_up != made_up_.end()) {
                    publish(tracker_.header(kLiar, made_up->second, now));
                } else {
                    if (refused_.contains(header.root)) {
                        tracker_.header_refused(kLiar, header.root);
                    }
                    tracker_.header_failed(header.root);
                }
            }
        }
    }

    void watch_standings(std::uint64_t slot) {
        const auto changes = tracker_.take_node_changes();
        for (const auto& [node, is_unproven] : changes.standings) {
            if (node != kLiar) {
                has_honest_unproven_ = true;
            } else if (is_unproven && !unproven_after_) {
                unproven_after_ = slot - RandomNetwork::kFirst;
            }
        }
    }

    void publish(const SlotTracker::Facts& facts) {
        for (const updates::SlotFact& fact : facts) {
            std::visit([this](const auto& one) { state(one); }, fact);
        }
    }
    void state(const updates::HeadProven& fact) {
        // The block of before the story is true as well, and only an old head leads to it.
        if (fact.slot >= Slot{RandomNetwork::kFirst}) {
            statements_.push_back("proven " + to_string(fact.block));
        }
    }
    void state(const updates::Reorg& fact) {
        if (fact.reported_by != kLiar) {
            statements_.push_back("reorg " + to_string(fact.old_head) + to_string(fact.new_head) +
                                  std::to_string(fact.depth));
        }
    }
    void state(const updates::HeadSplit& fact) {
        // That the liar is on a branch of its own is true.
        const auto others =
            std::count_if(fact.branches.begin(), fact.branches.end(),
                          [](const auto& branch) { return branch.nodes != std::vector{kLiar}; });
        if (others > 1) {
            statements_.push_back("split");
        }
    }
    void state(const updates::NodeBehind& fact) {
        if (fact.node != kLiar) {
            statements_.push_back("behind " + fact.node.name() + std::to_string(fact.slot.value));
        }
    }
    void state(const updates::SlotVerdict& fact) {
        // What the first blocks are built on may be known by an old head too.
        if (fact.slot < Slot{RandomNetwork::kFirst + 3}) {
            return;
        }
        statements_.push_back("slot " + std::to_string(fact.slot.value) +
                              std::string{to_string(fact.verdict)} +
                              (fact.first_reported_by ? fact.first_reported_by->name() : "") +
                              (fact.root ? to_string(*fact.root) : ""));
    }

    RandomNetwork network_;
    Random random_;
    Lie lie_;
    SlotTracker tracker_;
    std::vector<NodeId> nodes_;
    std::map<Root, beacon_api::BlockHeader> made_up_;
    std::set<Root> refused_;
    std::optional<Root> own_;
    std::vector<std::string> statements_;
    std::optional<std::uint64_t> unproven_after_;
    std::size_t header_requests_ = 0;
    bool has_honest_unproven_ = false;
};

}  // namespace

TEST_CASE("whatever one node makes up, of the others and of slots the same is published",
          "[monitor]") {
    for (const unsigned seed : seeds(60)) {
        Story honest{seed, Lie::kNone};
        honest.play(40);
        for (const Lie lie : kLies) {
            INFO("HEADMON_SEED=" << seed << ", lie " << static_cast<int>(lie));
            Story story{seed, lie};
            story.play(40);
            std::vector<std::string> different;
            const auto with = story.statements();
            const auto without = honest.statements();
            std::set_symmetric_difference(with.begin(), with.end(), without.begin(), without.end(),
                                          std::back_inserter(different));
            CHECK(different == std::vector<std::string>{});
            CHECK_FALSE(story.has_honest_unproven());
        }
    }
}

TEST_CASE("who makes up heads is unproven within four slots", "[monitor]") {
    for (const unsigned seed : seeds(20)) {
        for (const Lie lie :
             {Lie::kUnknownRoot, Lie::kSoundHeader, Lie::kOwnBranch, Lie::kWrongHeader,
              Lie::kWrongSlot, Lie::kFlood, Lie::kAbsurdSlot, Lie::kFutureSlot}) {
            INFO("HEADMON_SEED=" << seed << ", lie " << static_cast<int>(lie));
            Story story{seed, lie, 0};
            story.play(12);
            REQUIRE(story.unproven_after().has_value());
            CHECK(*story.unproven_after() <= 4);
        }
    }
}

TEST_CASE("in 10,000 healthy slots nothing false is said, at one header a slot", "[monitor]") {
    Story story{1, Lie::kNone, 0.01};
    story.play(10'000);
    std::size_t unknown = 0;
    for (const std::string& statement : story.statements()) {
        const bool is_expected = statement.starts_with("proven ") || statement.starts_with("slot ");
        CHECK((is_expected && statement.find("late") == std::string::npos));
        unknown += statement.find("unknown") == std::string::npos ? 0U : 1U;
    }
    // Of two slots in a row without a block nothing can be known when the first is judged.
    CHECK(unknown < 10);
    CHECK_FALSE(story.has_honest_unproven());
    CHECK(story.header_requests() <= 10'001);
}
