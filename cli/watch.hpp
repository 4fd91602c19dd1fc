#pragma once

#include <optional>

#include "chain/slot.hpp"
#include "cli/arguments.hpp"
#include "updates/update.hpp"

namespace cli {

/// Whether an update ends `watch`, and with which exit code. Pure.
[[nodiscard]] std::optional<int> find_exit_code(const updates::Update& update,
                                                const WatchArguments& arguments);

/// `headmon watch`. Returns the exit code.
[[nodiscard]] int run_watch(const WatchArguments& arguments);

}  // namespace cli
