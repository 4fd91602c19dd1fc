#include "base/bounded_map.hpp"

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <random>
#include <string>

#include <catch2/catch.hpp>

#include "tests/support/allocations.hpp"

TEST_CASE("a full map forgets the key that was inserted first", "[base]") {
    base::BoundedMap<int, std::string> map{2};
    CHECK(map.try_emplace(1, "a").second);
    CHECK(map.try_emplace(2, "b").second);
    CHECK(map.size() == 2);
    const auto [third, is_new] = map.try_emplace(3, "c");
    CHECK(is_new);
    CHECK(*third == "c");
    CHECK(map.size() == 2);
    CHECK(map.find(1) == nullptr);
    REQUIRE(map.find(2) != nullptr);
    CHECK(*map.find(2) == "b");
    CHECK(map.contains(3));
}

TEST_CASE("a known key keeps its value and its age, and a look-up does not renew it", "[base]") {
    base::BoundedMap<int, std::string> map{2};
    map.try_emplace(1, "a");
    map.try_emplace(2, "b");
    const auto [known, is_new] = map.try_emplace(1, "other");
    CHECK_FALSE(is_new);
    CHECK(*known == "a");
    *map.find(1) = "changed";
    CHECK(*map.find(1) == "changed");
    map.try_emplace(3, "c");
    CHECK_FALSE(map.contains(1));
    CHECK(map.contains(2));
}

TEST_CASE("a map of one holds the last key alone and a cleared one starts anew", "[base]") {
    base::BoundedMap<int, int> map{1};
    for (int i = 0; i < 5; ++i) {
        map.try_emplace(i, i);
        REQUIRE(map.size() == 1);
        REQUIRE(*map.find(i) == i);
    }
    map.clear();
    CHECK(map.empty());
    CHECK(map.try_emplace(4, 7).second);
    CHECK(*map.find(4) == 7);
}

TEST_CASE("a bounded map does what a map and a list of its keys do", "[base]") {
    std::mt19937 random{7};
    std::uniform_int_distribution<int> keys{0, 60};
    base::BoundedMap<int, int> map{32};
    std::map<int, int> model;
    std::deque<int> order;
    for (int i = 0; i < 20'000; ++i) {
        const int key = keys(random);
        const bool is_new = model.try_emplace(key, i).second;
        if (is_new) {
            order.push_back(key);
            if (order.size() > 32) {
                model.erase(order.front());
                order.pop_front();
            }
        }
        REQUIRE(map.try_emplace(key, i).second == is_new);
        REQUIRE(map.size() == model.size());
        const int other = keys(random);
        const auto known = model.find(other);
        const int* const found = map.find(other);
        REQUIRE((found != nullptr) == (known != model.end()));
        REQUIRE((found == nullptr || *found == known->second));
    }
}

TEST_CASE("a new key of a full map may have the value of the key that is forgotten for it",
          "[base]") {
    base::BoundedMap<int, std::string> map{2};
    CHECK(*map.try_reuse(1, "one").first == "one");
    CHECK(*map.try_reuse(2, "two").first == "two");
    CHECK_FALSE(map.try_reuse(2, "other").second);
    const auto [value, is_new] = map.try_reuse(3, "three");
    CHECK(is_new);
    CHECK(*value == "one");
    CHECK(map.find(1) == nullptr);
    CHECK(*map.find(2) == "two");
}

TEST_CASE("a copy of a bounded map forgets on its own", "[base]") {
    base::BoundedMap<int, int> map{2};
    map.try_emplace(1, 1);
    map.try_emplace(2, 2);
    auto copy = map;
    copy.try_emplace(3, 3);
    CHECK_FALSE(copy.contains(1));
    CHECK(map.contains(1));
    CHECK(map.size() == 2);
}

TEST_CASE("a full bounded map takes new keys without an allocation", "[base]") {
    base::BoundedMap<std::uint64_t, std::array<std::uint64_t, 8>> map{100};
    std::uint64_t key = 0;
    for (; key < 200; ++key) {
        map.try_emplace(key);
    }
    const std::size_t warm = tests::allocations();
    for (; key < 10'000; ++key) {
        map.try_emplace(key);
    }
    CHECK(tests::allocations() == warm);
    CHECK(map.size() == 100);
}
