#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/any_io_executor.hpp>
#include <boost/assert/source_location.hpp>
#include <boost/system/result.hpp>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/task.hpp"
#include "http/failure_reason.hpp"
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

/// Why `fetch` has no complete answer.
struct FetchError {
    /// How the transfer ended; nothing when the deadline passed first.
    std::optional<FailureReason> reason{};
    /// More about it; fit to be printed.
    std::string detail{};

    friend bool operator==(const FetchError&, const FetchError&) = default;
};

/// Found by argument lookup when `.value()` is called on an error: a bug in the caller.
[[noreturn]] void throw_exception_from_error(const FetchError& error,
                                             const boost::source_location& where);

using FetchResult = boost::system::result<Response, FetchError>;

struct ClientLimits {
    /// A longer header block ends the transfer with too_large.
    std::size_t header_bytes_max = std::size_t{64} * 1024;
    /// A longer body of `fetch` fails with kTooLarge.
    std::size_t body_bytes_max = std::size_t{2} * 1024 * 1024;
    /// Bytes that curl has read of all transfers and that were not handed to their listeners yet;
    /// transfers with more to read wait. One read of a socket, 8 KiB, may come on top, and one for
    /// each that waits. What is read without curl is handed on at once.
    std::size_t undelivered_bytes_max = std::size_t{1024} * 1024;
    /// Fetches on their way; more wait for one of them to end, in the order in which they came.
    /// Each takes a socket and some 20 KiB.
    std::size_t fetches_max = 512;
    /// Of these, fetches that began less than `fetch_is_young_for` ago; more wait for one of them
    /// to end or to grow older.
    std::size_t young_fetches_max = 32;
    std::chrono::milliseconds fetch_is_young_for{50};
};

/// How often a client's limits were met.
struct ClientLimitsMet {
    /// Reads of a stream that had to wait for `undelivered_bytes_max`.
    std::uint64_t undelivered_bytes = 0;
    /// Fetches that had to wait for `fetches_max`.
    std::uint64_t fetches = 0;
};

/// libcurl's multi interface inside the Asio loop; open answers in plain http are read without it
/// once their head is there. Lives on the event loop; not thread-safe.
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

    /// One request and its whole answer, of any status, within `deadline` from when it is sent.
    /// Connections are reused.
    /// Ends with operation_aborted when cancelled.
    [[nodiscard]] base::Task<FetchResult> fetch(Request request,
                                                std::chrono::milliseconds deadline);

    /// How often a socket or the timer woke curl.
    [[nodiscard]] std::uint64_t wake_ups() const;
    [[nodiscard]] ClientLimitsMet limits_met() const;

  private:
    class Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace http
