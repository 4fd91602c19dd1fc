// The web page as browsers get it; also of a program that was built without.
#include "api/page/page.hpp"

#include <string>

#include <catch2/catch.hpp>

#include "api/page/assets.hpp"
#include "api/request_rules.hpp"
#include "chain/sha256.hpp"
#include "tests/api/api_fixture.hpp"

namespace api_page_test {

using Catch::Contains;
using Catch::StartsWith;

/// The page on a real server.
struct PageFixture {
    explicit PageFixture(bool is_on = true)
        : server{[this](http::ServerExchange& exchange) { return router(exchange); },
                 tests::ApiFixture::options(tests::ApiFixture::quick_limits())} {
        api::add_page(router, is_on);
    }
    ~PageFixture() { server.stop_and_wait(); }
    PageFixture(const PageFixture&) = delete;
    PageFixture& operator=(const PageFixture&) = delete;

    std::string ask(const std::string& line, const std::string& headers = "") {
        return server.answer_to(line + " HTTP/1.1\r\nHost: localhost\r\n" + headers +
                                "Connection: close\r\n\r\n");
    }
    std::string get(const std::string& target, const std::string& headers = "") {
        return ask("GET " + target, headers);
    }

    http::Router router;
    tests::ServerFixture server;
};

std::string body_of(const std::string& answer) {
    return answer.substr(answer.find("\r\n\r\n") + 4);
}

const std::string kTag = "\"" + std::string{api::page::kIndexHash} + "\"";

bool is_built() {
    return !api::page::kIndex.empty();
}

TEST_CASE("a tag is found in any list of tags, weak or not", "[api]") {
    const auto has = [](const std::string& value) {
        return api::has_tag({{"if-none-match", value}}, "\"abc\"");
    };
    CHECK(has("\"abc\""));
    CHECK(has("W/\"abc\""));
    CHECK(has("\"x\" , \"abc\""));
    CHECK(has("*"));
    CHECK_FALSE(has("\"abcd\""));
    CHECK_FALSE(has("abc"));
    CHECK_FALSE(has(""));
    CHECK_FALSE(api::has_tag({}, "\"abc\""));
}

TEST_CASE("the page is asked for anew each time, and sent where it is another", "[api]") {
    PageFixture at;
    const std::string page = at.get("/");
    if (!is_built()) {
        CHECK_THAT(page, StartsWith("HTTP/1.1 404 ") &&
                             Contains("this headmon was built without its page"));
        return;
    }
    CHECK_THAT(page, StartsWith("HTTP/1.1 200 ") &&
                         Contains("\r\nContent-Type: text/html; charset=utf-8\r\n") &&
                         Contains("\r\nCache-Control: no-cache\r\n") &&
                         Contains("\r\nETag: " + kTag + "\r\n"));
    CHECK(body_of(page) == api::page::kIndex);
    const std::string same = at.get("/", "If-None-Match: " + kTag + "\r\n");
    CHECK_THAT(same, StartsWith("HTTP/1.1 304 ") && Contains("\r\nETag: " + kTag + "\r\n"));
    CHECK(body_of(same).empty());
    CHECK_THAT(at.get("/", "If-None-Match: \"0123456789abcdef\"\r\n"), StartsWith("HTTP/1.1 200 "));
    const std::string head = at.ask("HEAD /");
    CHECK_THAT(
        head,
        StartsWith("HTTP/1.1 200 ") &&
            Contains("\r\nContent-Length: " + std::to_string(api::page::kIndex.size()) + "\r\n"));
    CHECK(body_of(head).empty());
    CHECK_THAT(at.ask("POST /"), StartsWith("HTTP/1.1 405 "));
}

TEST_CASE("what the page loads is kept for ever, below the hash of its content", "[api]") {
    PageFixture at;
    for (const api::page::Asset& asset : api::page::kAssets) {
        const std::string target = "/page/" + std::string{asset.name};
        INFO(target);
        const std::string answer = at.get(target);
        CHECK_THAT(answer, StartsWith("HTTP/1.1 200 ") &&
                               Contains("\r\nContent-Type: " + std::string{asset.type} + "\r\n") &&
                               Contains("\r\nCache-Control: public, max-age=31536000, immutable"));
        CHECK(body_of(answer) == asset.text);
        const std::string hash = chain::to_string(chain::sha256(asset.text)).substr(2, 16);
        CHECK(asset.name.find("-" + hash + ".") != std::string::npos);
    }
    CHECK_THAT(at.get("/page/page.js"), StartsWith("HTTP/1.1 404 "));
    CHECK_THAT(at.get("/page/page-0123456789abcdef.js"), StartsWith("HTTP/1.1 404 "));
    CHECK_THAT(at.get("/page/..%2findex.html"), StartsWith("HTTP/1.1 404 "));
}

TEST_CASE("the page names its script and its style as they are served", "[api]") {
    if (!is_built()) {
        return;
    }
    const std::string page{api::page::kIndex};
    CHECK(page.find("@PAGE_") == std::string::npos);
    std::size_t named = 0;
    for (const api::page::Asset& asset : api::page::kAssets) {
        named += page.find("\"/page/" + std::string{asset.name} + "\"") != std::string::npos;
    }
    CHECK(named >= 2);
}

TEST_CASE("whatever the page is made of loads nothing from elsewhere, and is framed by nobody",
          "[api]") {
    if (!is_built()) {
        return;
    }
    PageFixture at;
    std::vector<std::string> answers{at.get("/"), at.get("/", "If-None-Match: *\r\n")};
    for (const api::page::Asset& asset : api::page::kAssets) {
        answers.push_back(at.get("/page/" + std::string{asset.name}));
    }
    for (const std::string& answer : answers) {
        const std::string head = answer.substr(0, answer.find("\r\n\r\n") + 2);
        for (const std::string line :
             {"Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; "
              "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
              "frame-ancestors 'none'",
              "X-Content-Type-Options: nosniff", "Referrer-Policy: no-referrer",
              "Cross-Origin-Opener-Policy: same-origin",
              "Cross-Origin-Resource-Policy: same-origin"}) {
            INFO(line);
            CHECK(head.find("\r\n" + line + "\r\n") != std::string::npos);
        }
    }
    CHECK_THAT(at.get("/favicon.ico"), StartsWith("HTTP/1.1 204 "));
}

TEST_CASE("a page that is switched off is not there, and says so", "[api]") {
    PageFixture at{false};
    CHECK_THAT(at.get("/"), StartsWith("HTTP/1.1 404 ") && Contains("switched off"));
    CHECK_THAT(at.get("/favicon.ico"), StartsWith("HTTP/1.1 404 "));
}

TEST_CASE("the page is for those who ask for this machine alone", "[api]") {
    tests::ApiFixture fixture;
    CHECK_THAT(fixture.server.answer_to(
                   "GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"),
               StartsWith("HTTP/1.1 421 "));
    CHECK_THAT(fixture.get("/"), StartsWith(is_built() ? "HTTP/1.1 200 " : "HTTP/1.1 404 "));
}

}  // namespace api_page_test
