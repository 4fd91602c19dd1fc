#include "api/answer_bodies.hpp"

#include <vector>

#include <catch2/catch.hpp>

#include "tests/api/api_fixture.hpp"

namespace answer_bodies_test {

using namespace std::chrono_literals;
using api::AnswerBodies;

/// Answers of one size, counted.
struct Maker {
    std::size_t bytes;
    int made = 0;

    auto operator()() {
        return [this] {
            ++made;
            return api::Answer{200, std::string(bytes, 'x')};
        };
    }
};

TEST_CASE("a large answer is made once a second, whoever asks", "[api][bodies]") {
    AnswerBodies bodies;
    Maker large{AnswerBodies::kLargeBytes};
    const base::MonoTime now{1h};
    const auto first = bodies.get("nodes", now, large());
    const auto second = bodies.get("nodes", now + 999ms, large());
    REQUIRE((first && second));
    CHECK(first->text == second->text);
    CHECK(large.made == 1);
    CHECK(bodies.get("slots", now, large()).has_value());
    CHECK(large.made == 2);
    CHECK(bodies.get("nodes", now + 1s, large()).has_value());
    CHECK(large.made == 3);
}

TEST_CASE("a small answer is made for each request, of what is known then", "[api][bodies]") {
    AnswerBodies bodies;
    Maker small{AnswerBodies::kLargeBytes - 1};
    const base::MonoTime now{1h};
    CHECK(bodies.get("nodes", now, small()).has_value());
    CHECK(bodies.get("nodes", now, small()).has_value());
    CHECK(small.made == 2);
    CHECK(bodies.bytes() == 0);
}

TEST_CASE("bodies count until the last client has taken its own", "[api][bodies]") {
    constexpr std::size_t kBytes = 1000;
    AnswerBodies bodies{3 * kBytes};
    Maker small{kBytes};
    const base::MonoTime now{1h};
    std::vector<AnswerBodies::Body> taken;
    for (int i = 0; i < 3; ++i) {
        auto body = bodies.get("nodes", now, small());
        REQUIRE(body);
        taken.push_back(*body);
    }
    CHECK(bodies.bytes() == 3 * kBytes);
    CHECK_FALSE(bodies.get("nodes", now, small()));
    CHECK(bodies.refused() == 1);
    CHECK(small.made == 3);
    taken.pop_back();
    CHECK(bodies.get("nodes", now, small()).has_value());
    CHECK(bodies.refused() == 1);
}

TEST_CASE("a body may outlive who made it", "[api][bodies]") {
    AnswerBodies::Body kept;
    {
        AnswerBodies bodies;
        Maker large{AnswerBodies::kLargeBytes};
        kept = bodies.get("nodes", base::MonoTime{1h}, large()).value();
    }
    CHECK(kept.text->size() == AnswerBodies::kLargeBytes);
}

TEST_CASE("updates are kept in the first minute, for clients of an earlier start", "[api]") {
    tests::ApiFixture fixture;
    fixture.begin();
    fixture.clock.advance(1min);
    CHECK(fixture.api->keeps_updates());
    auto client = fixture.stream("/v1/events", "Last-Event-ID: start0-7\r\n");
    fixture.read_until(*client, "event: run_started\n");
    fixture.clock.advance(1h);
    CHECK(fixture.api->keeps_updates());
}

TEST_CASE("who asks while too much waits for others is told when to come back", "[api]") {
    tests::ApiFixture fixture{100, tests::ApiFixture::quick_limits(), 0};
    fixture.begin();
    const std::string answer = fixture.get("/v1/nodes");
    CHECK_THAT(answer, Catch::StartsWith("HTTP/1.1 503 "));
    CHECK_THAT(answer, Catch::Contains("Retry-After: 1\r\n"));
    CHECK_THAT(answer, Catch::Contains("{\"code\":503,\"message\":\""));
    CHECK(fixture.api->limits_met().answer_bytes == 1);
    // Whoever asks whether headmon lives gets an answer all the same.
    fixture.head("alpha", 100, 1);
    for (const char* const probe : {"/healthz", "/readyz", "/v1/nodes/alpha/ready"}) {
        CHECK_THAT(fixture.get(probe), Catch::StartsWith("HTTP/1.1 200 "));
    }
    CHECK(fixture.api->limits_met().answer_bytes == 1);
}

TEST_CASE("without a client in a minute updates are kept from the first one on", "[api]") {
    tests::ApiFixture fixture;
    fixture.begin();
    fixture.clock.advance(1min + 1ms);
    CHECK_FALSE(fixture.api->keeps_updates());
    {
        auto other = fixture.stream("/eth/v1/events?topics=head");
        CHECK_FALSE(fixture.api->keeps_updates());
        auto client = fixture.stream("/v1/events");
        fixture.head("alpha", 100, 1);
        fixture.read_until(*client, "event: best_head\n");
    }
    // Who comes back finds what came meanwhile.
    CHECK(fixture.api->keeps_updates());
    fixture.head("alpha", 101, 2);
    auto again = fixture.stream("/v1/events", "Last-Event-ID: start0-1\r\n");
    fixture.read_until(*again, "event: best_head\n", 2);
    CHECK(again->count("event: run_started\n") == 0);
}

}  // namespace answer_bodies_test
