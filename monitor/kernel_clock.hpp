#pragma once

#include <optional>

#include "monitor/slots/clock_estimate.hpp"

namespace monitor {

/// The kernel's own word on its clock; nothing where it cannot be asked.
[[nodiscard]] std::optional<KernelClock> ask_kernel();

}  // namespace monitor
