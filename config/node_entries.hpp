#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "config/node_names.hpp"
#include "monitor/candidate.hpp"

namespace config {

/// Who wrote a list of nodes as JSON.
enum class EntriesForm : std::uint8_t {
    /// A client of ours: `{"candidates":[{"name":"alpha"},{"name":"beta","url":"http://…"}]}`.
    kRequest,
    /// headmon itself, for its next start: the same with a content mark.
    kSaved,
    /// A client of Lighthouse's API: `{"beacon_nodes":["http://…"]}`.
    kLighthouse,
};

/// A list of nodes that was read, each with its name.
struct NodeEntries {
    std::vector<NodeSpec> nodes;
    /// Of a saved list: of the config that it was set over.
    std::string content_mark;
};

/// Reads a list of nodes, which is checked whole, by the rules of `[[node]]` in a config file. An
/// entry that is a name alone is the one of that name in `known`, and so is a URL of Lighthouse's
/// form that one of them has: earlier ones come first. Files and variables of this machine are for
/// its config alone. Touches no file.
///
/// Fails with kBadValue; the detail begins with `entry 2 "beta": ` where one of them is wrong, and
/// repeats no value.
[[nodiscard]] base::Result<NodeEntries> parse_node_entries(
    std::string_view json, EntriesForm form, const std::vector<monitor::Candidate>& known,
    std::string_view salt);

/// `nodes` as a saved list: those that equal one in `known` by their names alone. Holds secrets.
[[nodiscard]] std::string saved_node_entries(const std::vector<NodeSpec>& nodes,
                                             const std::vector<monitor::Candidate>& known,
                                             std::string_view content_mark);

/// Whether a node is what a candidate is.
[[nodiscard]] bool is_same_node(const NodeSpec& node, const monitor::Candidate& candidate);

}  // namespace config
