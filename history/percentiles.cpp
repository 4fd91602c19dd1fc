#include "history/percentiles.hpp"

#include <algorithm>
#include <cstddef>

namespace history {

Percentiles percentiles(std::vector<std::int64_t>& values) {
    if (values.empty()) {
        return {};
    }
    // From the greatest down: what is above one is above the next, too.
    auto end = values.end();
    const auto at = [&](std::size_t percent) {
        const std::size_t rank = std::max<std::size_t>((percent * values.size() + 99) / 100, 1);
        const auto found = values.begin() + static_cast<std::ptrdiff_t>(rank - 1);
        std::nth_element(values.begin(), found, end);
        end = found + 1;
        return std::optional{base::Duration{*found}};
    };
    Percentiles made;
    made.p99 = at(99);
    made.p95 = at(95);
    made.p50 = at(50);
    return made;
}

}  // namespace history
