#include "updates/node_id.hpp"

#include <algorithm>
#include <cstddef>
#include <deque>
#include <mutex>
#include <unordered_map>

namespace updates {

/// All names that were ever interned. Entries never move and never go.
class NodeNames {
  public:
    const NodeId::Entry* intern(std::string_view name) {
        const std::lock_guard lock{mutex_};
        if (const auto known = by_name_.find(name); known != by_name_.end()) {
            return known->second;
        }
        const auto index = static_cast<std::uint32_t>(entries_.size());
        const NodeId::Entry& entry = entries_.emplace_back(NodeId::Entry{index, std::string{name}});
        by_name_.emplace(entry.name, &entry);
        return &entry;
    }

  private:
    std::mutex mutex_;
    std::deque<NodeId::Entry> entries_;
    std::unordered_map<std::string_view, const NodeId::Entry*> by_name_;
};

NodeId::NodeId(std::string_view name) {
    // Never destroyed: ids in other static objects stay good to the very end.
    static NodeNames& names = *new NodeNames;
    entry_ = names.intern(name);
}

std::optional<std::string_view> find_node_name_problem(std::string_view name) {
    constexpr std::size_t kNameBytesMax = 64;
    if (name.empty()) {
        return "a node's name is empty; give it one, or leave it out";
    }
    if (name.size() > kNameBytesMax) {
        return "a node's name is over 64 bytes; give it a shorter one";
    }
    if (name.find("://") != std::string_view::npos) {
        return "a node's name looks like a URL, which may hold secrets; give it another one";
    }
    if (!std::all_of(name.begin(), name.end(), [](char c) { return c >= ' ' && c <= '~'; })) {
        return "a node's name holds a byte that is not printable ASCII; give it another one";
    }
    if (name.find('\\') != std::string_view::npos) {
        return "a node's name holds a backslash; give it another one";
    }
    return std::nullopt;
}

}  // namespace updates
