#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include "base/task.hpp"
#include "config/supervision.hpp"
#include "http/server.hpp"
#include "monitor/monitor_context.hpp"
#include "monitor/run_state.hpp"
#include "supervisor/environment.hpp"
#include "supervisor/service.hpp"
#include "updates/broadcast.hpp"

namespace app {

/// The monitor, restarted and checked as monitor::RunPolicy says. `context` and `state` outlive the
/// tree.
[[nodiscard]] supervisor::Child monitor_child(monitor::MonitorContext& context,
                                              monitor::RunState& state);

/// Runs a server whose address was bound before, and `beside` for as long as it runs. `server`
/// outlives the tree.
[[nodiscard]] supervisor::Child server_child(std::string_view name, http::Server& server,
                                             std::function<base::Task<void>()> beside = {});

/// Puts what the config says of services into force, for those that are there, groups' members
/// included.
void configure(std::vector<supervisor::Child>& children, const config::Supervision& supervision);

/// Lets each end of a service's run, and each change of a service's health, be published as an
/// update. `broadcast` outlives the tree.
void publish_services(supervisor::Environment& environment, updates::Broadcast& broadcast);

}  // namespace app
