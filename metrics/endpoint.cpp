#include "metrics/endpoint.hpp"

#include <utility>

namespace metrics {

http::ServerOptions server_options() {
    http::ServerOptions options;
    options.name = "metrics";
    options.limits.connections_max = 64;
    options.limits.header_bytes_max = std::size_t{8} * 1024;
    options.limits.body_bytes_max = 1024;
    options.limits.write_timeout = std::chrono::seconds{10};
    return options;
}

Endpoint::Endpoint(base::Clock& clock, std::function<std::string()> make_page)
    : clock_{clock}, make_page_{std::move(make_page)} {}

void Endpoint::mount(http::Router& router) {
    router.add("GET", "/metrics",
               [this](http::ServerExchange& exchange, const http::RouteArguments& /*arguments*/) {
                   return answer(exchange);
               });
}

base::Task<void> Endpoint::answer(http::ServerExchange& exchange) {
    co_await exchange.respond(200, "text/plain; version=0.0.4; charset=utf-8", page());
}

const std::string& Endpoint::page() {
    const base::MonoTime now = clock_.now();
    if (!made_at_ || now - *made_at_ >= kPageAgeMax) {
        page_ = make_page_();
        made_at_ = now;
    }
    return page_;
}

}  // namespace metrics
