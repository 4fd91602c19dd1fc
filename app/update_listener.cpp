#include "app/update_listener.hpp"

#include <utility>
#include <variant>

namespace app {

std::unique_ptr<updates::Broadcast::Subscription> listen_to_updates(
    updates::Broadcast& broadcast, std::function<void(const updates::Update&)> listener) {
    return broadcast.listen([listener = std::move(listener)](const updates::Message& message) {
        if (const auto* update = std::get_if<std::shared_ptr<const updates::Update>>(&message)) {
            listener(**update);
        }
    });
}

}  // namespace app
