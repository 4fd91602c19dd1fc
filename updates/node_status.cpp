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
        case NetworkCheck::kDisputed:
            return "disputed";
        case NetworkCheck::kOff:
            return "off";
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
        case BreakerState::kRetryAfter:
            return "retry_after";
    }
    assert(false);
    return "unknown";
}

std::string_view to_string(RestQuestion question) {
    switch (question) {
        case RestQuestion::kGenesis:
            return "genesis";
        case RestQuestion::kSpec:
            return "spec";
        case RestQuestion::kVersion:
            return "version";
        case RestQuestion::kSyncing:
            return "syncing";
        case RestQuestion::kHead:
            return "head";
        case RestQuestion::kHeader:
            return "header";
    }
    assert(false);
    return "unknown";
}

std::string_view path_of(RestQuestion question) {
    switch (question) {
        case RestQuestion::kGenesis:
            return "/eth/v1/beacon/genesis";
        case RestQuestion::kSpec:
            return "/eth/v1/config/spec";
        case RestQuestion::kVersion:
            return "/eth/v1/node/version";
        case RestQuestion::kSyncing:
            return "/eth/v1/node/syncing";
        case RestQuestion::kHead:
            return "/eth/v1/beacon/headers/head";
        case RestQuestion::kHeader:
            return "/eth/v1/beacon/headers/{root}";
    }
    assert(false);
    return "";
}

}  // namespace updates
