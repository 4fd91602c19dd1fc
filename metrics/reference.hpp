#pragma once

#include <string>

namespace metrics {

/// docs/metrics.md, whole: the table of all metrics in words.
[[nodiscard]] std::string reference_page();

}  // namespace metrics
