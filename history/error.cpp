#include "history/error.hpp"

#include <stdexcept>

namespace history {

std::string_view to_string(ErrorCode code) {
    switch (code) {
        case ErrorCode::kTimeout:
            return "timeout";
        case ErrorCode::kClosed:
            return "closed";
        case ErrorCode::kDiskFull:
            return "disk_full";
        case ErrorCode::kReadOnly:
            return "read_only";
        case ErrorCode::kDamaged:
            return "damaged";
        case ErrorCode::kNewerSchema:
            return "newer_schema";
        case ErrorCode::kInUse:
            return "in_use";
        case ErrorCode::kCannotOpen:
            return "cannot_open";
        case ErrorCode::kNoSlotTime:
            return "no_slot_time";
        case ErrorCode::kFailed:
            return "failed";
    }
    return "unknown";
}

std::string to_string(const Error& error) {
    std::string text{to_string(error.code)};
    if (!error.detail.empty()) {
        text += ": " + error.detail;
    }
    return text;
}

void throw_exception_from_error(const Error& error, const boost::source_location& where) {
    throw std::logic_error{to_string(error) + " (value() at " + where.to_string() + ")"};
}

}  // namespace history
