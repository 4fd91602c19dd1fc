#include "metrics/endpoint.hpp"

#include <utility>

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

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

Endpoint::Endpoint(boost::asio::any_io_executor executor, base::Clock& clock,
                   std::function<void()> prepare, std::function<std::string()> make_page)
    : executor_{std::move(executor)},
      clock_{clock},
      prepare_{std::move(prepare)},
      make_page_{std::move(make_page)},
      made_{executor_, boost::asio::steady_timer::time_point::max()} {}

void Endpoint::mount(http::Router& router) {
    router.add("GET", "/metrics",
               [this](http::ServerExchange& exchange, const http::RouteArguments& /*arguments*/) {
                   return answer(exchange);
               });
}

base::Task<void> Endpoint::answer(http::ServerExchange& exchange) {
    const Page text = co_await page();
    co_await exchange.respond(200, "text/plain; version=0.0.4; charset=utf-8", text);
}

base::Task<Endpoint::Page> Endpoint::page() {
    if (!is_making_ && (!page_ || clock_.now() - *began_at_ >= kPageAgeMax)) {
        start_page();
    }
    while (is_making_) {
        boost::system::error_code ignored;
        co_await made_.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, ignored));
        co_await base::throw_if_cancelled();
    }
    if (!page_) {
        std::rethrow_exception(error_);
    }
    co_return page_;
}

void Endpoint::start_page() {
    if (!thread_) {
        thread_.emplace(1);
    }
    prepare_();
    is_making_ = true;
    began_at_ = clock_.now();
    const auto make = [this, alive = std::weak_ptr<int>{alive_}, loop = executor_] {
        Page made;
        std::exception_ptr error;
        try {
            made = std::make_shared<const std::string>(make_page_());
        } catch (...) {
            error = std::current_exception();
        }
        boost::asio::post(loop, [this, alive, made = std::move(made), error] {
            if (!alive.expired()) {
                page_made(made, error);
            }
        });
    };
    boost::asio::post(*thread_, make);
}

void Endpoint::page_made(Page page, std::exception_ptr error) {
    is_making_ = false;
    page_ = std::move(page);
    error_ = std::move(error);
    made_.cancel();
}

}  // namespace metrics
