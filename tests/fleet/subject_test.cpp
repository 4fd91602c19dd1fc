#include "fleet/subject.hpp"

#include <random>

#include <catch2/catch.hpp>

#include "fleet/message.hpp"

using fleet::Subject;

TEST_CASE("subjects have four tokens, whatever the names are", "[fleet]") {
    CHECK(to_string(Subject{"fra-1", "node_head", "alpha"}) == "headmon.fra-1.node_head.alpha");
    CHECK(to_string(Subject{"fra.1", "slot_verdict", std::nullopt}) ==
          "headmon.fra%2E1.slot_verdict.-");
    CHECK(to_string(Subject{"a", "node_head", "http://b:5052"}) ==
          "headmon.a.node_head.http%3A%2F%2Fb%3A5052");
    CHECK(to_string(Subject{"*", "gap", ">"}) == "headmon.%2A.gap.%3E");
    // What is about no node, and a node that is called as that is written.
    CHECK(to_string(Subject{"a", "gap", "-"}) == "headmon.a.gap.%2D");
    CHECK(to_string(Subject{"a", "gap", "--"}) == "headmon.a.gap.--");
}

TEST_CASE("what a subject is made of comes back from it", "[fleet]") {
    std::mt19937 random{17};
    const auto draw = [&] {
        std::string text(1 + random() % 40, ' ');
        for (char& byte : text) {
            byte = static_cast<char>(random() % 256);
        }
        return text;
    };
    for (int i = 0; i < 2000; ++i) {
        Subject subject{draw(), "node_head", std::nullopt};
        if (random() % 4 != 0) {
            subject.node = random() % 8 == 0 ? "-" : draw();
        }
        const std::string text = to_string(subject);
        for (const char byte : text) {
            const bool is_fit = (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') ||
                                (byte >= 'a' && byte <= 'z') || byte == '_' || byte == '-' ||
                                byte == '.' || byte == '%';
            REQUIRE(is_fit);
        }
        REQUIRE(fleet::parse_subject(text) == subject);
    }
}

TEST_CASE("a subject that is none of the fleet's is nothing", "[fleet]") {
    for (const auto* const text :
         {"", "headmon", "headmon.a.b", "headmon.a.b.c.d", "other.a.b.c", "headmon..b.c",
          "headmon.a..c", "headmon.a.b.", "headmon.a%2.b.c", "headmon.a%.b.c", "headmon.a%2e.b.c",
          "headmon.a%GG.b.c", "headmon.a b.c.d", "headmon.\xc3\xa4.b.c", "headmon.a.b.%"}) {
        INFO(text);
        CHECK_FALSE(fleet::parse_subject(text));
    }
}

TEST_CASE("a message has an id that tells instance, origin and sequence", "[fleet]") {
    const fleet::MessageId id{"fra:1", 0x0123456789abcdef, 42};
    CHECK(to_string(id) == "fra%3A1:0123456789abcdef:42");
    CHECK(fleet::parse_message_id(to_string(id)) == id);
    const fleet::MessageId largest{"a", ~std::uint64_t{0}, ~std::uint64_t{0}};
    CHECK(fleet::parse_message_id(to_string(largest)) == largest);
    for (const auto* const text :
         {"", "a:0123456789abcdef", "a:0123456789abcdef:0", "a:0123456789abcdef:-1",
          "a:0123456789abcdef:1:2", "a:123:1", "a:0123456789abcdeg:1", ":0123456789abcdef:1",
          "a:0123456789abcdef:18446744073709551616", "a:+123456789abcdef:1"}) {
        INFO(text);
        CHECK_FALSE(fleet::parse_message_id(text));
    }
}
