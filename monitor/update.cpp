#include "monitor/update.hpp"

#include <cassert>

namespace monitor {

std::string_view to_string(StreamState state) {
    switch (state) {
        case StreamState::kConnecting:
            return "connecting";
        case StreamState::kWaiting:
            return "waiting";
        case StreamState::kOpen:
            return "open";
        case StreamState::kEnded:
            return "ended";
    }
    assert(false);
    return "";
}

std::string_view to_string(RunEnd end) {
    switch (end) {
        case RunEnd::kListChanged:
            return "list_changed";
        case RunEnd::kGaveUp:
            return "gave_up";
        case RunEnd::kClosed:
            return "closed";
    }
    assert(false);
    return "";
}

}  // namespace monitor
