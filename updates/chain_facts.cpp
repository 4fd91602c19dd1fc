#include "updates/chain_facts.hpp"

#include <cassert>

namespace updates {

std::string_view to_string(HeadSource source) {
    switch (source) {
        case HeadSource::kStream:
            return "stream";
        case HeadSource::kPoll:
            return "poll";
    }
    assert(false);
    return "unknown";
}

std::string_view to_string(HeadTimeliness timeliness) {
    switch (timeliness) {
        case HeadTimeliness::kLive:
            return "live";
        case HeadTimeliness::kStale:
            return "stale";
        case HeadTimeliness::kBackfill:
            return "backfill";
        case HeadTimeliness::kEarly:
            return "early";
        case HeadTimeliness::kPolled:
            return "polled";
    }
    assert(false);
    return "unknown";
}

std::string_view to_string(Certainty certainty) {
    switch (certainty) {
        case Certainty::kUnconfirmed:
            return "unconfirmed";
        case Certainty::kConfirmed:
            return "confirmed";
        case Certainty::kRefuted:
            return "refuted";
    }
    assert(false);
    return "unknown";
}

std::string_view to_string(Verdict verdict) {
    switch (verdict) {
        case Verdict::kOnTime:
            return "on_time";
        case Verdict::kLate:
            return "late";
        case Verdict::kMissed:
            return "missed";
        case Verdict::kOptimistic:
            return "optimistic";
        case Verdict::kUnknown:
            return "unknown";
    }
    assert(false);
    return "unknown";
}

std::string_view to_string(ClockSkew::Level level) {
    switch (level) {
        case ClockSkew::Level::kNone:
            return "none";
        case ClockSkew::Level::kSkewed:
            return "skewed";
        case ClockSkew::Level::kVerdictsSuspended:
            return "verdicts_suspended";
    }
    assert(false);
    return "unknown";
}

}  // namespace updates
