#include "monitor/node/liveness.hpp"

#include <algorithm>

namespace monitor {

namespace {

/// Periods or slots without a byte.
constexpr int kSilentPeriods = 3;

base::MonoTime later(base::MonoTime from, const std::optional<base::MonoTime>& other) {
    return other ? std::max(from, *other) : from;
}

}  // namespace

LivenessLimits liveness_limits(const std::optional<updates::ClientHabits>& habits,
                               base::Duration slot_duration, const LivenessOverride& node) {
    LivenessLimits limits;
    const auto period =
        habits ? keep_alive_period(habits->keep_alive, slot_duration) : std::nullopt;
    limits.rest_counts = !period;
    limits.silent_after = std::max(kSilentPeriods * period.value_or(slot_duration), kSilentFloor);
    limits.stalled_floor = kStalledFloor;
    if (node.silent_after) {
        limits.silent_after = *node.silent_after;
    }
    if (node.stalled_slots) {
        limits.stalled_slots = *node.stalled_slots;
    }
    return limits;
}

void Liveness::opening(base::MonoTime now) {
    streaming_ = true;
    counted_from_ = now;
    rest_head_.reset();
    moves_ = 0;
}

void Liveness::ended() {
    streaming_ = false;
}

void Liveness::bytes(base::MonoTime at) {
    last_byte_ = later(at, last_byte_);
    silent_ = false;
}

void Liveness::head(const chain::Root& root, base::MonoTime at) {
    bytes(at);
    last_head_ = later(at, last_head_);
    streamed_ = root;
    moves_ = 0;
    stalled_ = false;
}

void Liveness::rest_head(const chain::Root& root, base::MonoTime at) {
    rest_answered(at);
    const bool has_moved = rest_head_ && *rest_head_ != root;
    rest_head_ = root;
    // The stream may have given this head before REST did.
    if (has_moved && streamed_ != root) {
        ++moves_;
    }
}

void Liveness::before_genesis(base::MonoTime now) {
    counted_from_ = std::max(counted_from_, now);
    moves_ = 0;
}

Liveness::Finding Liveness::check(base::MonoTime now) {
    if (!streaming_) {
        return Finding::kAlive;
    }
    base::MonoTime sign_of_life = later(counted_from_, last_byte_);
    if (limits_.rest_counts) {
        sign_of_life = later(sign_of_life, last_rest_);
    }
    if (now - sign_of_life > limits_.silent_after) {
        silent_ = true;
        return Finding::kSilent;
    }
    if (moves_ >= limits_.stalled_slots &&
        now - later(counted_from_, last_head_) >= limits_.stalled_floor) {
        stalled_ = true;
        return Finding::kStalled;
    }
    return Finding::kAlive;
}

}  // namespace monitor
