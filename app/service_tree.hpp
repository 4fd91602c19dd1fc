#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/supervision.hpp"
#include "http/server.hpp"
#include "monitor/monitor_context.hpp"
#include "monitor/run_state.hpp"
#include "supervisor/supervisor.hpp"
#include "updates/broadcast.hpp"

namespace app {

/// The monitor, restarted and checked as monitor::RunPolicy says. `context` and `state` outlive the
/// tree.
[[nodiscard]] supervisor::Child monitor_child(monitor::MonitorContext& context,
                                              monitor::RunState& state);

/// Runs a server whose address was bound before. `server` outlives the tree.
[[nodiscard]] supervisor::Child server_child(std::string_view name, http::Server& server);

/// Puts what the config says of services into force, for those that are there, groups' members
/// included.
void configure(std::vector<supervisor::Child>& children, const config::Supervision& supervision);

/// The update that reports the end of a service's run.
[[nodiscard]] updates::Update to_update(const supervisor::ServiceEnd& end);

}  // namespace app
