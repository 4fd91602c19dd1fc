// Each rule that rests on how two heads are related, over every answer that there can be: yes, no,
// nobody knows, and too far apart for the headers that are known; told before, and not.
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include "monitor/slots/reorg_detector.hpp"
#include "tests/monitor/fork_fixture.hpp"

namespace relation_table_test {

using namespace std::chrono_literals;
using monitor::Ancestry;
using tests::add;
using tests::at;
using tests::head;
using tests::kAlpha;
using tests::kBeta;
using tests::root_of;
using updates::Certainty;
using Watch = tests::ForkWatch;

namespace {

/// A block that a node reports.
struct Block {
    std::uint64_t slot = 0;
    char branch = 'a';
};

/// 10a to 20a, and 11b to 20b on 10a; of 1500x the header alone, and of 21x and 12y none.
Ancestry known_chain() {
    Ancestry chain;
    add(chain, 10, 'a', 9, 'a');
    for (std::uint64_t slot = 11; slot <= 20; ++slot) {
        add(chain, slot, 'a', slot - 1, 'a');
        add(chain, slot, 'b', slot - 1, slot == 11 ? 'a' : 'b');
    }
    add(chain, 1500, 'x', 1499, 'x');
    return chain;
}

/// What is said when alpha and beta have these heads for three slots, after others.
template <class Fact, class Is>
std::vector<bool> said(const std::pair<Block, Block>& before, const std::pair<Block, Block>& now,
                       const Is& is_on) {
    Watch watch;
    const Ancestry chain = known_chain();
    std::vector<bool> out;
    const auto report = [&](const std::pair<Block, Block>& heads, std::uint64_t slot) {
        head(watch, kAlpha, heads.first.slot, heads.first.branch, at(slot, 1s));
        head(watch, kBeta, heads.second.slot, heads.second.branch, at(slot, 1s));
        for (std::uint64_t i = 0; i < 3; ++i) {
            for (const auto& fact : watch.settle(chain, at(slot + i, 11s).mono)) {
                if (const Fact* const one = std::get_if<Fact>(&fact)) {
                    out.push_back(is_on(*one));
                }
            }
        }
    };
    report(before, 12);
    report(now, 1500);
    return out;
}

using Said = std::vector<bool>;

struct Row {
    std::string_view answer;
    std::pair<Block, Block> heads;
    /// Whether it is on, each time that it is said: from nothing, and after it was said to be on.
    Said from_off;
    Said from_on;
};

}  // namespace

TEST_CASE("a split begins and ends on evidence alone", "[monitor][unknown]") {
    const std::pair<Block, Block> together{{11, 'a'}, {11, 'a'}};
    const std::pair<Block, Block> apart{{11, 'a'}, {11, 'b'}};
    const auto is_on = [](const updates::HeadSplit& split) { return !split.is_over; };
    for (const Row& row : std::vector<Row>{
             {"yes", {{20, 'a'}, {20, 'b'}}, {true}, {true}},
             {"no", {{19, 'a'}, {20, 'a'}}, {}, {true, false}},
             {"unknown", {{20, 'a'}, {21, 'x'}}, {}, {true}},
             {"too far", {{20, 'a'}, {1500, 'x'}}, {}, {true}},
         }) {
        INFO(row.answer);
        CHECK(said<updates::HeadSplit>(together, row.heads, is_on) == row.from_off);
        CHECK(said<updates::HeadSplit>(apart, row.heads, is_on) == row.from_on);
    }
}

TEST_CASE("a node begins and ends to be behind on evidence alone", "[monitor][unknown]") {
    const std::pair<Block, Block> level{{11, 'a'}, {11, 'a'}};
    const std::pair<Block, Block> behind{{11, 'a'}, {12, 'a'}};
    const auto is_on = [](const updates::NodeBehind& fact) {
        CHECK((fact.node == kAlpha));
        return fact.is_behind;
    };
    for (const Row& row : std::vector<Row>{
             {"yes", {{12, 'a'}, {20, 'a'}}, {true}, {true}},
             {"no", {{20, 'a'}, {20, 'a'}}, {}, {true, false}},
             {"no, on another branch", {{20, 'b'}, {20, 'a'}}, {}, {true, false}},
             {"unknown", {{12, 'y'}, {20, 'a'}}, {}, {true}},
             {"too far", {{11, 'a'}, {1500, 'x'}}, {}, {true}},
         }) {
        INFO(row.answer);
        CHECK(said<updates::NodeBehind>(level, row.heads, is_on) == row.from_off);
        CHECK(said<updates::NodeBehind>(behind, row.heads, is_on) == row.from_on);
    }
}

TEST_CASE("a claimed reorg is confirmed and refuted on evidence alone", "[monitor][unknown]") {
    struct Claimed {
        std::string_view answer;
        Block from;
        Block to;
        std::optional<Certainty> found;
    };
    const monitor::HeadClaims no_claims;
    for (const Claimed& row : std::vector<Claimed>{
             {"yes", {20, 'a'}, {20, 'b'}, Certainty::kConfirmed},
             {"no", {19, 'a'}, {20, 'a'}, Certainty::kRefuted},
             {"no, to its own ancestor", {20, 'a'}, {19, 'a'}, std::nullopt},
             {"unknown", {20, 'a'}, {21, 'x'}, std::nullopt},
             {"too far", {20, 'a'}, {1500, 'x'}, std::nullopt},
         }) {
        INFO(row.answer);
        monitor::ReorgDetector watch;
        const Ancestry chain = known_chain();
        beacon_api::ChainReorgEvent event;
        event.old_head_block = root_of(row.from.slot, row.from.branch);
        event.new_head_block = root_of(row.to.slot, row.to.branch);
        event.depth = 3;
        watch.head(kAlpha, event.old_head_block, at(1500).mono);
        REQUIRE(watch.reported(kAlpha, event, at(1500, 1s).mono).has_value());
        watch.head(kAlpha, event.new_head_block, at(1500, 1s).mono);
        std::vector<Certainty> found;
        for (std::uint64_t slot = 1500; slot < 1512; ++slot) {
            for (const auto& reorg : watch.settle(chain, no_claims, at(slot, 11s).mono).reorgs) {
                found.push_back(reorg.certainty);
            }
        }
        CHECK((found == (row.found ? std::vector{*row.found} : std::vector<Certainty>{})));
    }
}

}  // namespace relation_table_test
