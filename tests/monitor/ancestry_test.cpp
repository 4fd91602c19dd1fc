#include "monitor/slots/ancestry.hpp"

#include <algorithm>

#include <catch2/catch.hpp>

#include "chain/slot.hpp"
#include "tests/monitor/chain_blocks.hpp"

namespace ancestry_test {

using chain::Slot;
using monitor::Ancestry;
using monitor::Relation;
using tests::header_of;
using tests::root_of;

namespace {

bool add(Ancestry& chain, std::uint64_t slot, char branch, std::uint64_t parent,
         char parent_branch) {
    return chain.add(header_of(slot, branch, parent, parent_branch));
}

/// 10a ← 11a ← 12a ← 14a and 11a ← 12b ← 13b.
Ancestry forked() {
    Ancestry chain;
    add(chain, 10, 'a', 9, 'a');
    add(chain, 11, 'a', 10, 'a');
    add(chain, 12, 'a', 11, 'a');
    add(chain, 14, 'a', 12, 'a');
    add(chain, 12, 'b', 11, 'a');
    add(chain, 13, 'b', 12, 'b');
    return chain;
}

/// Two branches of `blocks` blocks each above slot 1000.
Ancestry two_branches(std::uint64_t blocks) {
    Ancestry chain;
    add(chain, 1000, 'a', 999, 'a');
    for (std::uint64_t slot = 1001; slot <= 1000 + blocks; ++slot) {
        for (const char branch : {'a', 'b'}) {
            add(chain, slot, branch, slot - 1, slot == 1001 ? 'a' : branch);
        }
    }
    return chain;
}

}  // namespace

TEST_CASE("two blocks are the same, ancestor and descendant, or on two branches", "[monitor]") {
    const Ancestry chain = forked();
    CHECK((chain.relation(root_of(12), root_of(12)) == Relation::kSame));
    CHECK((chain.relation(root_of(77), root_of(77)) == Relation::kSame));
    CHECK((chain.relation(root_of(10), root_of(14)) == Relation::kAncestor));
    CHECK((chain.relation(root_of(14), root_of(10)) == Relation::kDescendant));
    CHECK((chain.relation(root_of(14), root_of(13, 'b')) == Relation::kDiverged));
    CHECK((chain.relation(root_of(12), root_of(12, 'b')) == Relation::kDiverged));
    CHECK((chain.relation(root_of(11), root_of(13, 'b')) == Relation::kAncestor));
}

TEST_CASE("the depth is the number of the first branch's blocks above the common ancestor",
          "[monitor]") {
    const Ancestry chain = forked();
    const auto depth = [&](const chain::Root& first, const chain::Root& second) {
        const auto found = chain.depth(first, second);
        CHECK(found.is_exact);
        return found.blocks;
    };
    CHECK(depth(root_of(14), root_of(13, 'b')) == 2);
    CHECK(depth(root_of(13, 'b'), root_of(12)) == 2);
    CHECK(depth(root_of(12), root_of(13, 'b')) == 1);
    CHECK(depth(root_of(14), root_of(11)) == 2);
    CHECK(depth(root_of(11), root_of(14)) == 0);
}

TEST_CASE("branches are told apart however long they are, and their depth up to a limit",
          "[monitor]") {
    for (const std::uint64_t blocks : {31, 32, 33, 63, 64, 65, 1000}) {
        INFO(blocks << " blocks");
        const Ancestry chain = two_branches(blocks);
        const auto a = root_of(1000 + blocks, 'a');
        const auto b = root_of(1000 + blocks, 'b');
        CHECK((chain.relation(a, b) == Relation::kDiverged));
        CHECK((chain.relation(root_of(1000), a) == Relation::kAncestor));
        CHECK((chain.relation(root_of(1001, 'b'), a) == Relation::kDiverged));
        const auto depth = chain.depth(a, b);
        CHECK(depth.blocks == std::min(blocks, Ancestry::kDepthMax));
        CHECK(depth.is_exact == (blocks < Ancestry::kDepthMax));
        CHECK_FALSE(depth.missing);
    }
}

TEST_CASE("two heads older than all headers are told apart by the blocks between their slots",
          "[monitor]") {
    Ancestry chain;
    add(chain, 500, 'a', 499, 'a');
    add(chain, 499, 'b', 498, 'b');
    CHECK((chain.relation(root_of(500), root_of(499, 'b')) == Relation::kUnknown));
    CHECK((chain.find_missing(root_of(500), root_of(499, 'b'))->root == root_of(499)));
    add(chain, 499, 'a', 498, 'a');
    CHECK((chain.relation(root_of(500), root_of(499, 'b')) == Relation::kDiverged));
    const auto depth = chain.depth(root_of(500), root_of(499, 'b'));
    CHECK_FALSE(depth.is_exact);
    CHECK(depth.blocks == 2);
    CHECK(depth.missing.has_value());
}

TEST_CASE("a relation is inherited by what grows on a branch, long after its blocks are forgotten",
          "[monitor]") {
    Ancestry chain{100};
    add(chain, 10, 'a', 9, 'a');
    add(chain, 10, 'b', 9, 'a');
    for (std::uint64_t slot = 11; slot < 3000; ++slot) {
        add(chain, slot, 'a', slot - 1, 'a');
        REQUIRE((chain.relation(root_of(10), root_of(slot)) == Relation::kAncestor));
        if (slot < 80) {
            REQUIRE((chain.relation(root_of(10, 'b'), root_of(slot)) == Relation::kDiverged));
        }
    }
}

TEST_CASE("what is missing is requested block by block, and never more than needed", "[monitor]") {
    Ancestry chain;
    add(chain, 10, 'a', 9, 'a');
    auto answer = chain.compare(root_of(10), root_of(13));
    CHECK((answer.relation == Relation::kUnknown));
    CHECK((answer.missing == root_of(13)));
    CHECK_FALSE(answer.missing_on_first);
    add(chain, 13, 'a', 12, 'a');
    CHECK((chain.compare(root_of(10), root_of(13)).missing == root_of(12)));
    CHECK(chain.compare(root_of(13), root_of(10)).missing_on_first);
    add(chain, 12, 'a', 10, 'a');
    answer = chain.compare(root_of(10), root_of(13));
    CHECK((answer.relation == Relation::kAncestor));
    CHECK_FALSE(answer.missing);
}

TEST_CASE("headers may come in any order, and be compared before they are complete", "[monitor]") {
    std::vector<beacon_api::BlockHeader> headers{
        header_of(10, 'a', 9, 'a'),  header_of(11, 'a', 10, 'a'), header_of(12, 'a', 11, 'a'),
        header_of(11, 'b', 10, 'a'), header_of(13, 'b', 11, 'b'),
    };
    std::vector<chain::Root> roots;
    for (const auto& header : headers) {
        roots.push_back(header.root);
    }
    const auto by_root = [](const auto& a, const auto& b) { return a.root < b.root; };
    std::sort(headers.begin(), headers.end(), by_root);
    do {
        Ancestry chain;
        for (const auto& header : headers) {
            for (const auto& first : roots) {
                for (const auto& second : roots) {
                    (void)chain.relation(first, second);
                }
            }
            chain.add(header);
        }
        REQUIRE((chain.relation(root_of(12), root_of(13, 'b')) == Relation::kDiverged));
        REQUIRE((chain.relation(root_of(11), root_of(12)) == Relation::kAncestor));
        REQUIRE((chain.relation(root_of(10), root_of(13, 'b')) == Relation::kAncestor));
        REQUIRE((chain.relation(root_of(13, 'b'), root_of(11)) == Relation::kDiverged));
    } while (std::next_permutation(headers.begin(), headers.end(), by_root));
}

TEST_CASE("a block whose header nobody serves is known by its child's header", "[monitor]") {
    Ancestry chain;
    add(chain, 12, 'a', 10, 'a');
    add(chain, 10, 'a', 9, 'a');
    CHECK((chain.relation(root_of(9), root_of(12)) == Relation::kAncestor));
    CHECK((chain.relation(root_of(12), root_of(9)) == Relation::kDescendant));
    CHECK((chain.relation(root_of(9, 'x'), root_of(12)) == Relation::kUnknown));
}

TEST_CASE("a header that no block can have is refused", "[monitor]") {
    Ancestry chain;
    CHECK(add(chain, 12, 'a', 10, 'a'));
    CHECK_FALSE(add(chain, 10, 'b', 12, 'a'));
    CHECK_FALSE(add(chain, 12, 'c', 12, 'a'));
    CHECK_FALSE(add(chain, 9, 'd', 9, 'd'));
    CHECK(chain.find(root_of(10, 'b')) == nullptr);
}

TEST_CASE("a branch passes over the slots without a block", "[monitor]") {
    const Ancestry chain = forked();
    CHECK(chain.passes_over(root_of(14), Slot{13}));
    CHECK_FALSE(chain.passes_over(root_of(14), Slot{12}));
    CHECK_FALSE(chain.passes_over(root_of(14), Slot{14}));
    CHECK_FALSE(chain.passes_over(root_of(14), Slot{15}));
    CHECK_FALSE(chain.passes_over(root_of(13, 'b'), Slot{13}));
    // The parent's header is missing: it may be of slot 8.
    CHECK_FALSE(chain.passes_over(root_of(10), Slot{8}));
}

}  // namespace ancestry_test
