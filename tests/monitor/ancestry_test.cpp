#include "monitor/slots/ancestry.hpp"

#include <catch2/catch.hpp>

#include "chain/slot.hpp"
#include "tests/monitor/chain_blocks.hpp"

using chain::Slot;
using monitor::Ancestry;
using monitor::Relation;
using tests::root_of;

namespace {

void add(Ancestry& chain, std::uint64_t slot, char branch, std::uint64_t parent,
         char parent_branch) {
    chain.add_header(root_of(slot, branch), Slot{slot}, root_of(parent, parent_branch));
}

/// 10a ← 11a ← 12a ← 14a and 11a ← 12b ← 13b.
Ancestry forked() {
    Ancestry chain;
    chain.add_block(root_of(10), Slot{10});
    add(chain, 11, 'a', 10, 'a');
    add(chain, 12, 'a', 11, 'a');
    add(chain, 14, 'a', 12, 'a');
    add(chain, 12, 'b', 11, 'a');
    add(chain, 13, 'b', 12, 'b');
    return chain;
}

}  // namespace

TEST_CASE("two blocks are the same, ancestor and descendant, or on two branches", "[monitor]") {
    const Ancestry chain = forked();
    CHECK((chain.compare(root_of(12), root_of(12)).relation == Relation::kSame));
    CHECK((chain.compare(root_of(10), root_of(14)).relation == Relation::kAncestor));
    CHECK((chain.compare(root_of(14), root_of(10)).relation == Relation::kDescendant));
    CHECK((chain.compare(root_of(14), root_of(13, 'b')).relation == Relation::kDiverged));
    CHECK((chain.compare(root_of(12), root_of(12, 'b')).relation == Relation::kDiverged));
    CHECK((chain.compare(root_of(11), root_of(13, 'b')).relation == Relation::kAncestor));
}

TEST_CASE("the depth is the number of the first branch's blocks above the common ancestor",
          "[monitor]") {
    const Ancestry chain = forked();
    CHECK(chain.compare(root_of(14), root_of(13, 'b')).depth == 2);
    CHECK(chain.compare(root_of(13, 'b'), root_of(12)).depth == 2);
    CHECK(chain.compare(root_of(12), root_of(13, 'b')).depth == 1);
    CHECK(chain.compare(root_of(14), root_of(11)).depth == 2);
    CHECK(chain.compare(root_of(11), root_of(14)).depth == 0);
}

TEST_CASE("what is missing is asked for block by block, and never more than needed", "[monitor]") {
    Ancestry chain;
    chain.add_block(root_of(10), Slot{10});
    chain.add_block(root_of(13), Slot{13});
    auto answer = chain.compare(root_of(10), root_of(13));
    CHECK((answer.relation == Relation::kUnknown));
    CHECK((answer.missing == root_of(13)));
    CHECK_FALSE(answer.missing_on_first);
    add(chain, 13, 'a', 12, 'a');
    answer = chain.compare(root_of(10), root_of(13));
    CHECK((answer.missing == root_of(12)));
    add(chain, 12, 'a', 10, 'a');
    answer = chain.compare(root_of(10), root_of(13));
    CHECK((answer.relation == Relation::kAncestor));
    CHECK_FALSE(answer.missing);
}

TEST_CASE("a block that nobody told of is asked for itself", "[monitor]") {
    Ancestry chain;
    chain.add_block(root_of(10), Slot{10});
    CHECK((chain.compare(root_of(9), root_of(10)).missing == root_of(9)));
    CHECK(chain.compare(root_of(9), root_of(10)).missing_on_first);
    CHECK((chain.compare(root_of(10), root_of(9)).missing == root_of(9)));
    CHECK_FALSE(chain.compare(root_of(10), root_of(9)).missing_on_first);
}

TEST_CASE("blocks more than 64 steps apart are too far", "[monitor]") {
    Ancestry chain;
    chain.add_block(root_of(0), Slot{0});
    for (std::uint64_t slot = 1; slot <= 65; ++slot) {
        add(chain, slot, 'a', slot - 1, 'a');
    }
    CHECK((chain.compare(root_of(1), root_of(65)).relation == Relation::kAncestor));
    CHECK((chain.compare(root_of(0), root_of(65)).relation == Relation::kTooFar));
    CHECK_FALSE(chain.compare(root_of(0), root_of(65)).missing);
}

TEST_CASE("a header that contradicts what is known is not believed", "[monitor]") {
    Ancestry chain;
    chain.add_block(root_of(10), Slot{10});
    chain.add_block(root_of(12), Slot{12});
    chain.add_header(root_of(10), Slot{10}, root_of(12));
    chain.add_header(root_of(12), Slot{12}, root_of(12));
    chain.add_header(root_of(12), Slot{13}, root_of(10));
    CHECK((chain.compare(root_of(10), root_of(12)).relation == Relation::kUnknown));
    add(chain, 12, 'a', 10, 'a');
    chain.add_header(root_of(12), Slot{12}, root_of(9));
    chain.add_block(root_of(9), Slot{9});
    add(chain, 10, 'a', 9, 'a');
    CHECK((chain.compare(root_of(9), root_of(10)).relation == Relation::kAncestor));
    CHECK((chain.compare(root_of(10), root_of(12)).relation == Relation::kAncestor));
    CHECK((chain.find_slot(root_of(12)) == Slot{12}));
}

TEST_CASE("parents in a circle end the comparison", "[monitor]") {
    Ancestry chain;
    add(chain, 5, 'a', 9, 'a');
    add(chain, 9, 'a', 5, 'a');
    chain.add_block(root_of(1), Slot{1});
    CHECK((chain.compare(root_of(1), root_of(9)).relation == Relation::kTooFar));
}

TEST_CASE("memory of blocks is bounded, and the oldest knowledge goes first", "[monitor]") {
    Ancestry chain{3};
    for (std::uint64_t slot = 0; slot < 100; ++slot) {
        add(chain, slot + 1, 'a', slot, 'a');
        CHECK(chain.size() <= 3);
    }
    CHECK(chain.find_slot(root_of(100)));
    CHECK(chain.find_slot(root_of(98)));
    CHECK_FALSE(chain.find_slot(root_of(97)));
}
