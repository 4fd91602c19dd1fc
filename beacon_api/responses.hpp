#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/root.hpp"
#include "base/slot.hpp"

namespace beacon_api {

/// `/eth/v1/beacon/genesis`.
struct Genesis {
    base::WallTime time;
    base::Root validators_root;

    friend bool operator==(const Genesis&, const Genesis&) = default;
};

/// The part of `/eth/v1/config/spec` that we use.
struct Spec {
    /// SLOT_DURATION_MS, else SECONDS_PER_SLOT.
    std::chrono::milliseconds slot_duration{};
    std::optional<std::uint64_t> slots_per_epoch;
    /// ATTESTATION_DUE_BPS: basis points of a slot.
    std::optional<std::uint64_t> attestation_due_bps;
    std::optional<std::uint64_t> attestation_due_bps_gloas;
    std::optional<base::Epoch> gloas_fork_epoch;
    /// CONFIG_NAME, made printable; empty when absent.
    std::string config_name;

    friend bool operator==(const Spec&, const Spec&) = default;
};

/// `/eth/v1/node/syncing`.
struct Syncing {
    base::Slot head_slot;
    std::uint64_t sync_distance = 0;
    bool is_syncing = false;
    /// False when the node does not say.
    bool is_optimistic = false;
    /// False when the node does not say.
    bool el_offline = false;

    friend bool operator==(const Syncing&, const Syncing&) = default;
};

/// `/eth/v1/beacon/headers/{block_id}`.
struct BlockHeader {
    base::Root root;
    base::Slot slot;
    base::Root parent_root;
    base::Root state_root;
    bool canonical = false;
    /// False when the node does not say.
    bool execution_optimistic = false;

    friend bool operator==(const BlockHeader&, const BlockHeader&) = default;
};

/// The longest body that is decoded; the longest known, a spec, is some ten kilobytes.
inline constexpr std::size_t kResponseBytesMax = std::size_t{1024} * 1024;

/// A slot is at least this long: shorter ones would let a node drive our ticks.
inline constexpr std::chrono::milliseconds kSlotDurationMin{10};
inline constexpr std::chrono::milliseconds kSlotDurationMax = std::chrono::hours{1};

// Each fails with kMissingField (absent, or of another type), kBadHex or kOutOfRange, and the
// detail names the field; with kMalformedJson or kTooLong, and the detail is the answer's name.
// Members we do not know are ignored; optional ones may be null.
[[nodiscard]] base::Result<Genesis> decode_genesis(std::string_view json);
[[nodiscard]] base::Result<Spec> decode_spec(std::string_view json);
[[nodiscard]] base::Result<Syncing> decode_syncing(std::string_view json);
[[nodiscard]] base::Result<BlockHeader> decode_block_header(std::string_view json);
/// `/eth/v1/node/version`: "Lodestar/v1.5.1/2115aa7". Made printable, at most 120 bytes.
[[nodiscard]] base::Result<std::string> decode_version(std::string_view json);

}  // namespace beacon_api
