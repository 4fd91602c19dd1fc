#include "app/metrics_output.hpp"

#include <utility>

#include <boost/asio/ip/tcp.hpp>
#include <boost/system/system_error.hpp>

#include "app/service_tree.hpp"
#include "config/supervision.hpp"

namespace app {

MetricsOutput::MetricsOutput(Core& core, const logging::Log& log,
                             const config::ListenAddress& address)
    : core_{core},
      log_{log},
      endpoint_{core.loop.executor(), core.clock, [this] { read(); },
                [this] { return collector_->text(); }},
      server_{open_server(address)} {
    core.servers.push_back({server_->name(), [this] { return server_->limits_met(); }});
}

std::unique_ptr<http::Server> MetricsOutput::open_server(const config::ListenAddress& address) {
    http::Router router;
    endpoint_.mount(router);
    try {
        return std::make_unique<http::Server>(
            core_.loop.executor(), boost::asio::ip::tcp::endpoint{address.host, address.port},
            std::move(router), metrics::server_options());
    } catch (const boost::system::system_error& error) {
        throw ListenError{"metrics address " + to_string(address) + ": " + error.code().message() +
                          "; stop what listens there, or choose another one with "
                          "--metrics-address (off: no metrics)"};
    }
}

std::vector<supervisor::Child> MetricsOutput::servers() {
    std::vector<supervisor::Child> servers;
    servers.push_back(server_child(config::kMetrics, *server_));
    return servers;
}

void MetricsOutput::on_tree(const supervisor::Supervisor& tree) {
    metrics::CollectorOptions options;
    for (const supervisor::Status& status : tree.status()) {
        if (!status.is_group) {
            options.services.push_back(status.service);
        }
    }
    options.monitor_service = config::kMonitor;
    for (const ServerReadings& server : core_.servers) {
        options.servers.push_back(server.name);
    }
    options.has_recording = core_.recorder != nullptr;
    options.has_history = static_cast<bool>(core_.history);
    options.has_fleet = static_cast<bool>(core_.fleet);
    options.version = HEADMON_VERSION;
    options.started = core_.clock.wall_now();
    collector_ = std::make_unique<metrics::Collector>(options);
    subscription_ = core_.broadcast.listen(
        [this](const updates::Message& message) { collector_->hear(message); });
}

std::vector<logging::LogLine> MetricsOutput::start_lines() const {
    const auto bound = server_->endpoint();
    const std::string where = to_string(config::ListenAddress{bound.address(), bound.port()});
    return {logging::LogLine{
        logging::LogLevel::kInfo, "metrics served", {{"url", "http://" + where + "/metrics"}}}};
}

void MetricsOutput::read() {
    metrics::Readings readings;
    readings.loop_handlers = core_.loop.handlers();
    readings.http_client_wake_ups = core_.client.wake_ups();
    readings.http_client_limits_met = core_.client.limits_met();
    readings.log_lines_dropped = log_.dropped();
    readings.subscribers = core_.broadcast.load();
    for (const ServerReadings& server : core_.servers) {
        readings.servers.push_back({server.name, server.limits_met()});
    }
    if (core_.recorder) {
        const recording::WriterCounts counts = core_.recorder->counts();
        readings.recording = {core_.recorder->lost(), counts.bytes, counts.failures,
                              counts.directory_bytes};
    }
    if (core_.history) {
        readings.history = core_.history();
    }
    if (core_.fleet) {
        readings.fleet = core_.fleet();
    }
    collector_->read(readings);
}

}  // namespace app
