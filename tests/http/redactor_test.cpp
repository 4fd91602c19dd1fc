#include "http/redactor.hpp"

#include <catch2/catch.hpp>

namespace redactor_test {

namespace {

http::Endpoint endpoint(const std::string& url, std::vector<http::Header> headers = {}) {
    return http::Endpoint{http::Url::parse_whole(url).value(), std::move(headers), {}};
}

/// A node with a secret in each place of its URL and in a header.
http::Redactor redactor() {
    return http::Redactor{
        endpoint("https://us3r:p%40ss%C3%A4word@host:5052/v1/K3Y-of-path/?key=Qu3ry",
                 {{"X-Api-Key", "h3ad3r"}, {"Authorization", "Bearer t0ken/+=="}})};
}

}  // namespace

TEST_CASE("text without a secret is shown as it is, printable and bounded", "[http][redactor]") {
    CHECK(redactor().show("Lodestar/v1.5.1/2115aa7") == "Lodestar/v1.5.1/2115aa7");
    CHECK(redactor().show("a\x1b[2J\nb") == "a\\x1b[2J\\x0ab");
    CHECK(redactor().show(std::string(50, 'v'), 10) == "vvvvvvvvvv...");
    CHECK(redactor().show("").empty());
    CHECK(http::Redactor{}.show("a\x1b") == "a\\x1b");
}

TEST_CASE("each secret of a node is hidden wherever its text has it", "[http][redactor]") {
    const auto shown = redactor();
    CHECK(shown.show("GET /v1/K3Y-of-path/eth/v1/node/version") ==
          "GET /v1/[hidden]/eth/v1/node/version");
    CHECK(shown.show("?key=Qu3ry&x") == "?[hidden]&x");
    CHECK(shown.show("Qu3ryQu3ry") == "[hidden][hidden]");
    CHECK(shown.show("by us3r, h3ad3r") == "by [hidden], [hidden]");
    CHECK(shown.show("Bearer t0ken/+==") == "[hidden]");
    CHECK(shown.show("token t0ken/+==.") == "token [hidden]==.");
}

TEST_CASE("a secret is hidden in each form in which it may come back", "[http][redactor]") {
    const auto shown = redactor();
    for (const char* form : {
             "p@ss\xC3\xA4word",
             "p%40ss%C3%A4word",
             "p%40ss%c3%a4word",
             "%70%40%73%73%c3%a4word",
             "p%2540ss%25C3%25A4word",
             "P@SS\xC3\xA4WORD",
             "p\\u0040ss\xC3\xA4word",
             // The rest of the user, the password: "us3r:p@ssäword".
             "dXMzcjpwQHNzw6R3b3Jk",
         }) {
        INFO(form);
        CHECK(shown.show(std::string{"<"} + form + ">") == "<[hidden]>");
    }
    CHECK(shown.show("t0ken\\/+") == "[hidden]");
    CHECK(shown.show("t0ken%2F%2B") == "[hidden]");
}

TEST_CASE("what a Basic authorization of the operator's stands for is a secret too",
          "[http][redactor]") {
    // "operator:pass-phrase"
    const http::Redactor shown{
        endpoint("http://h", {{"Authorization", "Basic b3BlcmF0b3I6cGFzcy1waHJhc2U="}})};
    CHECK(shown.show("login operator pass-phrase failed") == "login [hidden] [hidden] failed");
    CHECK(shown.show("basic b3BlcmF0b3I6cGFzcy1waHJhc2U=") == "[hidden]");
}

TEST_CASE("a secret that is cut is hidden by its beginning", "[http][redactor]") {
    const http::Redactor shown{endpoint("http://h/0123456789abcdef")};
    CHECK(shown.show("/0123456789abcdef!") == "/[hidden]!");
    CHECK(shown.show("/0123456789...") == "/[hidden]...");
    CHECK(shown.show("/01234567!") == "/[hidden]!");
    CHECK(shown.show("/0123456!") == "/0123456!");
    CHECK(shown.show("/01234") == "/[hidden]");
    // However long the text is, and wherever it is cut here.
    for (std::size_t size = 4000; size < 4100; ++size) {
        const std::string text = std::string(size, 'x') + "0123456789abcdef";
        CHECK(shown.show(text, 8000).find("0123") == std::string::npos);
    }
    CHECK(shown.show("xx0123456789abcdef", 5) == "xx[hi...");
}

TEST_CASE("words that everybody knows are no secrets, and short ones only as a part of the whole",
          "[http][redactor]") {
    const http::Redactor prefix{endpoint("http://lighthouse@h/lighthouse-1/beacon/mainnet/")};
    CHECK(prefix.show("Lighthouse/v5.1 beacon mainnet") == "Lighthouse/v5.1 beacon mainnet");
    CHECK(prefix.show("/lighthouse-1/") == "/[hidden]/");
    const http::Redactor events{
        endpoint("http://h/eth/v1/events?topics=head,block,chain_reorg&k=1234")};
    CHECK(events.show("topics=head,block events 1234") == "topics=head,block events [hidden]");
    const http::Redactor short_ones{endpoint("http://a:b@h/k1/x9/eth/v1/node/version?q=7")};
    CHECK(short_ones.show("a k1 7 x9") == "a k1 7 x9");
    CHECK(short_ones.show("GET /k1/x9/eth/v1 HTTP/1.1") == "GET [hidden]/eth/v1 HTTP/1.1");
    const http::Redactor none{endpoint("http://h:5052/")};
    CHECK(none.show("http://h:5052/eth/v1") == "http://h:5052/eth/v1");
}

}  // namespace redactor_test
