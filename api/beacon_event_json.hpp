#pragma once

#include <string>

#include "chain/head.hpp"
#include "updates/chain_facts.hpp"

namespace api {

/// The data of the Beacon API's events, on one line.
/// https://ethereum.github.io/beacon-APIs/#/Events/eventstream

/// Topic `head`, whichever topic the head came by.
[[nodiscard]] std::string head_json(const chain::Head& head);
/// Topic `head_v2`. The head has a version; before Gloas there is no payload status.
[[nodiscard]] std::string head_v2_json(const chain::Head& head);
[[nodiscard]] std::string block_json(const updates::NodeBlock& block);
[[nodiscard]] std::string chain_reorg_json(const updates::NodeReorg& reorg);
[[nodiscard]] std::string finalized_checkpoint_json(const chain::FinalizedCheckpoint& checkpoint);

}  // namespace api
