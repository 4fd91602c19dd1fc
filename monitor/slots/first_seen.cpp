#include "monitor/slots/first_seen.hpp"

#include <algorithm>

namespace monitor {

FirstSeen::Report FirstSeen::report(const HeadKey& key, base::MonoTime at) {
    const auto [first, is_new] = first_.try_emplace(key, at);
    return Report{is_new, std::max(base::Duration::zero(), at - *first)};
}

}  // namespace monitor
