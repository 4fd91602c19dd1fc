// The stream of updates over real sockets.
#include <string>

#include <catch2/catch.hpp>

#include "tests/api/api_fixture.hpp"

using tests::ApiFixture;

namespace api_update_stream_test {

TEST_CASE("updates are an event stream too, by kind and by node", "[api]") {
    ApiFixture fixture;
    auto all = fixture.stream("/v1/events");
    auto some = fixture.stream("/v1/events?kinds=stream_opened,run_ended&nodes=beta");
    fixture.begin();
    fixture.publish(updates::RunEnded{updates::RunEndReason::kListChanged, ""});
    fixture.begin();
    fixture.head("alpha", 100, 1);
    fixture.read_until(*all, "event: best_head\n");
    CHECK(all->count("event: run_ended\n") == 1);
    CHECK(all->count("event: stream_opened\n") == 4);
    CHECK(all->count("data: {\"update\":\"node_head\",") == 1);
    fixture.read_until(*some, "event: stream_opened\n", 2);
    CHECK(some->count("event: ") == 2);
    CHECK(some->count("\"node\":\"beta\"") == 2);
}

TEST_CASE("updates begin with the last that are held, of the kinds and nodes asked for", "[api]") {
    ApiFixture fixture;
    fixture.begin();
    for (std::uint8_t i = 0; i < 5; ++i) {
        fixture.head("alpha", 100U + i, static_cast<std::uint8_t>(i + 1));
    }
    auto some = fixture.stream("/v1/events?kinds=best_head&last=2");
    fixture.head("beta", 105, 6);
    fixture.read_until(*some, "\"slot\":\"105\"");
    CHECK(some->count("event: best_head\n") == 3);
    CHECK(some->count("\"slot\":\"103\"") == 1);
    CHECK(some->count("\"slot\":\"102\"") == 0);
    CHECK(some->count("event: ") == 3);
    // More than there are.
    auto beta = fixture.stream("/v1/events?nodes=beta&kinds=stream_opened,node_head&last=4096");
    fixture.read_until(*beta, "event: node_head\n");
    CHECK(beta->count("event: ") == 2);
    // Who comes back has had them.
    const std::string ids = some->received();
    const std::size_t at = ids.rfind("id: ") + 4;
    const std::string last_id = ids.substr(at, ids.find('\n', at) - at);
    auto again =
        fixture.stream("/v1/events?kinds=best_head&last=5", "Last-Event-ID: " + last_id + "\r\n");
    fixture.head("beta", 106, 7);
    fixture.read_until(*again, "\"slot\":\"106\"");
    CHECK(again->count("event: ") == 1);
    for (const std::string wrong : {"0", "4097", "-1", "many", ""}) {
        CHECK_THAT(fixture.get("/v1/events?last=" + wrong), Catch::StartsWith("HTTP/1.1 400 "));
    }
}

}  // namespace api_update_stream_test
