#include "updates/update.hpp"

#include <cassert>

namespace updates {

std::string_view to_string(RunEndReason reason) {
    switch (reason) {
        case RunEndReason::kListChanged:
            return "list_changed";
        case RunEndReason::kGaveUp:
            return "gave_up";
        case RunEndReason::kClosed:
            return "closed";
    }
    assert(false);
    return "unknown";
}

std::string_view to_string(SlotTimeSource source) {
    switch (source) {
        case SlotTimeSource::kConfiguration:
            return "configuration";
        case SlotTimeSource::kPreset:
            return "preset";
        case SlotTimeSource::kStateFile:
            return "state_file";
        case SlotTimeSource::kNode:
            return "node";
    }
    assert(false);
    return "unknown";
}

}  // namespace updates
