#include "history/spans.hpp"

#include <catch2/catch.hpp>

using history::Spans;
using All = std::vector<Spans::Span>;

TEST_CASE("spans that overlap or touch are one, empty ones are none", "[history]") {
    CHECK(Spans{{{5, 7}, {1, 3}, {2, 4}, {4, 5}, {9, 9}, {12, 10}}}.all() == All{{1, 7}});
    CHECK(Spans{{{1, 3}, {6, 7}}, 3}.all() == All{{1, 7}});
    CHECK(Spans{{{1, 3}, {7, 8}}, 3}.all() == All{{1, 3}, {7, 8}});
    CHECK(Spans{{{1, 9}, {2, 3}}}.all() == All{{1, 9}});
    CHECK(Spans{{{1, 3}, {6, 7}}}.length() == 3);
}

TEST_CASE("what spans have in common, and what is outside of others", "[history]") {
    const Spans one{{{0, 10}, {20, 30}}};
    const Spans two{{{5, 22}, {25, 26}, {29, 40}}};
    CHECK(one.common_with(two).all() == All{{5, 10}, {20, 22}, {25, 26}, {29, 30}});
    CHECK(one.without(two).all() == All{{0, 5}, {22, 25}, {26, 29}});
    CHECK(one.without(Spans{}).all() == one.all());
    CHECK(one.without(one).all().empty());
}

TEST_CASE("a span is held by one that has all of it", "[history]") {
    const Spans spans{{{0, 10}, {20, 30}}};
    CHECK(spans.holds({0, 10}));
    CHECK(spans.holds({25, 26}));
    CHECK_FALSE(spans.holds({5, 11}));
    CHECK_FALSE(spans.holds({10, 12}));
    CHECK_FALSE(spans.holds({5, 25}));
    CHECK(spans.overlaps({5, 25}));
    CHECK(spans.overlaps({9, 12}));
    CHECK_FALSE(spans.overlaps({10, 20}));
}
