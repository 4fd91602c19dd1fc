#include "monitor/slots/head_votes.hpp"

#include <catch2/catch.hpp>

#include "tests/monitor/claims_fixture.hpp"

using monitor::HeadVotes;
using tests::kAlpha;
using tests::kBeta;
using tests::kGamma;
using tests::root_of;

namespace head_votes_test {
namespace {

/// Blocks of slot 7 and two of slot 8, all with headers; those that are named are proven.
struct Votes {
    tests::Claims known{{kAlpha, kBeta, kGamma}};
    HeadVotes votes;
    std::optional<chain::Root> last;

    void prove(std::uint64_t slot, char branch) {
        known.header(slot, branch);
        known.report(kAlpha, slot, branch);
        known.report(kBeta, slot, branch);
        (void)known.proven();
    }
    [[nodiscard]] std::optional<chain::Root> best() const {
        return votes.find_best(known.chain, known.claims, last);
    }
};

}  // namespace

TEST_CASE("the best of the proven heads is the highest, then the one of most nodes, then the last",
          "[monitor]") {
    Votes f;
    f.prove(7, 'a');
    f.prove(8, 'a');
    f.prove(8, 'b');
    CHECK_FALSE(f.best());
    f.votes.set(kAlpha, root_of(7, 'a'));
    f.votes.set(kBeta, root_of(7, 'a'));
    CHECK(f.best() == root_of(7, 'a'));
    f.votes.set(kGamma, root_of(8, 'b'));
    CHECK(f.best() == root_of(8, 'b'));
    f.votes.set(kAlpha, root_of(8, 'a'));
    // As many: the one of the node that comes first by its name, unless the other was last.
    CHECK(f.best() == root_of(8, 'a'));
    f.last = root_of(8, 'b');
    CHECK(f.best() == root_of(8, 'b'));
    f.votes.set(kBeta, root_of(8, 'a'));
    CHECK(f.best() == root_of(8, 'a'));
    f.votes.erase(kAlpha);
    CHECK(f.best() == root_of(8, 'b'));
}

TEST_CASE("a head that is not proven is not the best, however many nodes have it", "[monitor]") {
    Votes f;
    f.prove(7, 'a');
    f.votes.set(kAlpha, root_of(7, 'a'));
    f.votes.set(kBeta, root_of(8, 'a'));
    f.votes.set(kGamma, root_of(8, 'a'));
    CHECK(f.best() == root_of(7, 'a'));
}

}  // namespace head_votes_test
