#include <catch2/catch.hpp>

#include "tests/http/recorder.hpp"
#include "tests/http/server_fixture.hpp"

namespace http_request_body_test {

using namespace std::chrono_literals;

/// A server that records what it is asked, and answers with this status.
struct Recording {
    explicit Recording(int answer_status)
        : status{answer_status}, server{[this](http::ServerExchange& exchange) {
              return answer(exchange);
          }} {}

    base::Task<void> answer(http::ServerExchange& exchange) {
        requests.push_back(exchange.request());
        std::vector<http::Header> headers{{"Location", "/elsewhere"}};
        co_await exchange.respond(status, "text/plain", "answer", std::move(headers));
    }
    http::FetchResult put(const std::string& text) {
        http::Request request =
            tests::request_to("http://127.0.0.1:" + std::to_string(server.port()) + "/list");
        request.body = http::RequestBody{"PUT", "application/json", text};
        std::optional<http::FetchResult> result;
        const auto fetch = [&]() -> base::Task<void> {
            result = co_await client.fetch(std::move(request), 10s);
        };
        tests::run(server.loop, fetch());
        return std::move(*result);
    }

    int status;
    std::vector<http::ServerRequest> requests;
    tests::ServerFixture server;
    base::SystemClock clock{server.loop.get_executor()};
    http::Client client{server.loop.get_executor(), clock};
};

TEST_CASE("a request with a body sends it whole, by its method and with its type", "[http]") {
    for (const std::string& text :
         {std::string{}, std::string{"{}"}, std::string{"a\0b", 3}, std::string(100'000, 'x')}) {
        Recording at{200};
        const auto response = at.put(text);
        REQUIRE(response.has_value());
        CHECK(response->body == "answer");
        REQUIRE(at.requests.size() == 1);
        CHECK(at.requests[0].method == "PUT");
        CHECK(at.requests[0].target == "/list");
        CHECK((at.requests[0].body == text));
        std::vector<std::string> types;
        for (const http::Header& header : at.requests[0].headers) {
            if (header.name == "Content-Type") {
                types.push_back(header.value);
            }
        }
        CHECK(types == std::vector<std::string>{"application/json"});
    }
}

TEST_CASE("a body is sent to no other place", "[http]") {
    for (const int status : {301, 302, 303, 307, 308}) {
        Recording at{status};
        const auto response = at.put("{}");
        REQUIRE_FALSE(response.has_value());
        CHECK((response.error().reason == http::FailureReason::kRedirect));
        CHECK(at.requests.size() == 1);
    }
}

}  // namespace http_request_body_test
