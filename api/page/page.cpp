#include "api/page/page.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "api/page/assets.hpp"
#include "api/request_rules.hpp"
#include "base/text.hpp"

namespace api {
namespace {

/// Of all that the page is made of. It loads nothing from anywhere else, and nobody may frame it.
/// https://www.w3.org/TR/CSP3/
std::vector<http::Header> page_headers(std::string cache_control) {
    return {{"Cache-Control", std::move(cache_control)},
            {"Content-Security-Policy",
             "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
             "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"},
            {"X-Content-Type-Options", "nosniff"},
            {"Referrer-Policy", "no-referrer"},
            {"Cross-Origin-Opener-Policy", "same-origin"},
            {"Cross-Origin-Resource-Policy", "same-origin"}};
}

using Text = std::shared_ptr<const std::string>;

base::Task<void> respond_index(http::ServerExchange& exchange, Text index, std::string tag) {
    auto headers = page_headers("no-cache");
    headers.push_back({"ETag", tag});
    if (has_tag(exchange.request().headers, tag)) {
        co_await exchange.respond(304, "", std::string{}, std::move(headers));
        co_return;
    }
    co_await exchange.respond(200, "text/html; charset=utf-8", std::move(index),
                              std::move(headers));
}

struct Served {
    std::string type;
    Text text;
};
using Files = std::map<std::string, Served, std::less<>>;

/// The content of a name never changes.
base::Task<void> respond_file(http::ServerExchange& exchange, const Files& files,
                              const std::string& name) {
    const auto file = files.find(name);
    if (file == files.end()) {
        co_await exchange.respond_error(404, "no such file; / names those that the page loads");
        co_return;
    }
    auto headers = page_headers("public, max-age=31536000, immutable");
    co_await exchange.respond(200, file->second.type, file->second.text, std::move(headers));
}

void add_files(http::Router& router) {
    Files files;
    for (const page::Asset& asset : page::kAssets) {
        files.emplace(asset.name, Served{std::string{asset.type},
                                         std::make_shared<const std::string>(asset.text)});
    }
    router.add("GET", "/page/{name}",
               [files = std::move(files)](http::ServerExchange& exchange,
                                          const http::RouteArguments& arguments) {
                   return respond_file(exchange, files, arguments.path_value("name"));
               });
}

}  // namespace

bool has_tag(const std::vector<http::Header>& headers, std::string_view tag) {
    const std::vector<std::string> tags = base::split(find_header(headers, "If-None-Match"), ',');
    return std::any_of(tags.begin(), tags.end(), [&](const std::string& one) {
        std::string_view text = base::trimmed(one);
        if (text.starts_with("W/")) {
            text.remove_prefix(2);
        }
        return text == tag || text == "*";
    });
}

void add_page(http::Router& router, bool is_on) {
    if (!is_on || page::kIndex.empty()) {
        const std::string why = is_on ? "this headmon was built without its page"
                                      : "the page is switched off: page in [api] of the config";
        router.add("GET", "/", [why](http::ServerExchange& exchange, const http::RouteArguments&) {
            return exchange.respond_error(404, why);
        });
        return;
    }
    const auto index = std::make_shared<const std::string>(page::kIndex);
    const std::string tag = "\"" + std::string{page::kIndexHash} + "\"";
    router.add("GET", "/",
               [index, tag](http::ServerExchange& exchange, const http::RouteArguments&) {
                   return respond_index(exchange, index, tag);
               });
    add_files(router);
    // Browsers ask for it whatever the page says.
    router.add("GET", "/favicon.ico",
               [](http::ServerExchange& exchange, const http::RouteArguments&) {
                   return exchange.respond(204, "", std::string{}, page_headers("max-age=86400"));
               });
}

}  // namespace api
