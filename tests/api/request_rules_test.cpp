#include "api/request_rules.hpp"

#include <catch2/catch.hpp>

namespace api_request_rules_test {

using Headers = std::vector<http::Header>;
using Words = std::vector<std::string>;

http::Query query(std::string_view text) {
    return http::Query::parse(text).value();
}

TEST_CASE("a Host is ours when it is an address, localhost, or a name that was given", "[api]") {
    const auto is_ours = [](const std::string& host) {
        return api::is_our_host({{"host", host}}, {"headmon", "monitor.example"});
    };
    for (const std::string host :
         {"127.0.0.1", "127.0.0.1:9465", "10.1.2.3:80", "[::1]", "[::1]:9465", "localhost",
          "LocalHost:9465", "localhost.:9465", "a.localhost", "headmon:1", "Monitor.Example."}) {
        INFO(host);
        CHECK(is_ours(host));
    }
    for (const std::string host :
         {"evil.example", "evil.example:9465", "localhost.evil.example", "notlocalhost",
          "127.0.0.1.evil.example", "127.0.0.1@evil.example", "[::1].evil.example", "", ":9465",
          "evil.example:127.0.0.1", "[127.0.0.1]", ".localhost", "headmon.evil.example"}) {
        INFO(host);
        CHECK_FALSE(is_ours(host));
    }
    CHECK(api::is_our_host({}, {}));
    CHECK_FALSE(api::is_our_host({{"Host", "localhost"}, {"HOST", "evil.example"}}, {}));
}

TEST_CASE("an Accept takes an event stream by its type, with a weight above 0", "[api]") {
    const auto accepts = [](const std::string& value) {
        return api::accepts_event_stream({{"accept", value}});
    };
    for (const std::string value :
         {"text/event-stream", "TEXT/Event-Stream", "*/*", "text/*", "application/json, */*;q=0.1",
          "text/html,text/event-stream;q=1.0", "text/event-stream; charset=utf-8", ""}) {
        INFO(value);
        CHECK(accepts(value));
    }
    for (const std::string value : {"application/json", "text/html", "text/event-stream;q=0",
                                    "*/*; q=0.0", "text/event-streams", "nonsense", ",", ";"}) {
        INFO(value);
        CHECK_FALSE(accepts(value));
    }
    CHECK(api::accepts_event_stream({}));
    CHECK(api::accepts_event_stream({{"Accept", "text/html"}, {"Accept", "text/event-stream"}}));
}

TEST_CASE("topics come in one parameter or in several, each once", "[api]") {
    const auto topics = [](std::string_view text) { return api::parse_topics(query(text)); };
    CHECK(topics("topics=head").value() == Words{"head"});
    CHECK(topics("topics=head,block&topics=head_v2&topics=head").value() ==
          Words{"head", "block", "head_v2"});
    CHECK(topics("topics=chain_reorg%2Cfinalized_checkpoint").value().size() == 2);
    CHECK(topics("topics=weather_forecast").error().detail == "Invalid topic: weather_forecast");
    CHECK(topics("topics=head,attestation").error().detail == "Invalid topic: attestation");
    for (const std::string none : {"", "topics=", "topic=head", "topics=,,"}) {
        CHECK(topics(none).error().detail == "Invalid topics: none is given");
    }
    // What a client has sent is shown in short, and harmless.
    const std::string shown = topics("topics=%C3%BC" + std::string(200, 'x')).error().detail;
    CHECK(shown.find("\\xc3\\xbc") != std::string::npos);
    CHECK(shown.size() < 100);
}

TEST_CASE("of words there are 64 at most", "[api]") {
    std::string text = "kinds=";
    for (std::size_t i = 0; i < api::kFilterWordsMax; ++i) {
        text += "k" + std::to_string(i) + ",";
    }
    CHECK(api::parse_words(query(text), "kinds").value().size() == api::kFilterWordsMax);
    CHECK(api::parse_words(query(text + "k0"), "kinds").has_value());
    CHECK(api::parse_words(query(text + "more"), "kinds").error().detail == "too many kinds");
}

}  // namespace api_request_rules_test
