#include "simulator/chain.hpp"

#include <set>

#include <catch2/catch.hpp>

#include "chain/root.hpp"
#include "chain/slot.hpp"

namespace chain_test {

using simulator::Block;
using simulator::Branch;
using simulator::Chain;

TEST_CASE("a seed gives the same chain each time, another seed another", "[simulator]") {
    const Chain one{7, 10};
    const Chain same{7, 10};
    const Chain other{8, 10};
    bool skips_differ = false;
    for (std::uint64_t slot = 0; slot < 500; ++slot) {
        const chain::Slot at{slot};
        CHECK(one.has_block(at) == same.has_block(at));
        skips_differ = skips_differ || one.has_block(at) != other.has_block(at);
        CHECK((one.block(Branch{}, at) == same.block(Branch{}, at)));
        CHECK((one.block(Branch{}, at).root != other.block(Branch{}, at).root));
    }
    CHECK(skips_differ);
}

TEST_CASE("a block's parent is the newest block before it", "[simulator]") {
    const Chain chain{3, 30};
    Block parent = chain.block(Branch{}, chain::Slot{0});
    std::set<chain::Root> roots{parent.root};
    for (std::uint64_t slot = 1; slot < 300; ++slot) {
        if (!chain.has_block(chain::Slot{slot})) {
            CHECK((chain.block_at_or_before(Branch{}, chain::Slot{slot}) == parent));
            continue;
        }
        const Block block = chain.block(Branch{}, chain::Slot{slot});
        CHECK((block.parent == parent.root));
        CHECK(roots.insert(block.root).second);
        CHECK(roots.insert(block.state).second);
        parent = block;
    }
}

TEST_CASE("slots are skipped in about the percentage asked for", "[simulator]") {
    for (const double percent : {0.0, 5.0, 50.0, 100.0}) {
        const Chain chain{1, percent};
        int skipped = 0;
        for (std::uint64_t slot = 1; slot <= 10'000; ++slot) {
            skipped += chain.has_block(chain::Slot{slot}) ? 0 : 1;
        }
        CHECK(skipped / 100.0 == Approx(percent).margin(2));
    }
    CHECK(Chain(1, 100).has_block(chain::Slot{0}));
}

TEST_CASE("slots that are named are skipped on every branch", "[simulator]") {
    const Chain chain{1, 0, {3, 5}};
    for (std::uint64_t slot = 1; slot < 8; ++slot) {
        CHECK(chain.has_block(chain::Slot{slot}) == (slot != 3 && slot != 5));
    }
    const Branch fork{false, 4};
    CHECK((chain.block(fork, chain::Slot{6}).parent == chain.block(fork, chain::Slot{4}).root));
    CHECK((chain.block(fork, chain::Slot{4}).parent == chain.block(Branch{}, chain::Slot{2}).root));
}

TEST_CASE("a fork has the main branch behind it and its own blocks from its slot on",
          "[simulator]") {
    const Chain chain{5, 0};
    const Branch fork{false, 10};
    CHECK((chain.block(fork, chain::Slot{9}) == chain.block(Branch{}, chain::Slot{9})));
    CHECK((chain.block(fork, chain::Slot{10}).root != chain.block(Branch{}, chain::Slot{10}).root));
    CHECK(
        (chain.block(fork, chain::Slot{10}).parent == chain.block(Branch{}, chain::Slot{9}).root));
    CHECK((chain.block(fork, chain::Slot{11}).parent == chain.block(fork, chain::Slot{10}).root));
    CHECK(chain.blocks_dropped(fork, chain::Slot{12}, Branch{}) == 3);
    CHECK(chain.blocks_dropped(Branch{}, chain::Slot{9}, fork) == 0);
}

TEST_CASE("the other network shares no root", "[simulator]") {
    const Chain chain{5, 0};
    const Branch other{true, 0};
    for (std::uint64_t slot = 0; slot < 20; ++slot) {
        CHECK((chain.block(other, chain::Slot{slot}).root !=
               chain.block(Branch{}, chain::Slot{slot}).root));
    }
    CHECK((chain.genesis_validators_root(true) != chain.genesis_validators_root(false)));
}

TEST_CASE("duty roots are the last blocks before the epochs", "[simulator]") {
    const Chain chain{5, 0};
    const auto root_at = [&](std::uint64_t slot) {
        return chain.block(Branch{}, chain::Slot{slot}).root;
    };
    const auto duties = chain.duty_roots(Branch{}, chain::Slot{3 * simulator::kSlotsPerEpoch + 2});
    CHECK((duties.previous == root_at(2 * simulator::kSlotsPerEpoch - 1)));
    CHECK((duties.current == root_at(3 * simulator::kSlotsPerEpoch - 1)));
    const auto first = chain.duty_roots(Branch{}, chain::Slot{2});
    CHECK((first.previous == root_at(0)));
    CHECK((first.current == root_at(0)));
}

TEST_CASE("a block is found by its root", "[simulator]") {
    const Chain chain{5, 20};
    const Block block = chain.block_at_or_before(Branch{}, chain::Slot{40});
    const auto found = chain.find_block(Branch{}, block.root, chain::Slot{60});
    REQUIRE(found.has_value());
    CHECK((*found == block));
    CHECK_FALSE(chain.find_block(Branch{}, chain::Root{}, chain::Slot{60}).has_value());
}

}  // namespace chain_test
