#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "supervisor/policy.hpp"

namespace config {

/// What the config says of one service; absent where its default holds.
struct SupervisionOptions {
    /// Within `within`; without it there is no budget.
    std::optional<std::uint32_t> max_restarts;
    std::optional<std::chrono::seconds> within;
    std::optional<std::chrono::seconds> reset_after;
    std::optional<supervisor::OnBudgetExhausted> when_spent;

    friend bool operator==(const SupervisionOptions&, const SupervisionOptions&) = default;
};

/// By the names of services.
using Supervision = std::map<std::string, SupervisionOptions>;

inline constexpr std::string_view kMonitor = "monitor";
inline constexpr std::string_view kConfigWatch = "config_watch";
inline constexpr std::string_view kReloadSignal = "reload_signal";
inline constexpr std::string_view kServiceManager = "service_manager";
/// The group of our servers.
inline constexpr std::string_view kWeb = "web";
inline constexpr std::string_view kMetrics = "metrics";
inline constexpr std::string_view kApi = "api";
/// Answers agent checks.
inline constexpr std::string_view kAgent = "agent";

inline constexpr std::string_view kHistoryWriter = "history_writer";
inline constexpr std::string_view kHistoryReader = "history_reader";
inline constexpr std::string_view kRecorder = "recorder";
inline constexpr std::string_view kFleet = "fleet";

/// The services that the config may name.
[[nodiscard]] const std::vector<std::string_view>& service_names();

}  // namespace config
