#include "updates/kind.hpp"

#include <set>
#include <string>

#include <catch2/catch.hpp>

namespace kind_test {

using updates::Kind;

TEST_CASE("each kind of update has one name, and is found by it", "[updates]") {
    std::set<std::string_view> names;
    for (const Kind kind : updates::kAllKinds) {
        const std::string_view name = to_string(kind);
        INFO(name);
        CHECK(names.insert(name).second);
        CHECK(name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_") == std::string_view::npos);
        CHECK((updates::find_kind(name) == kind));
    }
    CHECK(names.size() == updates::kKindCount);
    CHECK_FALSE(updates::find_kind("").has_value());
    CHECK_FALSE(updates::find_kind("node_heads").has_value());
}

TEST_CASE("a fact's kind follows from its type", "[updates]") {
    CHECK((updates::kind_of(updates::RunStarted{}) == Kind::kRunStarted));
    CHECK((updates::kind_of(updates::Reorg{}) == Kind::kReorg));
    CHECK((updates::kind_of(updates::ServiceHealth{}) == Kind::kServiceHealth));
}

TEST_CASE("a fact about one node names it, and no other fact names any", "[updates]") {
    const updates::NodeId alpha{"alpha"};
    CHECK(updates::node_of(updates::StreamOpened{alpha, false}) == alpha);
    CHECK(updates::node_of(updates::NodeStatus{alpha}) == alpha);
    CHECK(updates::node_of(updates::BestHead{alpha, {}}) == alpha);
    CHECK_FALSE(updates::node_of(updates::RunStarted{{alpha}}).has_value());
    CHECK_FALSE(updates::node_of(updates::HeadSplit{}).has_value());
    const updates::SlotTime slot_time{chain::SlotClock{base::WallTime{}, std::chrono::seconds{12}},
                                      updates::SlotTimeSource::kNode, alpha};
    CHECK_FALSE(updates::node_of(slot_time).has_value());
}

}  // namespace kind_test
