#pragma once

#include <memory>
#include <string>
#include <vector>

#include "app/core.hpp"
#include "app/output.hpp"
#include "config/listen_address.hpp"
#include "http/server.hpp"
#include "logging/log.hpp"
#include "metrics/collector.hpp"
#include "metrics/endpoint.hpp"
#include "updates/broadcast.hpp"

namespace app {

/// Serves `/metrics`, on a server of its own.
class MetricsOutput final : public Output {
  public:
    /// Binds `address`. Throws ListenError when it cannot be listened on. `core` and `log` outlive
    /// it.
    MetricsOutput(Core& core, const logging::Log& log, const config::ListenAddress& address);

    [[nodiscard]] std::vector<supervisor::Child> servers() override;
    void on_tree(const supervisor::Supervisor& tree) override;
    [[nodiscard]] std::vector<logging::LogLine> start_lines() const override;

  private:
    [[nodiscard]] std::unique_ptr<http::Server> open_server(const config::ListenAddress& address);
    void read();

    Core& core_;
    const logging::Log& log_;
    std::unique_ptr<metrics::Collector> collector_;
    metrics::Endpoint endpoint_;
    std::unique_ptr<http::Server> server_;
    std::unique_ptr<updates::Broadcast::Subscription> subscription_;
};

}  // namespace app
