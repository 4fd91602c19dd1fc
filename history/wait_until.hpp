#pragma once

#include "base/clock.hpp"
#include "base/notify.hpp"
#include "base/task.hpp"

namespace history {

/// Returns when `news` is due or at `deadline`; whether `news` is due.
[[nodiscard]] base::Task<bool> wait_until(base::Notify& news, base::Clock& clock,
                                          base::MonoTime deadline);

}  // namespace history
