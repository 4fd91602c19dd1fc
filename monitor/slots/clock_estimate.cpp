#include "monitor/slots/clock_estimate.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

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

/// How many nodes say what of our clock.
struct Votes {
    std::size_t all = 0;
    std::size_t ahead = 0;
    std::size_t behind = 0;
    std::size_t ahead_by_slot = 0;
    std::size_t behind_by_slot = 0;

    [[nodiscard]] bool is_most(std::size_t count) const { return 2 * count > all; }
};

}  // namespace

void ClockEstimate::set_candidates(const std::vector<updates::NodeId>& candidates) {
    const auto is_gone = [&](const auto& entry) {
        return std::find(candidates.begin(), candidates.end(), entry.first) == candidates.end();
    };
    erase_if(dates_, is_gone);
    erase_if(heads_, is_gone);
}

void ClockEstimate::forget(updates::NodeId id) {
    dates_.erase(id);
    heads_.erase(id);
}

void ClockEstimate::wall_stepped() {
    dates_.clear();
    heads_.clear();
}

void ClockEstimate::http_date(updates::NodeId id, base::WallTime date, base::MonoTime sent,
                              base::Instant received) {
    // The node read its clock between the two moments, and cut off the fraction. Its time then lay
    // in [date, date + 1 s). Ours is counted back by the round trip on the monotonic clock, which
    // nobody steps.
    const auto trip = std::chrono::duration_cast<base::WallTime::duration>(received.mono - sent);
    const Interval sample{difference(received.wall - trip, date) - kDateResolution,
                          difference(received.wall, date), received.mono};
    const auto [place, is_new] = dates_.try_emplace(id, sample);
    if (is_new) {
        return;
    }
    Interval& known = place->second;
    const Interval both{std::max(known.low, sample.low), std::min(known.high, sample.high),
                        sample.at};
    // No offset fits both samples: one of the clocks was set or drifted, so the new one counts.
    known = both.low <= both.high ? both : sample;
}

void ClockEstimate::head(updates::NodeId id, base::Duration delay, base::Instant at) {
    HeadSample sample{std::nullopt, at.mono};
    if (delay < -updates::kGossipDisparity) {
        sample.behind = -(std::max<base::Duration>(delay, -kOffsetMax) + updates::kGossipDisparity);
    }
    heads_.insert_or_assign(id, sample);
}

std::optional<ClockEstimate::Finding> ClockEstimate::find_by_dates() const {
    using Level = updates::ClockSkew::Level;
    const base::Duration off = off_limit();
    const base::Duration slot = std::max<base::Duration>(slot_, kOffFloor);
    Votes votes;
    for (const auto& [id, interval] : dates_) {
        ++votes.all;
        votes.ahead += interval.low > off ? 1 : 0;
        votes.behind += interval.high < -off ? 1 : 0;
        votes.ahead_by_slot += interval.low > slot ? 1 : 0;
        votes.behind_by_slot += interval.high < -slot ? 1 : 0;
    }
    if (votes.all == 0) {
        return std::nullopt;
    }
    if (votes.ahead_by_slot == votes.all || votes.behind_by_slot == votes.all) {
        return Finding{Level::kVerdictsSuspended, Rank::kDates};
    }
    if (votes.is_most(votes.ahead) || votes.is_most(votes.behind)) {
        return Finding{Level::kSkewed, Rank::kDates};
    }
    if (votes.is_most(votes.all - votes.ahead - votes.behind)) {
        return Finding{Level::kNone, Rank::kDates};
    }
    return std::nullopt;
}

std::optional<ClockEstimate::Finding> ClockEstimate::find_by_heads() const {
    using Level = updates::ClockSkew::Level;
    const base::Duration off = off_limit();
    const base::Duration slot = std::max<base::Duration>(slot_, kOffFloor);
    Votes votes;
    for (const auto& [id, sample] : heads_) {
        ++votes.all;
        votes.behind += sample.behind && *sample.behind > off ? 1 : 0;
        votes.behind_by_slot += sample.behind && *sample.behind > slot ? 1 : 0;
    }
    if (votes.all == 0) {
        return std::nullopt;
    }
    if (votes.behind_by_slot == votes.all) {
        return Finding{Level::kVerdictsSuspended, Rank::kHeads};
    }
    if (votes.is_most(votes.behind)) {
        return Finding{Level::kSkewed, Rank::kHeads};
    }
    return votes.is_most(votes.all - votes.behind)
               ? std::optional{Finding{Level::kNone, Rank::kHeads}}
               : std::nullopt;
}

