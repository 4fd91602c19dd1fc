#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "base/task.hpp"
#include "http/server_exchange.hpp"
#include "http/server_options.hpp"

namespace http {

/// An HTTP/1.1 server. Binds in the constructor, so that a port in use is known before anything
/// starts. Lives on the event loop; not thread-safe.
///
/// Wrong requests are answered here: 400, 413 and 431, then the connection is closed.
class Server {
  public:
    /// Throws boost::system::system_error when `endpoint` cannot be bound. Port 0 takes a free one.
    Server(boost::asio::any_io_executor executor, const boost::asio::ip::tcp::endpoint& endpoint,
           Handler handler, ServerOptions options = {});
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;
    ~Server();

    [[nodiscard]] boost::asio::ip::tcp::endpoint endpoint() const;

    /// Accepts and serves until cancelled; then every connection is closed and waited for.
    [[nodiscard]] base::Task<void> run();

    /// As its options have it.
    [[nodiscard]] const std::string& name() const;
    /// Connections that are open.
    [[nodiscard]] std::size_t connections() const;
    [[nodiscard]] const LimitsMet& limits_met() const;

    /// From now on connections are refused, as if nobody listened; open ones go on.
    void close_listener();
    /// Listens again, on the same port. Throws boost::system::system_error when it cannot be bound.
    void open_listener();

  private:
    class Impl;
    /// Shared with the connections: a loop that is destroyed before they ended destroys them later
    /// than the server.
    std::shared_ptr<Impl> impl_;
};

}  // namespace http
