#include "api/open_streams.hpp"

#include <algorithm>
#include <utility>
#include <variant>

namespace api {

void OpenStreams::apply(const updates::Update& update, base::Duration slot) {
    const base::MonoTime at = update.at.mono;
    if (const auto* const run = std::get_if<updates::RunStarted>(&update.fact)) {
        apply(*run);
    } else if (const auto* const opened = std::get_if<updates::StreamOpened>(&update.fact)) {
        const auto node = nodes_.find(opened->node);
        if (node != nodes_.end() && !node->second.open_since) {
            node->second.open_since = at;
        }
    } else if (const auto* const ended = std::get_if<updates::StreamEnded>(&update.fact)) {
        if (const auto node = nodes_.find(ended->node); node != nodes_.end()) {
            close(node->second, at, slot);
        }
    } else if (std::holds_alternative<updates::RunEnded>(update.fact)) {
        for (auto& [id, node] : nodes_) {
            close(node, at, slot);
        }
    }
}

void OpenStreams::apply(const updates::RunStarted& run) {
    updates::NodeMap<Node> nodes;
    for (const updates::NodeId id : run.nodes) {
        const auto known = nodes_.find(id);
        const bool is_renewed =
            std::find(run.renewed.begin(), run.renewed.end(), id) != run.renewed.end();
        // Behind another URL there may be another node, which nobody has watched yet.
        Node node = known == nodes_.end() || is_renewed ? Node{} : std::move(known->second);
        node.open_since.reset();
        nodes.insert_or_assign(id, std::move(node));
    }
    nodes_ = std::move(nodes);
}

void OpenStreams::close(Node& node, base::MonoTime at, base::Duration slot) {
    if (node.open_since && at - *node.open_since >= slot) {
        node.over.push_back({*node.open_since, at});
        if (node.over.size() > kStretchesMax) {
            node.over.pop_front();
        }
    }
    node.open_since.reset();
}

std::vector<updates::NodeId> OpenStreams::find_not_watched(base::MonoTime begin,
                                                           base::MonoTime end) const {
    std::vector<updates::NodeId> found;
    for (const auto& [id, node] : nodes_) {
        const bool is_open = node.open_since && *node.open_since <= begin;
        const bool was_open = std::any_of(node.over.begin(), node.over.end(), [&](const auto& one) {
            return one.from <= begin && end <= one.until;
        });
        if (!is_open && !was_open) {
            found.push_back(id);
        }
    }
    return found;
}

}  // namespace api
