#pragma once

#include <functional>
#include <memory>

#include "updates/broadcast.hpp"

namespace app {

/// Calls `listener` with each update from now on, in its place, and with no snapshot.
[[nodiscard]] std::unique_ptr<updates::Broadcast::Subscription> listen_to_updates(
    updates::Broadcast& broadcast, std::function<void(const updates::Update&)> listener);

}  // namespace app
