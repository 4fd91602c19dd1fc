#pragma once

#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>

#include "base/clock.hpp"
#include "base/task.hpp"
#include "http/router.hpp"
#include "http/server_exchange.hpp"
#include "http/server_options.hpp"

namespace metrics {

/// The name and the limits of the server for `/metrics`. A scraper sends its request in one packet
/// and reads at once; a client that does not is no scraper.
[[nodiscard]] http::ServerOptions server_options();

/// The route `GET /metrics`. The page is made at most once a second, however many clients request
/// it, and on a thread of its own: with a thousand nodes it takes tens of milliseconds, in which
/// the loop would stamp no head. Lives on the event loop.
class Endpoint {
  public:
    static constexpr base::Duration kPageAgeMax = std::chrono::seconds{1};

    /// For each page, `prepare` is called on the event loop, then `make_page`, which gives the
    /// text, on the page's thread. Both outlive this object, whose end waits for the page at hand.
    Endpoint(boost::asio::any_io_executor executor, base::Clock& clock,
             std::function<void()> prepare, std::function<std::string()> make_page);
    Endpoint(const Endpoint&) = delete;
    Endpoint& operator=(const Endpoint&) = delete;

    /// Adds the route. This outlives the router and its copies.
    void mount(http::Router& router);

  private:
    using Page = std::shared_ptr<const std::string>;

    [[nodiscard]] base::Task<void> answer(http::ServerExchange& exchange);
    [[nodiscard]] base::Task<Page> page();
    void start_page();
    void page_made(Page page, std::exception_ptr error);

    boost::asio::any_io_executor executor_;
    base::Clock& clock_;
    std::function<void()> prepare_;
    std::function<std::string()> make_page_;
    /// The last one, and the failure of the last one.
    Page page_;
    std::exception_ptr error_;
    std::optional<base::MonoTime> began_at_;
    bool is_making_ = false;
    /// Never due: cancelled for those who wait for the page at hand.
    boost::asio::steady_timer made_;
    /// Who comes back from the thread asks whether this object is still there.
    std::shared_ptr<int> alive_ = std::make_shared<int>();
    /// Destroyed first: what it calls is still there.
    std::optional<boost::asio::thread_pool> thread_;
};

}  // namespace metrics
