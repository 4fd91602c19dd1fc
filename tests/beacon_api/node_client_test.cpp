#include "beacon_api/node_client.hpp"

#include <catch2/catch.hpp>

namespace {

using namespace std::chrono_literals;
using base::Error;
using base::ErrorCode;

http::Endpoint node(std::string_view url) {
    http::Endpoint endpoint{http::Url::parse(url).value(), {{"X-Key", "secret"}}, {}};
    endpoint.tls.ca_file = "ca.pem";
    return endpoint;
}

http::Response answer(int status, std::string body) {
    http::Response response;
    response.head.status = status;
    response.body = std::move(body);
    return response;
}

}  // namespace

TEST_CASE("a request keeps the node's path prefix, headers and certificates", "[beacon_api]") {
    const http::Request request = beacon_api::rest_request(node("https://user:pass@host:5052/key/"),
                                                           "/eth/v1/node/version", 5s);
    CHECK(request.endpoint.url.secret_text() ==
          "https://user:pass@host:5052/key/eth/v1/node/version");
    CHECK((request.endpoint.headers == std::vector<http::Header>{{"X-Key", "secret"}}));
    CHECK(request.endpoint.tls.ca_file == "ca.pem");
    CHECK(request.accept == "application/json");
}

TEST_CASE("connecting never takes longer than the whole request may", "[beacon_api]") {
    CHECK((beacon_api::rest_request(node("http://h"), "/x", 10s).connect_timeout == 3s));
    CHECK((beacon_api::rest_request(node("http://h"), "/x", 500ms).connect_timeout == 500ms));
}

TEST_CASE("only a 200 has a body worth reading", "[beacon_api]") {
    CHECK((beacon_api::body_of(answer(200, "{}")) == base::Result<std::string>{"{}"}));
    for (const int status : {0, 199, 201, 204, 206, 301, 400, 404, 500, 503}) {
        const auto body = beacon_api::body_of(answer(status, "{}"));
        REQUIRE(body.has_error());
        CHECK((body.error() == Error{ErrorCode::kHttpStatus, "status " + std::to_string(status)}));
    }
}

TEST_CASE("a request without an answer fails as it failed", "[beacon_api]") {
    const Error late{ErrorCode::kDeadline, "5 s"};
    const auto body = beacon_api::body_of(late);
    REQUIRE(body.has_error());
    CHECK((body.error() == late));
}

TEST_CASE("the stream's URL has all topics in one parameter", "[beacon_api]") {
    const auto url = http::Url::parse("http://host:5052/prefix").value();
    CHECK(beacon_api::events_url(url, "head,chain_reorg").secret_text() ==
          "http://host:5052/prefix/eth/v1/events?topics=head,chain_reorg");
    const auto with_key = http::Url::parse("http://host:5052/?key=1").value();
    CHECK(beacon_api::events_url(with_key, "head").secret_text() ==
          "http://host:5052/eth/v1/events?key=1&topics=head");
}
