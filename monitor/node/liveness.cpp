#include "monitor/node/liveness.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/time_text.hpp"

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
    has_start_ = false;
    of_stream_ = {};
}

void Liveness::accepted() {
    is_open_ = true;
    was_open_ = true;
}

void Liveness::ended() {
    streaming_ = false;
    is_open_ = false;
}

void Liveness::bytes(base::MonoTime at) {
    last_byte_ = later(at, last_byte_);
    silent_ = false;
}

bool Liveness::is_known(const chain::Root& root) const {
    return std::find(streamed_.begin(), streamed_.end(), root) != streamed_.end();
}

void Liveness::head(const chain::Root& root, base::MonoTime at) {
    bytes(at);
    if (is_known(root)) {
        return;
    }
    streamed_[next_] = root;
    next_ = (next_ + 1) % kHeadsMax;
    last_new_head_ = later(at, last_new_head_);
    of_stream_ = {};
    of_node_ = {};
    stalled_ = false;
}

void Liveness::rest_head(const chain::Root& root, chain::Slot slot, base::MonoTime at) {
    rest_answered(at);
    // The stream may have given this head before REST did.
    if (rest_head_ && rest_head_->root != root && !is_known(root)) {
        of_stream_.has_moved = of_stream_.has_moved || has_start_;
        of_node_.has_moved = true;
    }
    has_start_ = true;
    rest_head_ = RestHead{root, slot};
}

void Liveness::before_genesis(base::MonoTime now) {
    counted_from_ = std::max(counted_from_, now);
    of_stream_ = {};
    of_node_ = {};
}

base::MonoTime Liveness::sign_of_life() const {
    const base::MonoTime byte = later(counted_from_, last_byte_);
    return limits_.rest_counts ? later(byte, last_rest_) : byte;
}

base::MonoTime Liveness::last_news() const {
    return later(counted_from_, last_new_head_);
}

Liveness::Finding Liveness::check(base::MonoTime now, bool is_to_blame) {
    const bool was_open = std::exchange(was_open_, is_open_);
    if (std::exchange(of_node_.has_moved, false) && was_open && is_to_blame) {
        ++of_node_.count;
    }
    stalled_ = stalled_ || of_node_.count >= limits_.stalled_slots;
    if (!streaming_) {
        return Finding::kAlive;
    }
    of_stream_.count += std::exchange(of_stream_.has_moved, false) ? 1U : 0U;
    if (now - sign_of_life() > limits_.silent_after) {
        silent_ = true;
        return Finding::kSilent;
    }
    if (of_stream_.count >= limits_.stalled_slots && now - last_news() >= limits_.stalled_floor) {
        stalled_ = stalled_ || is_to_blame;
        return Finding::kStalled;
    }
    return Finding::kAlive;
}

std::string Liveness::describe(Finding finding, base::MonoTime now) const {
    switch (finding) {
        case Finding::kSilent:
            return fmt::format(
                "{} for {:.1f} s",
                limits_.rest_counts ? "neither a byte nor an answer by REST" : "no byte",
                base::seconds(now - sign_of_life()));
        case Finding::kStalled: {
            std::string text =
                fmt::format("no new head for {:.1f} s", base::seconds(now - last_news()));
            if (rest_head_) {
                text += fmt::format(", by REST its head is {} of slot {}",
                                    to_string(rest_head_->root), rest_head_->slot.value);
            }
            return text;
        }
        case Finding::kAlive:
            break;
    }
    return "";
}

}  // namespace monitor
