#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>

#include <boost/asio/any_io_executor.hpp>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/task.hpp"
#include "http/request.hpp"
#include "http/transfer_listener.hpp"

namespace http {

/// One open transfer; destroying it cancels it without a call to its listener.
class TransferHandle {
  public:
    TransferHandle() = default;
    TransferHandle(const TransferHandle&) = delete;
    TransferHandle& operator=(const TransferHandle&) = delete;
    virtual ~TransferHandle() = default;
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
    [[nodiscard]] std::unique_ptr<TransferHandle> open(const Request& request,
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
