#pragma once

#include <string_view>

#include "chain/root.hpp"

namespace chain {

/// SHA-256 of these bytes.
[[nodiscard]] Root sha256(std::string_view bytes);

}  // namespace chain
