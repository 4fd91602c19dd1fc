#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>

#include <boost/asio/any_io_executor.hpp>

#include "base/clock.hpp"
#include "base/task.hpp"
#include "http/request.hpp"
#include "http/transfer_listener.hpp"
#include "http/transport.hpp"

namespace http {

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
class Client final : public Transport {
  public:
    Client(boost::asio::any_io_executor executor, base::Clock& clock, ClientLimits limits = {});
    ~Client() override;

    [[nodiscard]] std::unique_ptr<TransferHandle> open(const Request& request,
                                                       TransferListener& listener) override;
    [[nodiscard]] base::Task<FetchResult> fetch(Request request,
                                                std::chrono::milliseconds deadline) override;

    /// How often a socket or the timer woke curl.
    [[nodiscard]] std::uint64_t wake_ups() const;
    [[nodiscard]] ClientLimitsMet limits_met() const;

  private:
    class Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace http
