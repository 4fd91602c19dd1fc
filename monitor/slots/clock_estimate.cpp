#include "monitor/slots/clock_estimate.hpp"

#include <algorithm>
#include <cstddef>

namespace monitor {

namespace {

using std::chrono::seconds;
constexpr base::Duration kDateResolution = seconds{1};
/// Offsets beyond this are this: a hostile date must not overflow the sums.
constexpr seconds kOffsetMax{10LL * 365 * 24 * 3600};

/// `a - b`, bounded.
base::Duration difference(base::WallTime a, base::WallTime b) {
    const auto whole = std::chrono::floor<seconds>(a) - std::chrono::floor<seconds>(b);
    if (whole > kOffsetMax) {
        return kOffsetMax;
    }
    return whole < -kOffsetMax ? -kOffsetMax : base::Duration{a - b};
}

base::Duration magnitude(base::Duration value) {
    return value < base::Duration{0} ? -value : value;
}

}  // namespace

void ClockEstimate::set_candidates(const std::vector<updates::NodeId>& candidates) {
    erase_if(nodes_, [&](const auto& node) {
        return std::find(candidates.begin(), candidates.end(), node.first) == candidates.end();
    });
}

void ClockEstimate::narrow(updates::NodeId id, const Interval& sample) {
    const auto [place, is_new] = nodes_.try_emplace(id, sample);
    if (is_new) {
        return;
    }
    Interval& known = place->second;
    Interval both = sample;
    if (known.low) {
        both.low = std::max(known.low.value(), sample.low.value_or(*known.low));
    }
    if (known.high) {
        both.high = std::min(known.high.value(), sample.high.value_or(*known.high));
    }
    // No offset fits both samples: one of the clocks was set or drifted, so the new one counts.
    const bool fits = !both.low || !both.high || *both.low <= *both.high;
    known = fits ? both : sample;
}

void ClockEstimate::http_date(updates::NodeId id, base::WallTime date, base::MonoTime sent,
                              base::Instant received) {
    // The node read its clock between the two moments, and cut off the fraction. Its time then lay
    // in [date, date + 1 s). Ours is counted back by the round trip on the monotonic clock, which
    // nobody steps.
    const auto trip = std::chrono::duration_cast<base::WallTime::duration>(received.mono - sent);
    narrow(id, {difference(received.wall - trip, date) - kDateResolution,
                difference(received.wall, date), received.mono});
}

void ClockEstimate::head(updates::NodeId id, base::Duration delay, base::Instant at) {
    if (delay < -updates::kGossipDisparity) {
        const auto latest =
            std::max<base::Duration>(delay, -kOffsetMax) + updates::kGossipDisparity;
        narrow(id, {std::nullopt, latest, at.mono});
    }
}

updates::ClockSkew::Level ClockEstimate::level() const {
    const base::Duration off = std::max<base::Duration>(slot_ / kOffParts, kOffFloor);
    const base::Duration slot = std::max<base::Duration>(slot_, kOffFloor);
    std::size_t ahead = 0;
    std::size_t behind = 0;
    std::size_t ahead_by_slot = 0;
    std::size_t behind_by_slot = 0;
    for (const auto& [id, interval] : nodes_) {
        ahead += interval.low && *interval.low > off ? 1 : 0;
        behind += interval.high && *interval.high < -off ? 1 : 0;
        ahead_by_slot += interval.low && *interval.low > slot ? 1 : 0;
        behind_by_slot += interval.high && *interval.high < -slot ? 1 : 0;
    }
    if (nodes_.empty()) {
        return updates::ClockSkew::Level::kNone;
    }
    if (ahead_by_slot == nodes_.size() || behind_by_slot == nodes_.size()) {
        return updates::ClockSkew::Level::kVerdictsSuspended;
    }
    const bool is_off = 2 * ahead > nodes_.size() || 2 * behind > nodes_.size();
    return is_off ? updates::ClockSkew::Level::kSkewed : updates::ClockSkew::Level::kNone;
}

std::optional<updates::ClockSkew> ClockEstimate::current() const {
    if (nodes_.empty()) {
        return std::nullopt;
    }
    struct Sample {
        base::Duration offset{};
        base::Duration uncertainty{};
    };
    std::vector<Sample> samples;
    for (const auto& [id, interval] : nodes_) {
        const base::Duration low = interval.low.value_or(interval.high.value_or(base::Duration{}));
        const base::Duration high = interval.high.value_or(low);
        samples.push_back({low + (high - low) / 2, (high - low) / 2});
    }
    const auto middle = samples.begin() + static_cast<std::ptrdiff_t>(samples.size() / 2);
    std::nth_element(samples.begin(), middle, samples.end(), [](const Sample& a, const Sample& b) {
        return magnitude(a.offset) < magnitude(b.offset);
    });
    updates::ClockSkew skew;
    skew.level = level();
    skew.offset = middle->offset;
    skew.uncertainty = middle->uncertainty;
    return with_kernel(skew);
}

updates::ClockSkew ClockEstimate::with_kernel(updates::ClockSkew skew) const {
    if (kernel_) {
        skew.kernel_synchronised = kernel_->is_synchronised;
    }
    return skew;
}

std::optional<updates::ClockSkew> ClockEstimate::check(base::MonoTime now) {
    erase_if(nodes_, [&](const auto& node) { return now - node.second.at > slot_ * kMemorySlots; });
    const auto level_now = level();
    if (level_now == last_published_) {
        return std::nullopt;
    }
    last_published_ = level_now;
    return with_kernel(current().value_or(updates::ClockSkew{}));
}

std::optional<updates::ClockSkew> ClockEstimate::on_tick(base::MonoTime now) {
    if (const auto changed = check(now)) {
        return changed;
    }
    if (nodes_.empty() && !kernel_) {
        return std::nullopt;
    }
    return with_kernel(current().value_or(updates::ClockSkew{}));
}

}  // namespace monitor
