#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>

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
/// it: making it costs the loop milliseconds, in which no head is stamped. Lives on the event loop.
class Endpoint {
  public:
    static constexpr base::Duration kPageAgeMax = std::chrono::seconds{1};

    /// `make_page` gives the text of the page.
    Endpoint(base::Clock& clock, std::function<std::string()> make_page);
    Endpoint(const Endpoint&) = delete;
    Endpoint& operator=(const Endpoint&) = delete;

    /// Adds the route. This outlives the router and its copies.
    void mount(http::Router& router);

  private:
    [[nodiscard]] base::Task<void> answer(http::ServerExchange& exchange);
    [[nodiscard]] const std::string& page();

    base::Clock& clock_;
    std::function<std::string()> make_page_;
    std::string page_;
    std::optional<base::MonoTime> made_at_;
};

}  // namespace metrics
