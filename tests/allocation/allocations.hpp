#pragma once

#include <cstddef>

namespace tests {

/// Calls of operator new in this program so far, whoever made them. Of the calling thread.
[[nodiscard]] std::size_t allocations();

}  // namespace tests
