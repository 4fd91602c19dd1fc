#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace simulator {

/// What a node does wrong from `from_slot` up to and including `to_slot` (slots since the
/// simulation's genesis).
enum class FaultKind : std::uint8_t {
    /// The process is gone: its streams end without a final chunk, connections are refused.
    kDown,
    /// Connections are refused; open streams go on.
    kRefuse,
    /// Connections are accepted, no answer ever comes.
    kHangBeforeHeaders,
    /// Streams stay open and fall silent, keep-alives included; what happens meanwhile is lost to
    /// them. REST goes on.
    kHangMidStream,
    /// Streams end cleanly, with the final chunk; each new one ends at once.
    kClose,
    /// Streams are reset in the middle of an event.
    kResetMidEvent,
    /// The JSON of heads is broken, or that of `topic` alone.
    kMalformed,
    /// The head's JSON is `bytes` bytes long, and valid.
    kOversize,
    /// Heads are execution_optimistic.
    kOptimistic,
    /// Heads come `delay_ms` later than usual.
    kLagging,
    /// The node follows another branch: other roots at the same slots, and a chain_reorg when it
    /// comes back.
    kForked,
    /// The node syncs: bursts of ascending old heads, is_syncing.
    kCatchingUp,
    /// The node on another network: other genesis, other roots, slots 1000 ahead.
    kOtherNetwork,
    /// 400 on `topic`.
    kRefuseTopic,
    /// `topic` is never delivered and asks for silence of the whole stream, without any 4xx.
    kSilentTopic,
    /// 502 with an HTML page, like a proxy before a dead node.
    kBadGateway,
    /// Bytes come a few at a time.
    kSlowDrip,
    /// Streams stay open, keep-alives go on, events come no more. REST goes on.
    kStalled,
    /// A proxy holds the stream back: until it has `bytes`, or without them until a keep-alive.
    kBuffered,
    /// The node's clock is `offset` ahead of the true one, or behind it when that is negative.
    kClockOff,
    /// REST alone answers `status` with a Retry-After of `retry_after`.
    kRetryAfter,
    /// REST alone answers `status`, or with 0 never.
    kRestDown,
    /// The node does not know `topic`, and does what its client does then.
    kUnknownTopic,
    /// A chain_reorg claims depth 1, whatever fell.
    kWrongDepth,
    /// In front of each head an event of the type `topic`, whether it was requested or not.
    kExtraEvent,
    /// In each slot the streams are cut, `delay` behind its start.
    kCut,
    /// Streams are cut, and each new one is answered with `status`, with a Retry-After of
    /// `retry_after` unless that is 0. REST goes on.
    kStreamStatus,
    /// Streams give the head from before the fault again and again. REST goes on.
    kRepeats,
    /// `endpoint` alone answers as `answer` has it.
    kEndpoint,
    /// The node says the untruth about `about`.
    kLie,
};

/// What a node with FaultKind::kLie makes up. Whatever else it sends is true.
enum class Lie : std::uint8_t {
    /// Blocks of its own, also in skipped slots; nobody has their headers, and its own head's
    /// hashes
    /// to something else.
    kRoot,
    /// The true head with the slot before or behind its own.
    kSlot,
    /// The true head with another state root.
    kState,
    /// Blocks of its own, also in skipped slots, whose headers it serves and which hash well.
    kParent,
    /// Headers that do not hash to their roots.
    kHeader,
    /// Every flag is the opposite: optimistic, canonical, syncing, and the payload's status.
    kStatus,
    /// In the middle of a slot a made-up head of the next one.
    kTime,
    /// What belongs to `head` comes as `block`, and the other way round.
    kTopic,
    /// In the middle of a slot a chain_reorg of depth 4 and the head's parent as the new head.
    kReorg,
    /// Its `Date` is an hour ahead.
    kDate,
    /// Slots of twice their length.
    kSpec,
    /// Another genesis.
    kGenesis,
};

/// What an endpoint answers in place of what it should.
enum class EndpointAnswer : std::uint8_t {
    /// Fault::status, and with `retry_after` a Retry-After.
    kStatus,
    /// Never.
    kHang,
    /// 200, and what is no JSON; of events: no event stream's bytes.
    kGarbage,
    /// One member is a number where the Beacon API has a string.
    kOddMember,
};

[[nodiscard]] std::string_view to_string(FaultKind kind);
/// The kind with this name: `hang_mid_stream`.
[[nodiscard]] std::optional<FaultKind> find_fault_kind(std::string_view name);

[[nodiscard]] std::string_view to_string(Lie lie);
/// The lie with this name: `root`.
[[nodiscard]] std::optional<Lie> find_lie(std::string_view name);
/// All names, for who wrote another: "root, slot, …".
[[nodiscard]] std::string lie_names();

struct Fault {
    FaultKind kind = FaultKind::kDown;
    std::uint64_t from_slot = 0;
    std::uint64_t to_slot = 0;
    std::string topic;
    std::chrono::milliseconds delay{0};
    std::size_t bytes = 0;
    std::chrono::milliseconds offset{0};
    int status = 0;
    std::chrono::seconds retry_after{0};
    /// genesis, spec, syncing, version, head, header or events.
    std::string endpoint;
    EndpointAnswer answer = EndpointAnswer::kStatus;
    Lie about = Lie::kRoot;

    friend bool operator==(const Fault&, const Fault&) = default;
};

struct NodeScript {
    std::string name;
    /// A row of the client table: lighthouse, teku, prysm, nimbus, lodestar, grandine, caplin.
    std::string client;
    /// How long after the slot's start the node has the block, and how much that varies.
    std::chrono::milliseconds delay{0};
    std::chrono::milliseconds jitter{0};
    /// 0 takes a free port.
    std::uint16_t port = 0;
    std::vector<Fault> faults;

    friend bool operator==(const NodeScript&, const NodeScript&) = default;
};

/// The node's first fault of this kind that holds at `slot`; null when it has none.
[[nodiscard]] const Fault* find_fault(const NodeScript& node, FaultKind kind, std::uint64_t slot);

struct Scenario {
    std::uint64_t seed = 1;
    std::chrono::milliseconds slot_duration{12'000};
    /// Percent of slots without a block.
    double skipped_percent = 0;
    /// Further slots without a block.
    std::set<std::uint64_t> skipped_slots;
    /// Slots in which a proposer is slashed.
    std::set<std::uint64_t> slashed_slots{};
    /// The first epoch of the Gloas fork.
    std::optional<std::uint64_t> gloas_from_epoch;
    std::vector<NodeScript> nodes;

    friend bool operator==(const Scenario&, const Scenario&) = default;
};

/// The same scenario on a chain with other slots: delays and jitter keep their part of a slot.
[[nodiscard]] Scenario with_slot_duration(Scenario scenario,
                                          std::chrono::milliseconds slot_duration);

/// Reads a scenario file (TOML). Fails with kBadValue; the detail is `FILE:LINE: what to do`.
[[nodiscard]] base::Result<Scenario> load_scenario(const std::string& path);
/// The same from text; `name` names the file in errors.
[[nodiscard]] base::Result<Scenario> parse_scenario(std::string_view toml, std::string_view name);

/// `nodes` healthy nodes, one of each client in turn, all within 80 ms, so that slots may be short.
[[nodiscard]] Scenario healthy_scenario(std::size_t nodes);
/// Four nodes with the faults that `headmon demo` shows: scenarios/demo.toml.
[[nodiscard]] Scenario demo_scenario();

}  // namespace simulator
