#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "chain/root.hpp"
#include "chain/slot.hpp"
#include "simulator/chain.hpp"
#include "simulator/client_profile.hpp"

namespace simulator {

// The JSON of the Beacon API, numbers as decimal strings. https://ethereum.github.io/beacon-APIs/

struct HeadFacts {
    Block block;
    DutyRoots duties;
    bool is_epoch_transition = false;
    bool is_optimistic = false;
    /// "empty" or "full"; empty before Gloas. In `head_v2` alone.
    std::string_view payload_status{};
};

struct ReorgFacts {
    Block old_head;
    Block new_head;
    std::uint64_t depth = 0;
    bool is_optimistic = false;
};

/// The data of topic `head`.
[[nodiscard]] std::string head_json(const HeadFacts& facts);
/// The data of topic `head_v2`.
[[nodiscard]] std::string head_v2_json(const HeadFacts& facts);
[[nodiscard]] std::string block_json(const Block& block, bool is_optimistic);
[[nodiscard]] std::string chain_reorg_json(const ReorgFacts& facts);
[[nodiscard]] std::string finalized_checkpoint_json(const Block& block, chain::Epoch epoch,
                                                    bool is_optimistic);

/// The data of topic `proposer_slashing`: somebody signed two blocks of this slot. Clients write
/// its members in either order.
[[nodiscard]] std::string proposer_slashing_json(chain::Slot slot, bool second_first);

/// `json`, an object, with an unknown member that makes it `bytes` long, if it is shorter.
[[nodiscard]] std::string padded_json(std::string json, std::size_t bytes);

[[nodiscard]] std::string version_json(std::string_view version);
[[nodiscard]] std::string syncing_json(chain::Slot head, std::uint64_t distance, bool is_syncing,
                                       bool is_optimistic, const ClientProfile& profile);
[[nodiscard]] std::string genesis_json(const chain::Root& validators_root,
                                       std::chrono::seconds genesis_time, bool is_other_network);

struct SpecFacts {
    std::chrono::milliseconds slot_duration{};
    bool is_other_network = false;
    /// Nothing when no such fork is planned.
    std::optional<std::uint64_t> gloas_from_epoch{};
};
[[nodiscard]] std::string spec_json(const SpecFacts& facts, const ClientProfile& profile);
[[nodiscard]] std::string fork_schedule_json(bool is_other_network);
[[nodiscard]] std::string block_header_json(const chain::Root& root,
                                            const chain::BlockHeader& block, bool is_canonical,
                                            bool is_optimistic);
/// `{"code":404,"message":"…"}`
[[nodiscard]] std::string error_json(int code, std::string_view message);

}  // namespace simulator
