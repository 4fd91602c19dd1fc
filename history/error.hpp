#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <boost/assert/source_location.hpp>
#include <boost/system/result.hpp>

namespace history {

/// Why the history did not answer or was not written.
enum class ErrorCode : std::uint8_t {
    /// Not within its time.
    kTimeout,
    /// It is closed, or closes.
    kClosed,
    /// No room on the disk.
    kDiskFull,
    /// The file, or its directory, may not be written.
    kReadOnly,
    /// What is in the file is no database, or a broken one.
    kDamaged,
    /// A later headmon has written it.
    kNewerSchema,
    /// Another headmon writes it.
    kInUse,
    /// There is no such file, or it may not be opened.
    kCannotOpen,
    /// Slots are asked for, and slot time is not known.
    kNoSlotTime,
    /// Whatever else the database reports.
    kFailed,
};

/// "timeout", "disk_full": a stable word for logs and tests.
[[nodiscard]] std::string_view to_string(ErrorCode code);

/// An error as a value. `detail` is for people and fit to be printed: what is wrong and what to do.
struct Error {
    ErrorCode code = ErrorCode::kFailed;
    std::string detail;

    friend bool operator==(const Error&, const Error&) = default;
};

/// "disk_full: the disk is full; make room"
[[nodiscard]] std::string to_string(const Error& error);

template <class T>
using Result = boost::system::result<T, Error>;

/// Found by argument lookup when `.value()` is called on an error: a bug in the caller.
[[noreturn]] void throw_exception_from_error(const Error& error,
                                             const boost::source_location& where);

}  // namespace history
