#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "fleet/assessment.hpp"
#include "fleet/view.hpp"

namespace fleet {

struct TableOptions {
    std::size_t columns = 120;
    /// Lines at most.
    std::size_t rows = 24;
    /// A line for each node, not only for those where something is wrong.
    bool all_nodes = false;
    /// The label of the column SITE.
    std::string site_label = "site";
    /// The state has been read: who is not there is missing.
    bool is_read = true;
    /// How reading goes, for the last line; fit to be printed.
    std::string reading;
};

/// The table of `fleet watch`, as lines without line ends: how many are good, what is wrong with
/// the fleet, then a line for each instance, the worst first, with lines for its nodes; at last how
/// reading goes. What does not fit is counted. A lag is marked where the clocks do not tell it: `~`
/// where they may be further apart than that, `?` where one of them is not known. Pure.
[[nodiscard]] std::vector<std::string> render_table(const View& view, const Thresholds& thresholds,
                                                    const TableOptions& options,
                                                    base::WallTime now);

/// "first", "12.3 ms", "~12.3 ms", "?12.3 ms", "claim", "-".
[[nodiscard]] std::string lag_text(const Lag& lag);
/// "±50 ms", "+1.200 s ±500 ms", "+1.200 s or more", "?".
[[nodiscard]] std::string clock_text(const ClockReading& clock);

}  // namespace fleet
