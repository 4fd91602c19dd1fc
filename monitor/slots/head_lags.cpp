#include "monitor/slots/head_lags.hpp"

#include <algorithm>

namespace monitor {

HeadLags::Lags HeadLags::report(updates::NodeId node, const chain::Root& root, base::MonoTime at) {
    ids_ = std::max(ids_, std::size_t{node.index()} + 1);
    const auto [place, is_new] = reports_.try_reuse(root, Reports{node, at, 0, {}});
    Reports& known = *place;
    if (is_new) {
        known.first = node;
        known.first_at = at;
        known.count = 0;
        known.has_reported.assign(ids_, false);
    } else if (known.has_reported.size() < ids_) {
        known.has_reported.resize(ids_);
    }
    Lags out;
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
