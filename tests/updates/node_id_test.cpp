#include "updates/node_id.hpp"

#include <string>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>

#include "updates/node_map.hpp"

namespace node_id_test {

using updates::NodeId;
using updates::NodeMap;

TEST_CASE("a name has one id for as long as the program runs", "[updates]") {
    const NodeId alpha{"node-id-alpha"};
    const NodeId beta{"node-id-beta"};
    CHECK(alpha != beta);
    CHECK(alpha.index() != beta.index());
    // Gone and back again: its own number, and nobody else's meanwhile.
    const NodeId gamma{"node-id-gamma"};
    const NodeId again{std::string{"node-id-"} + "alpha"};
    CHECK(again == alpha);
    CHECK(again.index() == alpha.index());
    CHECK(gamma.index() != alpha.index());
    CHECK(again.name() == "node-id-alpha");
}

TEST_CASE("ids sort by their names, whichever was heard of first", "[updates]") {
    const NodeId later{"node-id-z"};
    const NodeId earlier{"node-id-a"};
    CHECK(later.index() < earlier.index());
    CHECK(earlier < later);
}

TEST_CASE("names are interned from any thread", "[updates]") {
    constexpr int kNames = 200;
    std::vector<std::vector<std::uint32_t>> indexes(4);
    std::vector<std::thread> threads;
    for (auto& seen : indexes) {
        threads.emplace_back([&seen] {
            for (int i = 0; i < kNames; ++i) {
                seen.push_back(NodeId{"node-id-thread-" + std::to_string(i)}.index());
            }
        });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    for (const auto& seen : indexes) {
        CHECK(seen == indexes.front());
    }
}

TEST_CASE("a node map finds by id, iterates by name and forgets what is erased", "[updates]") {
    NodeMap<int> map;
    const NodeId beta{"node-map-beta"};
    const NodeId alpha{"node-map-alpha"};
    const NodeId gamma{"node-map-gamma"};
    CHECK(map.find(alpha) == map.end());
    map[beta] = 2;
    CHECK(map.try_emplace(alpha, 1).second);
    CHECK_FALSE(map.try_emplace(alpha, 7).second);
    CHECK(map.insert_or_assign(gamma, 3).second);
    CHECK_FALSE(map.insert_or_assign(gamma, 4).second);
    std::vector<std::string> names;
    for (const auto& [id, value] : map) {
        names.push_back(id.name() + "=" + std::to_string(value));
    }
    CHECK(names ==
          std::vector<std::string>{"node-map-alpha=1", "node-map-beta=2", "node-map-gamma=4"});
    CHECK(map.erase(beta) == 1);
    CHECK(map.erase(beta) == 0);
    CHECK_FALSE(map.contains(beta));
    CHECK(map.at(alpha) == 1);
    CHECK(map.at(gamma) == 4);
    CHECK(erase_if(map, [](const auto& entry) { return entry.second == 4; }) == 1);
    CHECK(map.size() == 1);
    NodeMap<int> same;
    same[alpha] = 1;
    CHECK(map == same);
    map.clear();
    CHECK(map.empty());
    CHECK(map.find(alpha) == map.end());
    map[gamma] = 5;
    CHECK(map.find(gamma)->second == 5);
}

}  // namespace node_id_test
