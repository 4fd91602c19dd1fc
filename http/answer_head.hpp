#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "http/request.hpp"

namespace http {

/// How a client knows where the body of an answer ends.
enum class Framing : std::uint8_t { kLength, kChunked, kUntilClose };

/// What a server's answer begins with. Internal to http/.
struct AnswerHead {
    int status = 200;
    /// Empty: none is named.
    std::string content_type;
    Framing framing = Framing::kLength;
    /// Of the body, with Framing::kLength.
    std::size_t body_bytes = 0;
};

/// Whether answers of that status have a body and name its length.
/// https://www.rfc-editor.org/rfc/rfc9110#section-8.6
[[nodiscard]] bool has_body(int status);

/// Status line, header lines and the blank line. `Date` is the machine's wall time where `headers`
/// have none; `connection` is the value of the `Connection` field, or empty.
[[nodiscard]] std::string write_head(const AnswerHead& head, const std::vector<Header>& headers,
                                     std::string_view connection);

}  // namespace http
