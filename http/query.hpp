#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace http {

/// More parameters are rejected.
inline constexpr std::size_t kQueryParametersMax = 64;
/// A longer name, value or path segment is rejected, counted as sent.
inline constexpr std::size_t kComponentBytesMax = 1024;

/// One component of a request target, percent-decoded. Fails with kTooLong, or with kBadValue for a
/// broken escape or a control character; the detail repeats nothing of the text. The result is
/// bytes: meant to be UTF-8, unchecked.
/// https://www.rfc-editor.org/rfc/rfc3986#section-2.1
[[nodiscard]] base::Result<std::string> decode_component(std::string_view text);

/// The query of a request target: names and values in the order they were sent, repeated names
/// kept. Decoded as HTML forms are sent: '+' is a space.
/// https://url.spec.whatwg.org/#urlencoded-parsing
class Query {
  public:
    struct Parameter {
        std::string name;
        /// Empty when the parameter has no '='.
        std::string value;

        friend bool operator==(const Parameter&, const Parameter&) = default;
    };

    /// Reads what follows the '?' of a target. Fails as `decode_component` does, and with kTooLong
    /// for too many parameters.
    [[nodiscard]] static base::Result<Query> parse(std::string_view text);

    [[nodiscard]] const std::vector<Parameter>& parameters() const { return parameters_; }
    /// The first value of that name, or nothing.
    [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const;
    /// Every value of that name, in order.
    [[nodiscard]] std::vector<std::string_view> find_all(std::string_view name) const;

  private:
    std::vector<Parameter> parameters_;
};

}  // namespace http
