#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "chain/root.hpp"
#include "chain/slot.hpp"
#include "chain/spec.hpp"
#include "chain/sync_status.hpp"
#include "http/redactor.hpp"

namespace beacon_api {

/// `/eth/v1/beacon/genesis`.
struct Genesis {
    base::WallTime time;
    chain::Root validators_root;

    friend bool operator==(const Genesis&, const Genesis&) = default;
};

/// `/eth/v1/beacon/headers/{block_id}`. `root` is the hash of what the answer holds, so that slot
/// and parent are those of the block with this root.
struct BlockHeader {
    chain::Root root;
    chain::Slot slot;
    chain::Root parent_root;
    chain::Root state_root;
    bool canonical = false;
    /// False when the node does not say.
    bool execution_optimistic = false;

    friend bool operator==(const BlockHeader&, const BlockHeader&) = default;
};

/// The longest body that is decoded; the longest known, a spec, is some ten kilobytes.
inline constexpr std::size_t kResponseBytesMax = std::size_t{1024} * 1024;

// Each fails with kMissingField (absent, or of another type), kBadHex or kOutOfRange, and the
// detail names the field; with kMalformedJson or kTooLong, and the detail is the answer's name.
// Members we do not know are ignored; optional ones may be null.
/// Fails with kBadValue too, where the root is that of a public network and the time is not.
[[nodiscard]] base::Result<Genesis> decode_genesis(std::string_view json);
/// A member in another form fails nothing: it is one of the spec's `odd_members`.
[[nodiscard]] base::Result<chain::Spec> decode_spec(std::string_view json);
/// The same, the config's name as `redactor` shows it.
[[nodiscard]] base::Result<chain::Spec> decode_shown_spec(std::string_view json,
                                                          const http::Redactor& redactor);
[[nodiscard]] base::Result<chain::SyncStatus> decode_syncing(std::string_view json);
/// Fails with kWrongHash too: the root is not that of the header's hash.
[[nodiscard]] base::Result<BlockHeader> decode_block_header(std::string_view json);
/// `/eth/v1/node/version`: "Lodestar/v1.5.1/2115aa7". Made printable, at most 120 bytes.
[[nodiscard]] base::Result<std::string> decode_version(std::string_view json);
/// The same as `redactor` shows it.
[[nodiscard]] base::Result<std::string> decode_shown_version(std::string_view json,
                                                             const http::Redactor& redactor);

/// Why a node says that it refused a request, as `redactor` shows it, at most 200 bytes: the
/// `message` of the Beacon API's error, or what others have in its place; the line itself where a
/// body of text is one. Empty where it says nothing that can be read.
/// https://ethereum.github.io/beacon-APIs
[[nodiscard]] std::string decode_refusal(std::string_view body, const http::Redactor& redactor);

}  // namespace beacon_api
