#include "monitor/slots/first_seen.hpp"

#include <algorithm>

namespace monitor {

FirstSeen::Report FirstSeen::report(const chain::Root& block, bool is_payload, base::MonoTime at) {
    const auto [first, is_new] = (is_payload ? payloads_ : blocks_).try_emplace(block, at);
    return Report{is_new, std::max(base::Duration::zero(), at - *first)};
}

}  // namespace monitor
