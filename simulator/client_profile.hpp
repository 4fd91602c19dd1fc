#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace simulator {

/// When a client sends the headers of its event stream.
enum class HeadersSent : std::uint8_t { kAtOnce, kWithFirstEvent, kWithFirstEventOrSlot };

/// When a client sends a comment to keep the connection alive.
enum class KeepAlive : std::uint8_t {
    kNever,
    /// Every `keep_alive_period`.
    kPeriodic,
    /// After `keep_alive_period` without a byte.
    kWhenIdle,
    /// At each slot's start.
    kEachSlot,
};

/// What a client makes of a topic that it does not know.
enum class UnknownTopic : std::uint8_t {
    /// 400 and `Invalid topic: …`.
    kBadRequest,
    /// 200, and the stream ends at once.
    kEndAtOnce,
    /// The topics behind it are ignored; a stream that is left without any stays silent.
    kSilence,
};

/// Which `topics=` parameters a client reads.
enum class TopicsForm : std::uint8_t {
    /// Each of them, as comma-separated lists.
    kAll,
    /// The first one, as a comma-separated list.
    kFirstOnly,
    /// Each of them, as one topic.
    kOneEach,
};

enum class EventOrder : std::uint8_t {
    /// `block`, `chain_reorg`, `finalized_checkpoint`, and a while later `head`.
    kHeadLast,
    /// `block`, `head`, `chain_reorg`, `finalized_checkpoint`.
    kHeadBehindBlock,
};

/// What a client does with a reader that leaves more than `queue_max` events lying.
enum class SlowReader : std::uint8_t {
    /// Drops events and reports it in a comment: `:error - dropped N messages`.
    kDropEvents,
    kCloseStream,
};

/// How one client speaks, as read in its sources or measured: one row of the table.
struct ClientProfile {
    std::string_view name{};
    std::string_view version{};
    /// Whether a space follows `event:` and `data:`.
    bool has_space = true;
    std::string_view line_end{};
    /// Line ends behind the data line: two dispatch the event, a third is extra.
    std::size_t line_ends_after_data = 2;
    HeadersSent headers = HeadersSent::kAtOnce;
    /// Sent with the headers.
    std::string_view greeting{};
    KeepAlive keep_alive = KeepAlive::kNever;
    /// For slots of 12 s and more; see `keep_alive_period`.
    std::chrono::seconds keep_alive_seconds{0};
    std::string_view keep_alive_comment{};
    /// The keep-alive may also come between an event's lines; here it does in each fourth slot.
    bool comments_inside_events = false;
    UnknownTopic unknown_topic = UnknownTopic::kBadRequest;
    TopicsForm topics_form = TopicsForm::kAll;
    bool knows_head_v2 = false;
    EventOrder order = EventOrder::kHeadBehindBlock;
    SlowReader slow_reader = SlowReader::kCloseStream;
    std::size_t queue_max = 1000;
    /// Whether `/eth/v1/node/health` answers 206 while the node syncs.
    bool health_tells_syncing = true;
    /// Whether `/eth/v1/node/syncing` has `el_offline`.
    bool has_el_offline = true;
    /// Whether the spec has `ATTESTATION_DUE_BPS` and what belongs to Gloas.
    bool has_attestation_due = true;
    /// Its `chain_reorg` claims depth 1, whatever fell.
    bool claims_depth_one = false;
};

inline constexpr std::size_t kClientCount = 7;
/// The client table.
[[nodiscard]] const std::array<ClientProfile, kClientCount>& client_profiles();
/// A row by its name; null when there is none.
[[nodiscard]] const ClientProfile* find_client_profile(std::string_view name);

/// The keep-alive period on a chain with such slots: that of the table from 12 s on, the same part
/// of a slot below, at least 20 ms.
[[nodiscard]] std::chrono::milliseconds keep_alive_period(const ClientProfile& profile,
                                                          std::chrono::milliseconds slot_duration);

/// Appends one event as this client writes it; `data` has no line ends.
void append_event(std::string& out, const ClientProfile& profile, std::string_view topic,
                  std::string_view data, bool comment_inside = false);

}  // namespace simulator
