#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/task.hpp"
#include "http/request.hpp"

namespace http {

/// A request as a client sent it; bounded and parsed, otherwise not to be trusted.
struct ServerRequest {
    std::string method;
    /// Path and query as sent.
    std::string target;
    std::vector<Header> headers;
    std::string body;
};

/// One request that waits for its answer, and the connection to give it on. Write methods throw
/// boost::system::system_error when the client is gone.
class ServerExchange {
  public:
    ServerExchange() = default;
    ServerExchange(const ServerExchange&) = delete;
    ServerExchange& operator=(const ServerExchange&) = delete;
    virtual ~ServerExchange() = default;

    [[nodiscard]] virtual const ServerRequest& request() const = 0;

    /// A whole answer with Content-Length, once for each request; a HEAD gets it without the body.
    /// The connection stays open for the next request, unless the client asked for its end. A
    /// `Date` among the headers stands in place of the server's own.
    [[nodiscard]] virtual base::Task<void> respond(int status, std::string content_type,
                                                   std::string body,
                                                   std::vector<Header> headers = {}) = 0;
    /// Bytes as they are, status line and framing included: for streams, and for servers that
    /// misbehave. After the first raw byte the connection is closed when the handler returns.
    [[nodiscard]] virtual base::Task<void> write_raw(std::string bytes) = 0;
    /// Returns when the client closed the connection (or sent something, which a waiting client
    /// never does).
    [[nodiscard]] virtual base::Task<void> peer_gone() = 0;
    /// Ends the connection with a TCP reset (SO_LINGER 0) instead of a close.
    virtual void reset() = 0;
    /// Ends the connection with a FIN when the handler returns, also after `respond`.
    virtual void close() = 0;
};

using Handler = std::function<base::Task<void>(ServerExchange&)>;

struct ServerLimits {
    std::size_t connections_max = 1024;
    std::size_t header_bytes_max = std::size_t{16} * 1024;
    std::size_t body_bytes_max = std::size_t{1024} * 1024;
    /// A connection that sends no complete request for this long is closed.
    std::chrono::milliseconds request_timeout{30'000};
    /// A client that takes not one byte of an answer for this long is gone.
    std::chrono::milliseconds write_timeout{30'000};
};

/// How often clients have met a limit since the server was made.
struct LimitsMet {
    /// Connections turned away at `connections_max`.
    std::uint64_t connections = 0;
    /// Requests beyond `header_bytes_max` or `body_bytes_max`.
    std::uint64_t header_bytes = 0;
    std::uint64_t body_bytes = 0;
    /// Connections closed at `request_timeout`, but for those that only rested after an answer.
    std::uint64_t request_time = 0;
    /// Answers given up at `write_timeout`.
    std::uint64_t write_time = 0;

    friend bool operator==(const LimitsMet&, const LimitsMet&) = default;
};

/// An HTTP/1.1 server. Binds in the constructor, so that a port in use is known before anything
/// starts. Lives on the event loop; not thread-safe.
///
/// A handler that throws gives a 500 when nothing was answered; one that returns without an answer
/// closes the connection. Wrong requests are answered here: 400, 413 and 431, then the connection
/// is closed.
class Server {
  public:
    /// Throws boost::system::system_error when `endpoint` cannot be bound. Port 0 takes a free one.
    Server(boost::asio::any_io_executor executor, const boost::asio::ip::tcp::endpoint& endpoint,
           Handler handler, ServerLimits limits = {});
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;
    ~Server();

    [[nodiscard]] boost::asio::ip::tcp::endpoint endpoint() const;

    /// Accepts and serves until cancelled; then every connection is closed and waited for.
    [[nodiscard]] base::Task<void> run();

    /// Connections that stand.
    [[nodiscard]] std::size_t connections() const;
    /// Connections that were turned away at `connections_max`.
    [[nodiscard]] std::uint64_t connections_refused() const;
    [[nodiscard]] const LimitsMet& limits_met() const;

    /// From now on connections are refused, as if nobody listened; those that stand go on.
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
