#pragma once

#include <memory>
#include <string>
#include <vector>

#include "api/agent_server.hpp"
#include "api/api.hpp"
#include "app/candidates_access.hpp"
#include "app/core.hpp"
#include "app/output.hpp"
#include "config/config.hpp"
#include "http/server.hpp"
#include "updates/broadcast.hpp"

namespace app {

/// Serves the HTTP API, on a server of its own, and agent checks on another one. What it has read
/// of the updates outlives restarts of the server.
class ApiOutput final : public Output {
  public:
    /// Binds the addresses; `options` has the API's. Throws ListenError when one cannot be
    /// listened on.
    /// `core` outlives it, and so does the list that `access` has.
    ApiOutput(Core& core, const config::ApiOptions& options, const CandidatesAccess& access = {});

    /// Where the API is served: `http://127.0.0.1:9465`.
    [[nodiscard]] std::string url() const;
    [[nodiscard]] std::vector<supervisor::Child> servers() override;
    void on_tree(const supervisor::Supervisor& tree) override;
    [[nodiscard]] std::vector<logging::LogLine> start_lines() const override;

  private:
    [[nodiscard]] http::LimitsMet limits_met() const;
    [[nodiscard]] http::LimitsMet agent_limits_met() const;

    Core& core_;
    std::size_t connections_max_;
    std::vector<logging::LogLine> access_lines_;
    api::Api api_;
    std::unique_ptr<http::Server> server_;
    /// Null where agent checks are not answered.
    std::unique_ptr<api::AgentServer> agent_;
    std::unique_ptr<updates::Broadcast::Subscription> subscription_;
};

}  // namespace app
