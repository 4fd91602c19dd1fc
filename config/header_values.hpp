#pragma once

#include <string>

#include "base/result.hpp"
#include "config/config.hpp"

namespace config {

/// The value of a header of `node` that the config file does not have itself: that of the
/// environment variable `name`. Fails with kBadValue; the detail is for people and has nothing of
/// the value.
[[nodiscard]] base::Result<std::string> header_from_variable(const Environment& environment,
                                                             const std::string& name,
                                                             const std::string& node);
/// The same, that of a credential of the service manager.
[[nodiscard]] base::Result<std::string> header_from_credential(const Environment& environment,
                                                               const std::string& name,
                                                               const std::string& node);

}  // namespace config
