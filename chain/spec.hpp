#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "chain/slot.hpp"

namespace chain {

/// A slot is at least this long, wherever its length comes from: shorter ones would let a node
/// drive our ticks.
inline constexpr std::chrono::milliseconds kSlotDurationMin{50};
/// And at most this long.
inline constexpr std::chrono::milliseconds kSlotDurationMax = std::chrono::minutes{15};

/// Genesis lies between these two, wherever it comes from.
inline constexpr std::chrono::sys_seconds kGenesisMin =
    std::chrono::sys_days{std::chrono::year{1970} / 1 / 1};
inline constexpr std::chrono::sys_seconds kGenesisMax =
    std::chrono::sys_days{std::chrono::year{2100} / 1 / 1};

/// The slot of mainnet, and of any chain whose slot duration is not known yet (SLOT_DURATION_MS).
/// https://github.com/ethereum/consensus-specs/blob/master/configs/mainnet.yaml
inline constexpr std::chrono::milliseconds kDefaultSlotDuration{12'000};

/// The part of a chain's configuration that we use: `GET /eth/v1/config/spec`.
/// https://ethereum.github.io/beacon-APIs/#/Config/getSpec
struct Spec {
    /// SLOT_DURATION_MS, else SECONDS_PER_SLOT.
    std::optional<std::chrono::milliseconds> slot_duration;
    std::optional<std::uint64_t> slots_per_epoch;
    /// ATTESTATION_DUE_BPS: basis points of a slot.
    std::optional<std::uint64_t> attestation_due_bps;
    std::optional<std::uint64_t> attestation_due_bps_gloas;
    std::optional<Epoch> gloas_fork_epoch;
    /// CONFIG_NAME, made printable; empty when absent.
    std::string config_name;
    /// The members that have another form or contradict another one; they count as absent.
    std::vector<std::string> odd_members{};

    friend bool operator==(const Spec&, const Spec&) = default;
};

}  // namespace chain
