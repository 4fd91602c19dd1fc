#include "updates/node_status.hpp"

#include <cassert>

namespace updates {

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
    return "unknown";
}

std::string_view to_string(NetworkCheck check) {
    switch (check) {
        case NetworkCheck::kUnchecked:
            return "unchecked";
        case NetworkCheck::kMatch:
            return "match";
        case NetworkCheck::kMismatch:
            return "mismatch";
    }
    assert(false);
    return "unknown";
}

std::string_view to_string(TopicSet set) {
    switch (set) {
        case TopicSet::kHeadV2Full:
            return "head_v2_full";
        case TopicSet::kHeadFull:
            return "head_full";
        case TopicSet::kHeadOnly:
            return "head_only";
    }
    assert(false);
    return "unknown";
}

std::string_view to_string(BreakerState state) {
    switch (state) {
        case BreakerState::kClosed:
            return "closed";
        case BreakerState::kOpen:
            return "open";
        case BreakerState::kHalfOpen:
            return "half_open";
    }
    assert(false);
    return "unknown";
}

}  // namespace updates
