#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/server.hpp"
#include "updates/broadcast.hpp"
#include "config/supervision.hpp"
#include "monitor/monitor_runs.hpp"
#include "supervisor/supervisor.hpp"

namespace app {

/// The monitor: a fresh run after 100 ms when one ended cleanly, at the next tick after a failure
/// or when the list of candidates changes meanwhile. Its health is that ticks come. `runs` outlives
/// the tree.
[[nodiscard]] supervisor::Child monitor_child(monitor::MonitorRuns& runs);

/// Runs a server whose address was bound before. `server` outlives the tree.
[[nodiscard]] supervisor::Child server_child(std::string_view name, http::Server& server);

/// Puts what the config says of services into force, for those that are there, groups' members
/// included.
void configure(std::vector<supervisor::Child>& children, const config::Supervision& supervision);

/// The update that reports the end of a service's run.
[[nodiscard]] updates::Update to_update(const supervisor::ServiceEnd& end);

}  // namespace app
