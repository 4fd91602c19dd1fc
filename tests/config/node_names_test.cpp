#include "config/node_names.hpp"

#include <catch2/catch.hpp>

#include "updates/node_id.hpp"

namespace {

config::NodeSpec spec(std::string name, std::string_view url) {
    return config::NodeSpec{std::move(name), http::Endpoint{http::Url::parse(url).value(), {}, {}},
                            "here"};
}

std::vector<std::string> names(std::vector<config::NodeSpec> specs,
                               std::string_view salt = "salt") {
    std::vector<std::string> out;
    const auto candidates = config::name_nodes(std::move(specs), salt);
    if (!candidates) {
        return {candidates.error().detail};
    }
    for (const auto& candidate : *candidates) {
        out.push_back(candidate.id.name());
    }
    return out;
}

}  // namespace

TEST_CASE("a node without a name is named after host and port", "[cli]") {
    CHECK(names({spec("", "http://a"), spec("", "https://u:p@b:1/key"), spec("c", "http://a")}) ==
          std::vector<std::string>{"a:80", "b:1", "c"});
}

TEST_CASE("nodes that share host and port get a short hash of their whole URL", "[cli]") {
    const auto both = names({spec("", "http://a/one"), spec("", "http://a/two")});
    REQUIRE(both.size() == 2);
    for (const std::string& name : both) {
        CHECK_THAT(name, Catch::Matches("a:80#[0-9a-f]{4}"));
    }
    CHECK(both[0] != both[1]);
    // The same on every start, in any order; another on another machine.
    CHECK(names({spec("", "http://a/two"), spec("", "http://a/one")}) ==
          std::vector<std::string>{both[1], both[0]});
    CHECK(names({spec("", "http://a/one"), spec("", "http://a/two")}, "other") != both);
}

TEST_CASE("a given name is kept even where it looks like a default one", "[cli]") {
    const auto both = names({spec("a:80", "http://b"), spec("", "http://a")});
    REQUIRE(both.size() == 2);
    CHECK(both[0] == "a:80");
    CHECK_THAT(both[1], Catch::Matches("a:80#[0-9a-f]{4}"));
}

TEST_CASE("one URL twice needs names", "[cli]") {
    const auto twice = names({spec("", "http://a/key"), spec("", "http://a/key")});
    REQUIRE(twice.size() == 1);
    CHECK_THAT(twice[0], Catch::Contains("give it a name"));
    CHECK_THAT(twice[0], !Catch::Contains("key"));
    CHECK(names({spec("x", "http://a"), spec("y", "http://a")}).size() == 2);
}

TEST_CASE("a name is short, printable and no URL", "[cli]") {
    CHECK_FALSE(updates::find_node_name_problem("alpha 1"));
    CHECK(updates::find_node_name_problem(""));
    CHECK(updates::find_node_name_problem("a\x1b[2J"));
    CHECK(updates::find_node_name_problem("http://u:p@a"));
    CHECK(updates::find_node_name_problem("a\\b") ==
          "a node's name holds a backslash; give it another one");
    CHECK_FALSE(updates::find_node_name_problem(std::string(64, 'a')));
    CHECK(updates::find_node_name_problem(std::string(65, 'a')));
}

TEST_CASE("the machine has the same salt each time", "[cli]") {
    CHECK(config::machine_salt() == config::machine_salt());
}
