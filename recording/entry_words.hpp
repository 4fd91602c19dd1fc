// Private to the reading and the writing of entries.
#pragma once

#include <array>
#include <string_view>

namespace recording {

// The words of each set, in the order of its values.
inline constexpr std::array<std::string_view, 2> kTurns{"run_begins", "goes_on"};
inline constexpr std::array<std::string_view, 2> kStops{"broadcast_closes", "cancelled"};

}  // namespace recording
