#include "monitor/slots/first_seen.hpp"

#include <algorithm>

namespace monitor {

FirstSeen::Report FirstSeen::report(const HeadKey& key, base::MonoTime at) {
    const auto [entry, is_new] = first_.try_emplace(key, at);
    if (!is_new) {
        return Report{false, std::max(base::Duration::zero(), at - entry->second)};
    }
    order_.push_back(key);
    if (order_.size() > heads_max_) {
        first_.erase(order_.front());
        order_.pop_front();
    }
    return Report{true, base::Duration::zero()};
}

}  // namespace monitor
