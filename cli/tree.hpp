#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/server.hpp"
#include "monitor/broadcast.hpp"
#include "monitor/monitor_runs.hpp"
#include "supervisor/supervisor.hpp"

namespace cli {

/// What the config says of one service; absent where its default stands.
struct SupervisionOptions {
    /// Within `within`; without it there is no budget.
    std::optional<std::uint32_t> max_restarts;
    std::optional<std::chrono::seconds> within;
    std::optional<std::chrono::seconds> reset_after;
    std::optional<supervisor::WhenSpent> when_spent;

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

/// The services that the config may name.
[[nodiscard]] const std::vector<std::string_view>& service_names();

/// The monitor: a fresh run after 100 ms when one ended cleanly, at the next tick after a failure
/// or when the list of candidates changes meanwhile. Its health is that ticks come. `runs` outlives
/// the tree.
[[nodiscard]] supervisor::Child monitor_child(monitor::MonitorRuns& runs);

/// Serves `/metrics`, whose address was bound before. `server` outlives the tree.
[[nodiscard]] supervisor::Child metrics_child(http::Server& server);

/// Puts what the config says of services into force, for those that are there, groups' members
/// included.
void configure(std::vector<supervisor::Child>& children, const Supervision& supervision);

/// The update that tells a notice.
[[nodiscard]] monitor::Update to_update(const supervisor::Notice& notice);

}  // namespace cli
