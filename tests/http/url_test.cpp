#include "http/url.hpp"

#include <catch2/catch.hpp>

namespace url_test {

namespace {

using http::Url;

std::string text_of(const std::string& url) {
    return Url::parse(url).value().secret_text();
}
std::string origin_of(const std::string& url) {
    return Url::parse(url).value().origin();
}

/// The error's detail; empty when the text is a URL.
std::string refusal_of(const std::string& text) {
    const auto url = Url::parse(text);
    if (url) {
        return {};
    }
    CHECK(url.error().code == base::ErrorCode::kBadUrl);
    return url.error().detail;
}

}  // namespace

TEST_CASE("an origin has scheme, host and port and nothing else", "[http]") {
    CHECK(origin_of("http://node") == "http://node:80");
    CHECK(origin_of("https://user:word@node/key?token=x") == "https://node:443");
    CHECK(origin_of("HTTP://Node:5052/") == "http://node:5052");
    CHECK(origin_of("http://[::1]:5052/x") == "http://[::1]:5052");
    CHECK(origin_of("https://[2001:DB8::1]") == "https://[2001:db8::1]:443");
    CHECK(Url::parse("https://user:word@node/key")->host_and_port() == "node:443");
    CHECK(Url::parse("https://node")->is_https());
    CHECK_FALSE(Url::parse("http://node")->is_https());
}

TEST_CASE("URLs of one place are equal", "[http]") {
    CHECK((Url::parse("http://node") == Url::parse("http://NODE:80/")));
    CHECK((Url::parse("http://node/key/") == Url::parse("http://node/key")));
    CHECK((Url::parse("http://node/key#part") == Url::parse("http://node/key")));
    CHECK((Url::parse("http://node/key") != Url::parse("http://node/other")));
    CHECK((Url::parse("http://a@node/") != Url::parse("http://b@node/")));
    CHECK((Url::parse("http://node/") != Url::parse("https://node/")));
}

TEST_CASE("a path goes behind the URL's own path and a query behind its own query", "[http]") {
    const auto extended = [](const std::string& url, const std::string& query = {}) {
        return Url::parse(url)->with_path("/eth/v1/events", query).secret_text();
    };
    CHECK(extended("http://node") == "http://node:80/eth/v1/events");
    CHECK(extended("http://node/key/") == "http://node:80/key/eth/v1/events");
    CHECK(extended("http://node/key//", "topics=head") ==
          "http://node:80/key/eth/v1/events?topics=head");
    CHECK(extended("http://node/key?token=x", "topics=head") ==
          "http://node:80/key/eth/v1/events?token=x&topics=head");
    CHECK(extended("http://node/?token=x") == "http://node:80/eth/v1/events?token=x");
    CHECK(extended("http://u:p@[::1]:1/") == "http://u:p@[::1]:1/eth/v1/events");
    CHECK(extended("http://node", "topics=a b#\n\xff") ==
          "http://node:80/eth/v1/events?topics=a%20b%23%0A%FF");
    CHECK(Url::parse_whole("http://node/e/?x=y")->with_path("", "topics=head").secret_text() ==
          "http://node:80/e/?x=y&topics=head");
    CHECK(Url::parse("http://node/e?x=y")->with_path("", "topics=head").secret_text() ==
          "http://node:80/e?x=y&topics=head");
    CHECK(Url::parse("http://node")->with_path("/a?b").secret_text() == "http://node:80/a%3Fb");
}

TEST_CASE("userinfo can be read and taken away", "[http]") {
    const auto url = Url::parse("https://us%40er:p%3Ass@node/key?a=b@c").value();
    CHECK(url.secret_userinfo().user == "us@er");
    CHECK(url.secret_userinfo().password == "p:ss");
    CHECK(url.without_userinfo().secret_text() == "https://node:443/key?a=b@c");
    const auto plain = Url::parse("http://node/user@name").value();
    CHECK(plain.secret_userinfo().user.empty());
    CHECK((plain.without_userinfo() == plain));
}

TEST_CASE("a redirect's target is read relative to where it came from", "[http]") {
    const auto base = Url::parse("https://user:word@node/a/b?c=d").value();
    const auto target = [&](const std::string& location) {
        const auto url = base.resolve(location);
        return url ? url->secret_text() : std::string{};
    };
    CHECK(target("/x/") == "https://node:443/x/");
    CHECK(target("x") == "https://node:443/a/x");
    CHECK(target("?x=y") == "https://node:443/a/b?x=y");
    CHECK(target("../../../x") == "https://node:443/x");
    CHECK(target("//other/x") == "https://other:443/x");
    CHECK(target("http://evil:word@other:8080") == "http://other:8080/");
    CHECK(target("").empty());
    CHECK(target("/a b").empty());
    CHECK(target("ftp://other/").empty());
    CHECK(target("/" + std::string(9000, 'x')).empty());
}

TEST_CASE("what is no http or https URL with a host is refused", "[http]") {
    CHECK(refusal_of("ftp://node/") == "the scheme is not http or https");
    CHECK(refusal_of("file:///etc/passwd") == "the scheme is not http or https");
    CHECK(refusal_of("node:5052") == "no scheme://host");
    CHECK(refusal_of("") == "no scheme://host");
    CHECK(refusal_of("http://") == "no scheme://host");
    CHECK(refusal_of("http:///path") == "no scheme://host");
    CHECK(refusal_of("http://?x") == "no scheme://host");
    CHECK_FALSE(refusal_of("http://user@/path").empty());
    CHECK_FALSE(refusal_of("http://:80/").empty());
    CHECK_FALSE(refusal_of("http://node:0/").empty());
    CHECK_FALSE(refusal_of("http://node:65536/").empty());
    CHECK_FALSE(refusal_of("http://node:port/").empty());
    CHECK_FALSE(refusal_of("http://[::1/").empty());
    CHECK_FALSE(refusal_of("http://user%0a:x@node/").empty());
    for (const char* text : {"http://no de/", "http://node/\n", "http://node/\x01",
                             "http://n\xc3\xb6"
                             "de/"}) {
        CHECK_FALSE(refusal_of(text).empty());
    }
    CHECK_FALSE(refusal_of(std::string{"http://node/\0x", 14}).empty());
    CHECK(refusal_of("http://node/" + std::string(8192, 'x')) == "longer than 8192 bytes");
}

TEST_CASE("a refusal repeats nothing of the text", "[http]") {
    for (const char* text :
         {"secret://secret", "http://secret:secret@/secret", "http://secret%0a@secret/",
          "http://secret:secret/", "secret", "http://secret secret", "http://[secret/"}) {
        const std::string refusal = refusal_of(text);
        CHECK_FALSE(refusal.empty());
        CHECK(refusal.find("secret") == std::string::npos);
    }
}

TEST_CASE("a URL keeps its escapes as they were", "[http]") {
    CHECK(text_of("http://node/a%2Fb?c=%2f") == "http://node:80/a%2Fb?c=%2f");
}

}  // namespace url_test
