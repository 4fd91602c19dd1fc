#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "simulator/scenario.hpp"

namespace simulator {

/// Whether the target of a request is of this endpoint: genesis, spec, syncing, version, head
/// (headers/head), header (of any other block) or events.
[[nodiscard]] bool is_of_endpoint(std::string_view endpoint, std::string_view target);
/// Whether there is an endpoint of this name.
[[nodiscard]] bool is_endpoint(std::string_view name);

/// The node's fault of the endpoint that `target` is of; null when it has none.
[[nodiscard]] const Fault* find_endpoint_fault(const NodeScript& node, std::string_view target,
                                               std::uint64_t slot);

/// `json` with one member of another type than the Beacon API's: the one that a reader of this
/// endpoint wants.
[[nodiscard]] std::string with_odd_member(std::string json, std::string_view endpoint);

}  // namespace simulator
