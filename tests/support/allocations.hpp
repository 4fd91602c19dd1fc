#pragma once

#include <cstddef>

namespace tests {

/// How often `operator new` has been called in this program. Only in programs that compile
/// allocations.cpp, which replaces the operators.
[[nodiscard]] std::size_t allocations();

}  // namespace tests
