#include "beacon_api/node_client.hpp"

#include <map>

#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>

#include "base/system_clock.hpp"
#include "beacon_api/event_stream.hpp"
#include "chain/slot.hpp"
#include "http/client.hpp"
#include "http/server.hpp"
#include "tests/support/loop.hpp"

namespace {

using namespace std::chrono_literals;
using Error = beacon_api::RequestError;
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

/// A node on loopback that gives the real node's recorded answers.
class RecordedNode {
  public:
    /// Runs one question, `question(client)`, to its answer.
    auto ask(auto question) {
        http::Server server{loop_.get_executor(),
                            {boost::asio::ip::make_address("127.0.0.1"), 0},
                            [this](http::ServerExchange& exchange) { return answer(exchange); }};
        http::Client client{loop_.get_executor(), clock_};
        const std::string url = "http://127.0.0.1:" + std::to_string(server.endpoint().port());
        beacon_api::NodeClient node_client{client, node(url), 10s};
        auto asked = question(node_client);
        std::optional<typename decltype(asked)::value_type> answered;
        const auto wait = [&]() -> base::Task<void> { answered = co_await std::move(asked); };
        tests::run(loop_, base::run_first(server.run(), wait()));
        return answered.value();
    }

    const std::vector<std::string>& targets() const { return targets_; }

  private:
    base::Task<void> answer(http::ServerExchange& exchange) {
        static const std::map<std::string, std::string> kBodies{
            {"/eth/v1/beacon/genesis", "beacon_genesis"},
            {"/eth/v1/config/spec", "config_spec"},
            {"/eth/v1/node/syncing", "node_syncing"},
            {"/eth/v1/node/version", "node_version"},
            {"/eth/v1/beacon/headers/head", "beacon_headers_head"},
        };
        targets_.push_back(exchange.request().target);
        const auto found = kBodies.find(exchange.request().target);
        const bool is_known = found != kBodies.end();
        std::string body =
            is_known ? tests::fixture("lodestar-1.5.1/http_" + found->second + ".body") : "{}";
        co_await exchange.respond(is_known ? 200 : 404, std::string{"application/json"},
                                  std::move(body));
    }

    boost::asio::io_context loop_;
    base::SystemClock clock_{loop_.get_executor()};
    std::vector<std::string> targets_;
};

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
    CHECK((beacon_api::body_of(answer(200, "{}")) == beacon_api::RequestResult<std::string>{"{}"}));
    for (const int status : {0, 199, 201, 204, 206, 301, 400, 404, 500, 503}) {
        const auto body = beacon_api::body_of(answer(status, "{}"));
        REQUIRE(body.has_error());
        CHECK((body.error() == Error{ErrorCode::kHttpStatus, status}));
    }
}

TEST_CASE("a refused request keeps the reason that the node gives, bounded and without secrets",
          "[beacon_api]") {
    const http::Redactor redactor{node("http://host/secret-key")};
    const auto reason = [&](const std::string& body) {
        return beacon_api::body_of(answer(500, body), redactor).error().detail;
    };
    CHECK(reason(R"({"code":500,"message":"out of memory"})") == "out of memory");
    CHECK(reason(R"({"error":"no such key: /secret-key"})") == "no such key: /[hidden]");
    CHECK(reason(R"({"error":{"message":"too many"}})") == "too many");
    CHECK(reason(R"({"message":"a\u001b[2J\n"})") == "a\\x1b[2J");
    CHECK(reason("  Method not allowed\r\n") == "Method not allowed");
    CHECK(reason(R"({"message":")" + std::string(5000, 'x') + R"("})") ==
          std::string(200, 'x') + "...");
    for (const char* nothing :
         {"", "{}", R"({"message":7})", "<html>no</html>", "a\nb", "\x1f\x8b\x08"}) {
        INFO(nothing);
        CHECK(reason(nothing).empty());
    }
}

TEST_CASE("a request without an answer fails as it failed", "[beacon_api]") {
    struct Case {
        http::FetchError failure;
        Error error;
    };
    using http::FailureReason;
    for (const auto& [failure, error] : {
             Case{{std::nullopt, "5 s"}, {ErrorCode::kDeadline, 0, {}, "5 s"}},
             Case{{FailureReason::kReset, "x"},
                  {ErrorCode::kUnreachable, 0, FailureReason::kReset, "x"}},
             Case{{FailureReason::kTooLarge, "body"},
                  {ErrorCode::kTooLong, 0, FailureReason::kTooLarge, "body"}},
         }) {
        const auto body = beacon_api::body_of(failure);
        REQUIRE(body.has_error());
        CHECK((body.error() == error));
    }
}

TEST_CASE("an error without its types names status, reason or field in its detail",
          "[beacon_api]") {
    CHECK((beacon_api::base_error({ErrorCode::kHttpStatus, 404}) ==
           base::Error{ErrorCode::kHttpStatus, "status 404"}));
    CHECK((beacon_api::base_error({ErrorCode::kHttpStatus, 503, {}, "busy"}) ==
           base::Error{ErrorCode::kHttpStatus, "status 503: busy"}));
    CHECK((beacon_api::base_error({ErrorCode::kUnreachable, 0, http::FailureReason::kReset, "x"}) ==
           base::Error{ErrorCode::kUnreachable, "reset: x"}));
    CHECK((beacon_api::base_error({ErrorCode::kMissingField, 0, {}, "slot"}) ==
           base::Error{ErrorCode::kMissingField, "slot"}));
}

TEST_CASE("the stream's URL has all topics in one parameter", "[beacon_api]") {
    const auto url = http::Url::parse("http://host:5052/prefix").value();
    CHECK(beacon_api::events_url(url, "head,chain_reorg").secret_text() ==
          "http://host:5052/prefix/eth/v1/events?topics=head,chain_reorg");
    const auto with_key = http::Url::parse("http://host:5052/?key=1").value();
    CHECK(beacon_api::events_url(with_key, "head").secret_text() ==
          "http://host:5052/eth/v1/events?key=1&topics=head");
}

TEST_CASE("each question goes to its own path and its answer is decoded", "[beacon_api]") {
    RecordedNode node;
    using Client = beacon_api::NodeClient;
    CHECK((node.ask([](Client& c) { return c.genesis(); }).value().time ==
           base::WallTime{1795294556s}));
    CHECK((node.ask([](Client& c) { return c.spec(); }).value().slot_duration == 3s));
    CHECK((node.ask([](Client& c) { return c.syncing(); }).value().head_slot == chain::Slot{14}));
    CHECK(node.ask([](Client& c) { return c.version(); }).value() == "Lodestar/v1.5.1/2115aa7");
    CHECK((node.ask([](Client& c) { return c.header("head"); }).value().slot == chain::Slot{14}));
    const std::string root = "0x" + std::string(64, 'a');
    CHECK((node.ask([&](Client& c) { return c.header(root); }).error() ==
           Error{ErrorCode::kHttpStatus, 404}));
    CHECK(node.targets().back() == "/eth/v1/beacon/headers/" + root);
}

TEST_CASE("a block id that is neither head nor a root is never sent", "[beacon_api]") {
    RecordedNode node;
    for (const auto* const id : {"", "finalized", "0x12", "../../../x", "head?x=1"}) {
        CHECK((node.ask([&](beacon_api::NodeClient& c) { return c.header(id); }).error() ==
               Error{ErrorCode::kBadValue, 0, {}, "block_id"}));
    }
    CHECK(node.targets().empty());
}
