#include "haproxy/words.hpp"

#include <catch2/catch.hpp>

namespace {

using Names = std::vector<std::string>;

TEST_CASE("a word of HAProxy's has nothing special in it", "[haproxy]") {
    CHECK(haproxy::quote("plain") == "'plain'");
    CHECK(haproxy::quote(R"(a "b" \c $D #e %[f])") == R"('a "b" \c $D #e %[f]')");
    CHECK(haproxy::quote("it's") == R"('it'\''s')");
    CHECK(haproxy::quote("") == "''");
}

TEST_CASE("what would end a line cannot be quoted", "[haproxy]") {
    CHECK(haproxy::is_quotable("a b\tc \xc3\xa9"));
    CHECK_FALSE(haproxy::is_quotable("a\nb"));
    CHECK_FALSE(haproxy::is_quotable(std::string_view{"a\0b", 3}));
    CHECK_FALSE(haproxy::is_quotable("a\rb"));
}

TEST_CASE("a host name has letters, digits, dots, hyphens and underscores", "[haproxy]") {
    CHECK(haproxy::is_host_name("node-1.my_net.example"));
    for (const char* bad : {"", ".a", "a b", "a;b", "a$b", "a,b", "a:b", "a/b"}) {
        CHECK_FALSE(haproxy::is_host_name(bad));
    }
}

TEST_CASE("a server has its node's name, or one that HAProxy takes and no other server has",
          "[haproxy]") {
    CHECK(haproxy::server_names({"alpha", "10.0.0.1:5052"}) == Names{"alpha", "10.0.0.1:5052"});
    CHECK(haproxy::server_names({"a b", "a/b"}) == Names{"a_b-1", "a_b-2"});
    // The second node has the name that the first would be given.
    CHECK(haproxy::server_names({"a b", "a_b-1"}) == Names{"a_b-1_", "a_b-1"});
    CHECK(haproxy::server_names({"a b", "a_b-1_", "a_b-1"}) == Names{"a_b-1__", "a_b-1_", "a_b-1"});
}

}  // namespace
