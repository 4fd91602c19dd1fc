#include "monitor/slots/head_lags.hpp"

#include <algorithm>

namespace monitor {

std::vector<HeadLags::Lag> HeadLags::report(updates::NodeId node, const chain::Root& root,
                                            base::MonoTime at) {
    Reports& known = *reports_.try_emplace(root, Reports{node, at, 0, {}}).first;
    std::vector<Lag> out;
    if (known.has_reported.size() <= node.index()) {
        known.has_reported.resize(std::size_t{node.index()} + 1);
    }
    if (known.has_reported[node.index()]) {
        return out;
    }
    known.has_reported[node.index()] = true;
    ++known.count;
    if (known.count == 1) {
        return out;
    }
    if (known.count == 2) {
        out.push_back({known.first, base::Duration::zero()});
    }
    out.push_back({node, std::max(base::Duration::zero(), at - known.first_at)});
    return out;
}

}  // namespace monitor
