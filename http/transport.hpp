#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include <boost/assert/source_location.hpp>
#include <boost/system/result.hpp>

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

/// How requests are sent and answers come: `Client`, or what stands in its place. Lives on the
/// event loop; not thread-safe. Must outlive its transfers and fetches.
class Transport {
  public:
    Transport() = default;
    Transport(const Transport&) = delete;
    Transport& operator=(const Transport&) = delete;
    virtual ~Transport() = default;

    /// Opens an endless answer: a connection of its own, TCP keep-alive, no timeout but the connect
    /// timeout.
    [[nodiscard]] virtual std::unique_ptr<TransferHandle> open(const Request& request,
                                                               TransferListener& listener) = 0;

    /// One request and its whole answer, of any status, within `deadline` from when it is sent.
    /// Connections are reused.
    /// Ends with operation_aborted when cancelled.
    [[nodiscard]] virtual base::Task<FetchResult> fetch(Request request,
                                                        std::chrono::milliseconds deadline) = 0;
};

}  // namespace http
