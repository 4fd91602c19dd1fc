#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "updates/snapshot.hpp"

namespace terminal {

/// The table of `watch` as lines of at most `columns` characters, without line ends: a title, a
/// line for each node with a note on what is wrong with it (updates/node_health), a split or a
/// skewed clock, and at last the best head. In a narrow terminal root, client, ends, last byte and
/// delay are left out, in that order. At most `rows` lines, of which the last is always shown; a
/// line then counts the nodes that are left out. Pure.
[[nodiscard]] std::vector<std::string> render_table(const updates::Snapshot& snapshot,
                                                    base::Instant now, std::size_t columns,
                                                    std::size_t rows);

/// The bytes that draw `lines` over the `drawn_before` lines drawn last, with the cursor below.
[[nodiscard]] std::string redraw(const std::vector<std::string>& lines, std::size_t drawn_before);

}  // namespace terminal
