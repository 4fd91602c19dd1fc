#pragma once

#include <optional>
#include <string_view>

#include "base/clock.hpp"
#include "http/request.hpp"

namespace http {

/// What one endless answer does. All calls come from the event loop, never from inside
/// `Client::open`, and none comes after `on_end` or after the `TransferHandle` is gone. A call may
/// destroy its own `TransferHandle`, or any other.
class TransferListener {
  public:
    virtual ~TransferListener() = default;

    /// The connection is established, TLS included; the request is on its way.
    virtual void on_connected() = 0;
    /// The headers are complete. Returns why this answer is rejected, which ends the transfer with
    /// that error, and no byte of the body is handed on; or nothing. An answer that is rejected for
    /// its status ends when its body has, within a second: the error has the body then.
    [[nodiscard]] virtual std::optional<TransferError> on_head(const ResponseHead& head) = 0;
    /// Bytes of the body, as they came; `arrived` was taken where they were read.
    virtual void on_bytes(std::string_view bytes, base::Instant arrived) = 0;
    virtual void on_end(const TransferError& why) = 0;
};

}  // namespace http
