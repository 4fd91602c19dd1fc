#include "updates/node_id.hpp"

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

}  // namespace updates
