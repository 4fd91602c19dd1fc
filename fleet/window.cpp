#include "fleet/window.hpp"

#include <algorithm>

namespace fleet {

void Window::sent(std::uint64_t sequence, std::size_t bytes, base::MonoTime now) {
    waiting_.push_back({sequence, bytes, now});
    bytes_ += bytes;
    sent_ = sequence;
}

bool Window::acknowledge(std::uint64_t sequence) {
    const auto place =
        std::lower_bound(waiting_.begin(), waiting_.end(), sequence,
                         [](const Sent& one, std::uint64_t other) { return one.sequence < other; });
    if (place == waiting_.end() || place->sequence != sequence) {
        return false;
    }
    place->is_acknowledged = true;
    bool has_moved = false;
    while (!waiting_.empty() && waiting_.front().is_acknowledged) {
        acknowledged_ = waiting_.front().sequence;
        bytes_ -= waiting_.front().bytes;
        waiting_.pop_front();
        has_moved = true;
    }
    return has_moved;
}

base::MonoTime Window::deadline() const {
    return waiting_.empty() ? base::MonoTime::max() : waiting_.front().at + limits_.patience;
}

}  // namespace fleet
