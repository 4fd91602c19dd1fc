#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "api/merged_head.hpp"
#include "api/node_board.hpp"
#include "api/slot_history.hpp"
#include "base/clock.hpp"
#include "updates/json_writer.hpp"
#include "updates/snapshot.hpp"

namespace api {

/// What answers and the state stream are made of: each writes members into the object that is open.

/// The members of an entry of `/v1/nodes`, and its member `nodes`.
void write_node(updates::JsonWriter& out, const updates::NodeSnapshot& node, base::Instant now);
void write_nodes(updates::JsonWriter& out, const NodeBoard& board, base::Instant now);
/// The members of an entry of `/v1/slots`, and its member `slots`, the newest `last`.
void write_slot(updates::JsonWriter& out, const SlotRecord& record);
void write_slots(updates::JsonWriter& out, const NodeBoard& board, std::size_t last);
/// The members of `/v1/head`: `merged` and `best`.
void write_heads(updates::JsonWriter& out, const MergedHead& merged, const NodeBoard& board,
                 base::Instant now);
/// The member `services`: those of `names`, and whatever else updates have reported.
void write_services(updates::JsonWriter& out, const NodeBoard& board,
                    const std::vector<std::string>& names);
/// The members of `/v1/best-node`, those of its 503 included.
void write_best_node(updates::JsonWriter& out, const NodeBoard& board, base::MonoTime now);

}  // namespace api
