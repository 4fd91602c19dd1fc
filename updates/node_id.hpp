#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace updates {

/// A node's identity: its configured name, interned once into a small number.
///
/// The number is never reused, and a name that went and comes back gets its own again; a position
/// in a list is never an id. Names come from the operator, so there are few of them: they are kept
/// until the process ends, and a copy of an id is as good as the name. Any thread.
class NodeId {
  public:
    /// Looks the name up, or gives it the next number.
    explicit NodeId(std::string_view name);

    /// For arrays: from 0, in the order in which names were first heard of.
    [[nodiscard]] std::uint32_t index() const { return entry_->index; }
    /// For people and for everything that leaves the program.
    [[nodiscard]] const std::string& name() const { return entry_->name; }

    friend bool operator==(NodeId one, NodeId other) { return one.entry_ == other.entry_; }
    /// By the names, so that what is sorted by ids reads the same in each process.
    friend auto operator<=>(NodeId one, NodeId other) { return one.name() <=> other.name(); }

  private:
    struct Entry {
        std::uint32_t index;
        std::string name;
    };
    friend class NodeNames;

    const Entry* entry_;
};

/// What is wrong with a name for a node, and what to do; nothing when it is good: 1 to 64 bytes of
/// printable ASCII without a backslash, which stands for an escaped byte wherever we print one, and
/// no URL.
[[nodiscard]] std::optional<std::string_view> find_node_name_problem(std::string_view name);

}  // namespace updates

template <>
struct std::hash<updates::NodeId> {
    std::size_t operator()(updates::NodeId id) const noexcept { return id.index(); }
};
