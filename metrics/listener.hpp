#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "base/clock.hpp"
#include "base/task.hpp"
#include "http/server.hpp"

namespace metrics {

/// What `/metrics` grants a client. A scraper asks in one packet and reads at once; whatever does
/// not is no scraper.
[[nodiscard]] http::ServerLimits server_limits();

/// Serves `GET /metrics` and nothing else. The page is made at most once a second, however many
/// ask: making it costs the loop milliseconds, in which no head is stamped.
class Listener {
  public:
    static constexpr base::Duration kPageAgeMax = std::chrono::seconds{1};

    /// Binds at once, so that a port in use is known before anything starts. `make_page` gives the
    /// text of the page. Throws boost::system::system_error when the address cannot be bound.
    Listener(boost::asio::any_io_executor executor, base::Clock& clock,
             const boost::asio::ip::tcp::endpoint& address, std::function<std::string()> make_page,
             http::ServerLimits limits = server_limits());

    /// Serves until it is cancelled, then every connection is closed. May be awaited again: it
    /// listens anew, and throws boost::system::system_error when it cannot.
    [[nodiscard]] base::Task<void> run();

    /// Where it listens, with the port that it got.
    [[nodiscard]] boost::asio::ip::tcp::endpoint address() const { return server_.endpoint(); }
    [[nodiscard]] const http::LimitsMet& limits_met() const { return server_.limits_met(); }

  private:
    [[nodiscard]] base::Task<void> answer(http::ServerExchange& exchange);
    [[nodiscard]] const std::string& page();

    base::Clock& clock_;
    std::function<std::string()> make_page_;
    std::string page_;
    std::optional<base::MonoTime> made_at_;
    http::Server server_;
};

}  // namespace metrics
