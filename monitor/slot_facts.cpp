#include "monitor/slot_facts.hpp"

namespace monitor {

std::string_view to_string(HeadSource source) {
    switch (source) {
        case HeadSource::kStream:
            return "stream";
        case HeadSource::kPoll:
            return "poll";
    }
    return "unknown";
}

std::string_view to_string(HeadAge age) {
    switch (age) {
        case HeadAge::kLive:
            return "live";
        case HeadAge::kOld:
            return "old";
        case HeadAge::kCatchUp:
            return "catch_up";
        case HeadAge::kPolled:
            return "polled";
    }
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
    return "unknown";
}

std::string_view to_string(Verdict verdict) {
    switch (verdict) {
        case Verdict::kSeen:
            return "seen";
        case Verdict::kLate:
            return "late";
        case Verdict::kMissed:
            return "missed";
        case Verdict::kOptimistic:
            return "optimistic";
        case Verdict::kUnknown:
            return "unknown";
    }
    return "unknown";
}

std::string_view to_string(ClockDoubt::Level level) {
    switch (level) {
        case ClockDoubt::Level::kNone:
            return "none";
        case ClockDoubt::Level::kOff:
            return "off";
        case ClockDoubt::Level::kVerdictsRest:
            return "verdicts_rest";
    }
    return "unknown";
}

}  // namespace monitor
