#include "monitor/header_fetcher.hpp"

#include <algorithm>

namespace monitor {

void HeaderFetcher::on_tick() {
    pending_.clear();
    requested_.clear();
}

std::optional<updates::NodeId> HeaderFetcher::pick_source(const WantedHeader& wanted,
                                                          const std::vector<updates::NodeId>& nodes,
                                                          const CanServe& can_serve) const {
    const auto requested = requested_.find(wanted.root);
    if (requested != requested_.end() && requested->second.size() >= kSourcesMax) {
        return std::nullopt;
    }
    const auto is_source = [&](updates::NodeId node) {
        const bool was_requested = requested != requested_.end() &&
                                   std::find(requested->second.begin(), requested->second.end(),
                                             node) != requested->second.end();
        return !was_requested && can_serve(node);
    };
    if (wanted.source && is_source(*wanted.source)) {
        return wanted.source;
    }
    const auto source = std::find_if(nodes.begin(), nodes.end(), is_source);
    return source == nodes.end() ? std::nullopt : std::optional{*source};
}

std::vector<updates::NodeId> HeaderFetcher::sources(const chain::Root& root) const {
    const auto requested = requested_.find(root);
    return requested == requested_.end() ? std::vector<updates::NodeId>{} : requested->second;
}

HeaderFetcher::Plan HeaderFetcher::plan(const std::vector<WantedHeader>& wanted,
                                        const std::vector<updates::NodeId>& nodes,
                                        const CanServe& can_serve) {
    Plan plan;
    for (const WantedHeader& header : wanted) {
        if (pending_.contains(header.root)) {
            continue;
        }
        const auto source = pick_source(header, nodes, can_serve);
        if (!source) {
            plan.unavailable.push_back(header.root);
            continue;
        }
        pending_.insert(header.root);
        requested_[header.root].push_back(*source);
        plan.requests.push_back({header.root, *source});
    }
    return plan;
}

}  // namespace monitor
