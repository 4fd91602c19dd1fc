#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

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

/// One request that waits for its answer, and the connection to give it on. Answered once: by
/// `respond`, by `respond_error`, by a stream, or by raw bytes. Write methods throw
/// boost::system::system_error when the client is gone; a handler lets that pass. Lives on the
/// event loop; one coroutine at a time writes.
class ServerExchange {
  public:
    ServerExchange() = default;
    ServerExchange(const ServerExchange&) = delete;
    ServerExchange& operator=(const ServerExchange&) = delete;
    virtual ~ServerExchange() = default;

    [[nodiscard]] virtual const ServerRequest& request() const = 0;

    /// A whole answer with Content-Length; a HEAD gets it without the body. The connection stays
    /// open for the next request, unless the client asked for its end. A `Date` among the headers
    /// replaces the server's own.
    [[nodiscard]] virtual base::Task<void> respond(int status, std::string content_type,
                                                   std::string body,
                                                   std::vector<Header> headers = {}) = 0;
    /// The same with a body that several answers share: it is not copied.
    [[nodiscard]] virtual base::Task<void> respond(int status, std::string content_type,
                                                   std::shared_ptr<const std::string> body,
                                                   std::vector<Header> headers = {}) = 0;
    /// The same for an error, with a body in the server's form (`ServerOptions::error_format`).
    /// `message` is one line, fit to be shown to the client.
    [[nodiscard]] virtual base::Task<void> respond_error(int status, std::string message,
                                                         std::vector<Header> headers = {}) = 0;

    /// Begins an answer of unknown length with status 200: chunked for HTTP/1.1, ended by the close
    /// of the connection for HTTP/1.0. It is complete when the handler returns, and cut off when
    /// the handler throws. A client that closes its side meanwhile cancels the handler.
    ///
    /// False when the client asked for the headers alone (HEAD): there is nothing to write then.
    [[nodiscard]] virtual base::Task<bool> start_stream(std::string content_type,
                                                        std::vector<Header> headers = {}) = 0;
    /// The next bytes of the stream that was started, without a copy: they outlive the call.
    /// Returns when the kernel has taken all of them.
    [[nodiscard]] virtual base::Task<void> write(std::string_view bytes) = 0;

    /// Bytes as they are, status line and framing included: for servers that misbehave. After the
    /// first raw byte the connection is closed when the handler returns.
    [[nodiscard]] virtual base::Task<void> write_raw(std::string bytes) = 0;

    /// Returns when the client closed the connection (or sent something, which a waiting client
    /// never does).
    [[nodiscard]] virtual base::Task<void> peer_gone() = 0;
    /// Ends the connection with a TCP reset (SO_LINGER 0) instead of a close.
    virtual void reset() = 0;
    /// Ends the connection with a FIN when the handler returns, behind the complete answer.
    virtual void close() = 0;
    /// The same, without the end of a stream: for servers that misbehave.
    virtual void cut() = 0;
};

/// Answers one request. Throwing anything but a boost::system::system_error gives a 500 when
/// nothing was answered yet; returning without an answer closes the connection.
using Handler = std::function<base::Task<void>(ServerExchange&)>;

}  // namespace http
