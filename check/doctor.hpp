#pragma once

#include <string>

#include "check/assessment.hpp"

namespace check {

/// One node's report in sentences, each problem with what to do. Fit for a terminal.
[[nodiscard]] std::string doctor_text(const Checked& checked);

}  // namespace check
