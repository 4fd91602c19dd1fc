#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <boost/assert/source_location.hpp>
#include <boost/system/result.hpp>

namespace base {

/// What can be wrong with input that comes from outside.
enum class ErrorCode : std::uint8_t {
    kMalformedJson,
    kMissingField,
    kBadHex,
    kOutOfRange,
    kTooLong,
    kBadUrl,
    kBadValue,
    /// A root that is not the hash of what it names.
    kWrongHash,
    /// The other side could not be reached or the connection broke.
    kUnreachable,
    /// The other side answered with a status that is no success.
    kHttpStatus,
    /// No answer within the deadline.
    kDeadline,
    /// Our own side ended the wait.
    kCancelled,
};

/// A stable lower-case word for logs and tests.
[[nodiscard]] std::string_view to_string(ErrorCode code);

/// An error as a value. `detail` names the field, file or limit; it is fit to be printed: it holds
/// no URL part but scheme, host and port, and no bytes from outside that are not made printable.
struct Error {
    ErrorCode code = ErrorCode::kBadValue;
    std::string detail;

    friend bool operator==(const Error&, const Error&) = default;
};

/// Input, a setting or a file that cannot be used, and what to do.
[[nodiscard]] Error bad_value(std::string detail);

/// "missing_field: slot"
[[nodiscard]] std::string to_string(const Error& error);

template <class T>
using Result = boost::system::result<T, Error>;

/// Found by argument lookup when `.value()` is called on an error: a bug in the caller.
[[noreturn]] void throw_exception_from_error(const Error& error,
                                             const boost::source_location& where);

}  // namespace base
