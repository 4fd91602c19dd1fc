#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/clock.hpp"

namespace updates {

/// Who wrote a beacon node's software.
enum class ClientFamily : std::uint8_t {
    kLighthouse,
    kTeku,
    kPrysm,
    kNimbus,
    kLodestar,
    kGrandine,
    kCaplin,
};

inline constexpr std::array kAllClientFamilies{
    ClientFamily::kLighthouse, ClientFamily::kTeku,     ClientFamily::kPrysm,
    ClientFamily::kNimbus,     ClientFamily::kLodestar, ClientFamily::kGrandine,
    ClientFamily::kCaplin,
};

/// The stable lower-case name: "lighthouse".
[[nodiscard]] std::string_view to_string(ClientFamily family);

/// What a client writes into a quiet event stream.
struct KeepAlive {
    enum class Every : std::uint8_t {
        /// Bytes come with events only.
        kNever,
        kPeriod,
        kSlot,
    };
    Every every = Every::kNever;
    /// Meaningful for kPeriod only.
    std::chrono::seconds period{0};

    friend bool operator==(const KeepAlive&, const KeepAlive&) = default;
};

/// How a client refuses a subscription with a topic that it does not know.
enum class UnknownTopic : std::uint8_t {
    /// 400.
    kStatus,
    /// 200, and the stream ends at once.
    kEmptyStream,
    /// The stream stays open and no byte ever comes.
    kSilence,
};

/// How a beacon node of one family and version behaves on `/eth/v1/events`.
struct ClientHabits {
    ClientFamily family = ClientFamily::kLighthouse;
    KeepAlive keep_alive;
    UnknownTopic unknown_topic = UnknownTopic::kStatus;
    /// The answer's headers come at once, not with the first event.
    bool headers_at_once = true;

    friend bool operator==(const ClientHabits&, const ClientHabits&) = default;
};

/// The family that a version names, as `/eth/v1/node/version` has it: "Lodestar/v1.5.1/2115aa7".
/// Nothing for another software, or for an empty version.
[[nodiscard]] std::optional<ClientFamily> find_client_family(std::string_view version);

/// "Lodestar/v1.5.1" of "Lodestar/v1.5.1/2115aa7": name and version alone, at most 30 bytes.
[[nodiscard]] std::string_view short_version(std::string_view version);

/// The habits of the family that a version names.
[[nodiscard]] std::optional<ClientHabits> find_client_habits(std::string_view version);

/// The time between two keep-alives on a chain with this slot duration; nothing where none come.
[[nodiscard]] std::optional<base::Duration> keep_alive_period(const KeepAlive& keep_alive,
                                                              base::Duration slot_duration);

}  // namespace updates
