#pragma once

#include <string_view>

namespace simulator {

/// What the paths of headers begin with; the block's id follows.
inline constexpr std::string_view kHeaders = "/eth/v1/beacon/headers/";

/// A request's target without its query.
[[nodiscard]] inline std::string_view path_of(std::string_view target) {
    return target.substr(0, target.find('?'));
}

}  // namespace simulator
