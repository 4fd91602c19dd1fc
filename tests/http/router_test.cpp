#include "http/router.hpp"

#include <stdexcept>
#include <string>

#include <catch2/catch.hpp>

#include "tests/http/server_fixture.hpp"

namespace router_test {

using tests::ServerFixture;

namespace {

/// Answers with the route's mark, its path parameters and its query.
http::Router::RouteHandler echo(const std::string& mark) {
    return [mark](http::ServerExchange& exchange,
                  const http::RouteArguments& arguments) -> base::Task<void> {
        std::string text = mark;
        for (const auto& parameter : arguments.path) {
            text += " " + parameter.name + "=" + parameter.value;
        }
        for (const auto& parameter : arguments.query.parameters()) {
            text += " " + parameter.name + ":" + parameter.value;
        }
        co_await exchange.respond(200, "text/plain", text + "\n");
    };
}

http::Router some_routes() {
    http::Router router;
    router.add("GET", "/", echo("root"));
    router.add("GET", "/v1/nodes", echo("nodes"));
    router.add("GET", "/v1/nodes/{name}", echo("node"));
    router.add("GET", "/v1/nodes/all", echo("all"));
    router.add("GET", "/v1/{kind}/all/x", echo("kind"));
    router.add("PUT", "/v1/candidates", echo("put"));
    router.add("GET", "/v1/candidates", echo("get"));
    router.add("GET", "/v1/slots/{slot}/heads/{root}", echo("heads"));
    return router;
}

std::string path_of(const http::Router::Match& match) {
    std::string text;
    for (const auto& parameter : match.arguments.path) {
        text += parameter.name + "=" + parameter.value + " ";
    }
    return text;
}

std::string request(const std::string& method, const std::string& target) {
    return method + " " + target + " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
}

}  // namespace

TEST_CASE("a path is matched by exact segments and by parameters", "[http][router]") {
    const http::Router router = some_routes();
    CHECK(router.match("GET", "/").handler != nullptr);
    CHECK(router.match("GET", "/v1/nodes").arguments.path.empty());
    CHECK(path_of(router.match("GET", "/v1/nodes/alpha")) == "name=alpha ");
    CHECK(path_of(router.match("GET", "/v1/slots/12/heads/0xab")) == "slot=12 root=0xab ");
    CHECK(router.match("GET", "/v1/slots/12/heads/0xab").arguments.path_value("root") == "0xab");
    for (const std::string target :
         {"", "*", "v1/nodes", "/v1", "/v1/", "/v1/nodes/", "//v1/nodes", "/v1//nodes",
          "/v1/nodes/alpha/", "/v1/nodes/alpha/x", "/V1/nodes", "/v1/./nodes", "/../v1/nodes",
          "/v1/x/../nodes"}) {
        INFO(target);
        const auto match = router.match("GET", target);
        CHECK(match.status == 404);
        CHECK(match.handler == nullptr);
    }
}

TEST_CASE("an exact segment goes before a parameter, whatever was added first", "[http][router]") {
    const http::Router router = some_routes();
    CHECK(path_of(router.match("GET", "/v1/nodes/all")).empty());
    CHECK(path_of(router.match("GET", "/v1/nodes/alls")) == "name=alls ");
    CHECK(path_of(router.match("GET", "/v1/other/all/x")) == "kind=other ");
}

TEST_CASE("segments are compared decoded, and a broken escape is refused", "[http][router]") {
    const http::Router router = some_routes();
    CHECK(path_of(router.match("GET", "/v1/nodes/a%20b%2Fc%25")) == "name=a b/c% ");
    CHECK(path_of(router.match("GET", "/v1/nodes/a+b")) == "name=a+b ");
    CHECK(router.match("GET", "/v1/%6eodes").handler != nullptr);
    CHECK(router.match("GET", "/v1%2Fnodes").status == 404);
    for (const std::string part : {"%", "%2", "%zz", "%+1", "a%0", "%00", "%0a", "x%7F", "% 1"}) {
        INFO(part);
        CHECK(router.match("GET", "/v1/nodes/" + part).status == 400);
        CHECK(router.match("GET", "/v1/nodes?x=" + part).status == 400);
        CHECK(router.match("GET", "/v1/nodes?" + part).status == 400);
    }
    const std::string longest(http::kComponentBytesMax, 'a');
    CHECK(router.match("GET", "/v1/nodes/" + longest).status == 200);
    CHECK(router.match("GET", "/v1/nodes/" + longest + "a").status == 400);
    std::string deep;
    for (std::size_t i = 0; i < http::kPathSegmentsMax + 1; ++i) {
        deep += "/a";
    }
    CHECK(router.match("GET", deep).status == 404);
}

TEST_CASE("a method that the path does not have is answered with those that it has",
          "[http][router]") {
    const http::Router router = some_routes();
    CHECK(router.match("POST", "/v1/nodes").status == 405);
    CHECK(router.match("POST", "/v1/nodes").allow == "GET, HEAD");
    CHECK(router.match("DELETE", "/v1/candidates").allow == "GET, HEAD, PUT");
    CHECK(router.match("get", "/v1/nodes").status == 405);
    CHECK(router.match("OPTIONS", "/v1/nodes").status == 405);
    CHECK(router.match("POST", "/nowhere").status == 404);
    CHECK(router.match("HEAD", "/v1/nodes").handler == router.match("GET", "/v1/nodes").handler);
    http::Router no_get;
    no_get.add("PUT", "/x", echo("x"));
    CHECK(no_get.match("HEAD", "/x").allow == "PUT");
}

TEST_CASE("a query keeps repeated names in their order", "[http][router]") {
    const auto match =
        some_routes().match("GET", "/v1/nodes?topics=head&topics=block+x&a&&=b&c=%3D%26=&topics=");
    const http::Query& query = match.arguments.query;
    CHECK((query.find_all("topics") == std::vector<std::string_view>{"head", "block x", ""}));
    CHECK(query.find("topics") == "head");
    CHECK(query.find("a") == "");
    CHECK(query.find("") == "b");
    CHECK(query.find("c") == "=&=");
    CHECK_FALSE(query.find("d"));
    CHECK(query.find_all("d").empty());
    CHECK(query.parameters().size() == 6);
}

TEST_CASE("a query is bounded in number and in length", "[http][router]") {
    std::string text;
    for (std::size_t i = 0; i < http::kQueryParametersMax; ++i) {
        text += "a=1&";
    }
    CHECK(http::Query::parse(text)->parameters().size() == http::kQueryParametersMax);
    CHECK(http::Query::parse(text + "b").error().code == base::ErrorCode::kTooLong);
    const std::string longest(http::kComponentBytesMax, 'a');
    CHECK(http::Query::parse(longest + "=" + longest).has_value());
    CHECK(http::Query::parse(longest + "a").error().code == base::ErrorCode::kTooLong);
    CHECK(http::Query::parse("b=" + longest + "a").error().code == base::ErrorCode::kTooLong);
}

TEST_CASE("a target in absolute form is matched by its path", "[http][router]") {
    const http::Router router = some_routes();
    CHECK(path_of(router.match("GET", "http://127.0.0.1:5/v1/nodes/alpha?x=1")) == "name=alpha ");
    CHECK(router.match("GET", "http://127.0.0.1:5").status == 404);
    CHECK(router.match("GET", "ftp://127.0.0.1/v1/nodes").status == 404);
}

TEST_CASE("a malformed pattern, and a second handler, are refused", "[http][router]") {
    http::Router router = some_routes();
    for (const std::string pattern :
         {"", "v1", "/{}", "/a{b}", "/{a", "/a}", "/{a}{b}", "/{{a}}"}) {
        INFO(pattern);
        CHECK_THROWS_AS(router.add("GET", pattern, echo("x")), std::invalid_argument);
    }
    CHECK_THROWS_AS(router.add("GET", "/v1/nodes/{name}", echo("x")), std::invalid_argument);
}

TEST_CASE("a router serves over a real server", "[http][router][server]") {
    ServerFixture fixture{some_routes()};
    CHECK(fixture.answer_to(request("GET", "/v1/nodes/a%20b?x=1&x=2"))
              .ends_with("\r\n\r\nnode name=a b x:1 x:2\n"));
    CHECK(fixture.answer_to(request("PUT", "/v1/candidates")).ends_with("\r\n\r\nput\n"));
    const std::string head = fixture.answer_to(request("HEAD", "/v1/nodes"));
    CHECK(head.find("Content-Length: 6\r\n") != std::string::npos);
    CHECK(head.ends_with("\r\n\r\n"));
    const std::string refused = fixture.answer_to(request("POST", "/v1/nodes"));
    CHECK(refused.starts_with("HTTP/1.1 405 Method Not Allowed\r\n"));
    CHECK(refused.find("Allow: GET, HEAD\r\n") != std::string::npos);
    CHECK(refused.ends_with("\r\n\r\nmethod not allowed\n"));
    CHECK(fixture.answer_to(request("GET", "/nowhere")).ends_with("\r\n\r\nnot found\n"));
}

TEST_CASE("every error has the server's form", "[http][router][server]") {
    http::ServerOptions options;
    options.limits.body_bytes_max = 10;
    options.error_format = [](int status, std::string_view message) {
        return http::ErrorBody{"application/json", R"({"code":)" + std::to_string(status) +
                                                       R"(,"message":")" + std::string{message} +
                                                       R"("})"};
    };
    http::Router router = some_routes();
    router.add("GET", "/throw",
               [](http::ServerExchange&, const http::RouteArguments&) -> base::Task<void> {
                   throw std::runtime_error{"secret"};
               });
    ServerFixture fixture{router, options};
    const auto answer = [&](const std::string& text) { return fixture.answer_to(text); };
    const std::string missing = answer(request("GET", "/nowhere"));
    CHECK(missing.find("Content-Type: application/json\r\n") != std::string::npos);
    CHECK(missing.ends_with(R"({"code":404,"message":"not found"})"));
    CHECK(answer(request("POST", "/")).ends_with(R"({"code":405,"message":"method not allowed"})"));
    CHECK(answer(request("GET", "/%zz"))
              .ends_with(R"({"code":400,"message":"a broken percent escape"})"));
    CHECK(answer(request("GET", "/throw")).ends_with(R"({"code":500,"message":"internal error"})"));
    CHECK(answer("hello\r\n\r\n").ends_with(R"({"code":400,"message":"bad request"})"));
    CHECK(answer("PUT / HTTP/1.1\r\nContent-Length: 11\r\n\r\n")
              .ends_with(R"({"code":413,"message":"the request's body is too large"})"));
}

}  // namespace router_test
