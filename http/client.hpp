#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include <boost/asio/any_io_executor.hpp>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/task.hpp"
#include "http/request.hpp"

namespace http {

/// What one endless answer does. All calls come from the event loop, never from inside
/// `Client::open`, and none comes after `on_end` or after the `Transfer` is gone. A call may
/// destroy its own `Transfer`, or any other.
class TransferListener {
  public:
    virtual ~TransferListener() = default;

    /// TCP and TLS stand; the request is on its way.
    virtual void on_connected() = 0;
    /// The headers are complete. Returns why this answer is not wanted, which ends the transfer
    /// with that reason before a byte of the body is handed on; or nothing.
    [[nodiscard]] virtual std::optional<Failure> on_head(const ResponseHead& head) = 0;
    /// Bytes of the body, as they came; `arrived` was taken where they were read.
    virtual void on_bytes(std::string_view bytes, base::Instant arrived) = 0;
    virtual void on_end(const Failure& why) = 0;
};

/// One open transfer; destroying it cancels it without a call to its listener.
class Transfer {
  public:
    Transfer() = default;
    Transfer(const Transfer&) = delete;
    Transfer& operator=(const Transfer&) = delete;
    virtual ~Transfer() = default;
};

struct ClientLimits {
    /// A longer header block ends the transfer with too_large.
    std::size_t header_bytes_max = std::size_t{64} * 1024;
    /// A longer body of `fetch` fails with kTooLong.
    std::size_t body_bytes_max = std::size_t{2} * 1024 * 1024;
};

/// libcurl's multi interface inside the Asio loop. Lives on the event loop; not thread-safe.
/// Must outlive its transfers and fetches.
class Client {
  public:
    Client(boost::asio::any_io_executor executor, base::Clock& clock, ClientLimits limits = {});
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;
    ~Client();

    /// Opens an endless answer: a connection of its own, TCP keep-alive, no timeout but the connect
    /// timeout.
    [[nodiscard]] std::unique_ptr<Transfer> open(const Request& request,
                                                 TransferListener& listener);

    /// One request and its whole answer, of any status, within `deadline`. Connections are reused.
    /// Fails with kDeadline, kTooLong, kUnreachable (the detail begins with the end reason's name).
    /// Ends with operation_aborted when cancelled.
    [[nodiscard]] base::Task<base::Result<Response>> fetch(Request request,
                                                           std::chrono::milliseconds deadline);

    /// How often a socket or the timer woke curl.
    [[nodiscard]] std::uint64_t wake_ups() const;

  private:
    class Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace http