std::optional<ClockEstimate::Finding> ClockEstimate::find() const {
    // That nothing keeps the clock right does not make it wrong.
    if (kernel_ && kernel_->is_synchronised) {
        return Finding{updates::ClockSkew::Level::kNone, Rank::kKernel};
    }
    const auto by_dates = find_by_dates();
    return by_dates ? by_dates : find_by_heads();
}

updates::NodeMap<bool> ClockEstimate::judge_nodes() const {
    updates::NodeMap<bool> is_off;
    const auto found = find();
    if (found && found->level == updates::ClockSkew::Level::kNone && found->rank != Rank::kHeads) {
        for (const auto& [id, interval] : dates_) {
            is_off[id] = interval.low > off_limit() || interval.high < -off_limit();
        }
    }
    return is_off;
}

std::optional<updates::ClockSkew> ClockEstimate::current() const {
    struct Sample {
        base::Duration offset{};
        base::Duration uncertainty{};
    };
    std::vector<Sample> samples;
    for (const auto& [id, interval] : dates_) {
        base::Duration high = interval.high;
        const auto head = heads_.find(id);
        // A head that fits no date says nothing of the clock.
        if (head != heads_.end() && head->second.behind && -*head->second.behind >= interval.low) {
            high = std::min(high, -*head->second.behind);
        }
        const base::Duration half = (high - interval.low) / 2;
        samples.push_back({interval.low + half, half});
    }
    if (samples.empty()) {
        for (const auto& [id, head] : heads_) {
            if (head.behind) {
                samples.push_back({-*head.behind, base::Duration{}});
            }
        }
    }
    if (samples.empty()) {
        return std::nullopt;
    }
    const auto middle = samples.begin() + static_cast<std::ptrdiff_t>(samples.size() / 2);
    std::nth_element(samples.begin(), middle, samples.end(), [](const Sample& a, const Sample& b) {
        return magnitude(a.offset) < magnitude(b.offset);
    });
    updates::ClockSkew skew;
    const auto found = find();
    skew.level = found ? found->level : updates::ClockSkew::Level::kNone;
    skew.offset = middle->offset;
    skew.uncertainty = middle->uncertainty;
    if (kernel_) {
        skew.kernel_synchronised = kernel_->is_synchronised;
    }
    return skew;
}

updates::ClockSkew ClockEstimate::published() const {
    updates::ClockSkew skew = current().value_or(updates::ClockSkew{});
    skew.level = last_published_;
    if (kernel_) {
        skew.kernel_synchronised = kernel_->is_synchronised;
    }
    return skew;
}

void ClockEstimate::forget_old(base::MonoTime now) {
    const auto is_old = [&](const auto& entry) {
        return now - entry.second.at > slot_ * kMemorySlots;
    };
    erase_if(dates_, is_old);
    erase_if(heads_, is_old);
}

std::optional<updates::ClockSkew> ClockEstimate::check(base::MonoTime now) {
    forget_old(now);
    const auto found = find();
    if (!found) {
        return std::nullopt;
    }
    const bool is_weaker =
        last_published_ != updates::ClockSkew::Level::kNone && found->rank < rank_;
    if (is_weaker) {
        return std::nullopt;
    }
    rank_ = found->rank;
    if (std::exchange(last_published_, found->level) == found->level) {
        return std::nullopt;
    }
    return published();
}

std::optional<updates::ClockSkew> ClockEstimate::on_tick(base::MonoTime now) {
    if (const auto changed = check(now)) {
        return changed;
    }
    const bool is_off = last_published_ != updates::ClockSkew::Level::kNone;
    if (!is_off && !kernel_ && !current()) {
        return std::nullopt;
    }
    return published();
}

}  // namespace monitor
