#pragma once

#include <optional>
#include <string_view>

#include "base/clock.hpp"
#include "http/request.hpp"

namespace http {

/// A header of the final answer of curl's handle, empty when there is none; lives as long as the
/// hop. Internal to http/.
[[nodiscard]] std::string_view header_of(void* easy, const char* name);
/// Whether the body comes in chunks.
[[nodiscard]] bool is_chunked(void* easy);

/// Reads the headers of the final answer into `head`, whose status is set already; or returns why
/// the answer cannot be used. `now`: where a date of `Retry-After` is counted from. `endpoint`:
/// whose secrets the error may not show. Internal to http/.
[[nodiscard]] std::optional<TransferError> read_response_head(void* easy, base::WallTime now,
                                                              const Endpoint& endpoint,
                                                              ResponseHead& head);

}  // namespace http
