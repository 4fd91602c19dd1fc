#include "metrics/listener.hpp"

#include <utility>
#include <vector>

namespace metrics {

http::ServerLimits server_limits() {
    http::ServerLimits limits;
    limits.connections_max = 64;
    limits.header_bytes_max = std::size_t{8} * 1024;
    limits.body_bytes_max = 1024;
    limits.request_timeout = std::chrono::seconds{30};
    limits.write_timeout = std::chrono::seconds{10};
    return limits;
}

Listener::Listener(boost::asio::any_io_executor executor, base::Clock& clock,
                   const boost::asio::ip::tcp::endpoint& address,
                   std::function<std::string()> make_page, http::ServerLimits limits)
    : clock_{clock},
      make_page_{std::move(make_page)},
      server_{std::move(executor), address,
              [this](http::ServerExchange& exchange) { return answer(exchange); }, limits} {}

base::Task<void> Listener::run() {
    server_.open_listener();
    co_await server_.run();
}

base::Task<void> Listener::answer(http::ServerExchange& exchange) {
    const http::ServerRequest& request = exchange.request();
    const std::string_view target{request.target};
    const std::string_view path = target.substr(0, target.find('?'));
    if (path != "/metrics") {
        co_await exchange.respond(404, "text/plain", "only /metrics is here\n");
        co_return;
    }
    if (request.method != "GET" && request.method != "HEAD") {
        std::vector<http::Header> allow{{"Allow", "GET, HEAD"}};
        co_await exchange.respond(405, "text/plain", "only GET and HEAD\n", std::move(allow));
        co_return;
    }
    co_await exchange.respond(200, "text/plain; version=0.0.4; charset=utf-8", page());
}

const std::string& Listener::page() {
    const base::MonoTime now = clock_.now();
    if (!made_at_ || now - *made_at_ >= kPageAgeMax) {
        page_ = make_page_();
        made_at_ = now;
    }
    return page_;
}

}  // namespace metrics
