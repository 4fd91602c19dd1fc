#include "monitor/slots/head_lags.hpp"

#include <algorithm>

namespace monitor {

std::vector<HeadLags::Lag> HeadLags::report(updates::NodeId node, const chain::Root& root,
                                            base::MonoTime at) {
    Reports& known = *reports_.try_emplace(root, Reports{at, {}}).first;
    std::vector<Lag> out;
    if (std::find(known.nodes.begin(), known.nodes.end(), node) != known.nodes.end()) {
        return out;
    }
    known.nodes.push_back(node);
    if (known.nodes.size() == 1) {
        return out;
    }
    if (known.nodes.size() == 2) {
        out.push_back({known.nodes.front(), base::Duration::zero()});
    }
    out.push_back({node, std::max(base::Duration::zero(), at - known.first_at)});
    return out;
}

}  // namespace monitor
