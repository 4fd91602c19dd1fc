#include "fleet/site_clock.hpp"

#include <algorithm>

namespace fleet {

std::string_view to_string(ClockBasis basis) {
    switch (basis) {
        case ClockBasis::kUnknown:
            return "unknown";
        case ClockBasis::kNodes:
            return "nodes";
        case ClockBasis::kEarlyHeads:
            return "early_heads";
        case ClockBasis::kKernel:
            return "kernel";
        case ClockBasis::kBroker:
            break;
    }
    return "broker";
}

void SiteClock::compare(base::WallTime at, base::WallTime stored_at) {
    if (!period_) {
        period_ = stored_at;
    }
    while (stored_at - *period_ >= kProofHolds) {
        ahead_before_ = ahead_;
        ahead_ = base::Duration::min();
        // A silence of days is not walked through.
        const bool is_long = stored_at - *period_ >= 2 * kProofHolds;
        period_ = is_long ? stored_at : *period_ + kProofHolds;
        ahead_before_ = is_long ? base::Duration::min() : ahead_before_;
    }
    ahead_ = std::max<base::Duration>(ahead_, at - stored_at);
}

ClockReading SiteClock::reading() const {
    ClockReading reading;
    if (skew_ && skew_->offset) {
        const bool is_bounded = skew_->uncertainty && skew_->uncertainty->count() > 0;
        reading.basis = is_bounded ? ClockBasis::kNodes : ClockBasis::kEarlyHeads;
        reading.offset = *skew_->offset;
        reading.uncertainty = is_bounded ? skew_->uncertainty : std::nullopt;
    }
    if (skew_ && skew_->kernel_synchronised == true &&
        skew_->level == updates::ClockSkew::Level::kNone) {
        // The nodes' dates are of whole seconds: they only say when the kernel is wrong.
        const base::Duration off = reading.offset.count() < 0 ? -reading.offset : reading.offset;
        const base::Duration most = reading.uncertainty.value_or(base::Duration{}) + kKept;
        if (off <= most) {
            reading = ClockReading{ClockBasis::kKernel, {}, kKept};
        }
    }
    const base::Duration ahead = std::max(ahead_, ahead_before_);
    if (ahead > base::Duration{} &&
        ahead > reading.offset + reading.uncertainty.value_or(base::Duration{})) {
        return ClockReading{ClockBasis::kBroker, ahead, std::nullopt};
    }
    return reading;
}

MomentDifference difference(const DatedMoment& from, const DatedMoment& to, bool is_same_clock) {
    if (is_same_clock) {
        return MomentDifference{to.at - from.at, base::Duration{}};
    }
    MomentDifference made;
    made.value = to.corrected() - from.corrected();
    if (from.clock.uncertainty && to.clock.uncertainty) {
        made.uncertainty = *from.clock.uncertainty + *to.clock.uncertainty;
    }
    return made;
}

}  // namespace fleet
