#include "logging/line_backoff.hpp"

#include <algorithm>
#include <utility>

namespace logging {

bool LineBackoff::had_good_while() const {
    return well_since_ && last_well_ - *well_since_ >= good_while_;
}

bool LineBackoff::failed(base::MonoTime now, base::Duration slot) {
    if (had_good_while()) {
        failures_ = 0;
    }
    well_since_.reset();
    ++failures_;
    if (failures_ > 1 && now < next_) {
        return false;
    }
    gap_ = failures_ == 1 ? kFirstGapSlots * slot
                          : std::min(2 * gap_, std::max<base::Duration>(kGapMax, gap_));
    good_while_ = std::max<base::Duration>({gap_, kGoodSlots * slot, kGoodMin});
    // What happens once a slot comes a little earlier or later each time.
    next_ = now + gap_ - slot / 2;
    is_bad_written_ = true;
    return true;
}

bool LineBackoff::well(base::MonoTime now) {
    if (!well_since_) {
        well_since_ = now;
    }
    last_well_ = now;
    return std::exchange(is_bad_written_, false);
}

}  // namespace logging
