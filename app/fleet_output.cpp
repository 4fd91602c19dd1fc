#include "app/fleet_output.hpp"

#include <random>
#include <utility>
#include <variant>

#include "base/printable.hpp"
#include "base/time_text.hpp"
#include "config/supervision.hpp"
#include "fleet/message.hpp"
#include "fleet/nats_link.hpp"
#include "supervisor/policy.hpp"
#include "updates/json_writer.hpp"

namespace app {
namespace {

/// A connection that was good for so long makes forget what failed before it.
constexpr base::Duration kGoodConnection = std::chrono::seconds{5};
/// How soon it is known that nothing is published.
constexpr base::Duration kLookInterval = std::chrono::seconds{2};

std::uint64_t draw_origin() {
    std::random_device random;
    return (std::uint64_t{random()} << 32U | random()) | 1U;
}

std::unique_ptr<fleet::MemorySource> memory_where_needed(Core& core) {
    return core.outbox ? nullptr
                       : std::make_unique<fleet::MemorySource>(core.loop.executor(), core.broadcast,
                                                               draw_origin());
}

}  // namespace

FleetOutput::FleetOutput(Core& core, fleet::Options options)
    : core_{core},
      options_{std::move(options)},
      memory_{memory_where_needed(core)},
      source_{memory_ ? *memory_ : *core.outbox} {
    core.fleet = [this] { return reading(); };
}

std::vector<supervisor::Child> FleetOutput::services() {
    auto child = supervisor::make_child(std::string{config::kFleet}, [this] { return publish(); });
    supervisor::HealthCheck health;
    health.probe = [this]() -> base::Task<std::string> {
        co_return counts_.is_connected ? "" : problem_;
    };
    health.interval = kLookInterval;
    health.threshold = supervisor::HealthCheck::kNeverUnhealthy;
    child.health = std::move(health);
    std::vector<supervisor::Child> children;
    children.push_back(std::move(child));
    return children;
}

std::vector<logging::LogLine> FleetOutput::start_lines() const {
    return {logging::LogLine{logging::LogLevel::kInfo,
                             "publishing to the fleet",
                             {{"instance", base::printable(options_.instance)},
                              {"stream", base::printable(options_.stream)},
                              {"kept_in", memory_ ? "memory" : "history"}}}};
}

base::Task<void> FleetOutput::publish() {
    // As a service that fails is started again; but a broker that was there for a while is likely
    // to be back soon.
    supervisor::Policy policy;
    policy.reset_after = kGoodConnection;
    supervisor::History past;
    past.seed = core_.restart_seed;
    while (true) {
        const base::MonoTime started = core_.clock.now();
        problem_ = co_await publish_once();
        auto [decision, history] = supervisor::decide(supervisor::Kind::kRestartable, policy,
                                                      {supervisor::End::kFailed, problem_, started},
                                                      std::move(past), core_.clock.now());
        past = std::move(history);
        co_await core_.clock.sleep_until(core_.clock.now() +
                                         std::get<supervisor::Restart>(decision).after);
    }
}

base::Task<std::string> FleetOutput::publish_once() {
    fleet::Publisher publisher{core_.clock,
                               options_.instance,
                               source_,
                               std::make_unique<fleet::NatsLink>(core_.loop.executor(), options_),
                               [this](std::uint64_t origin) { return status_text(origin); },
                               counts_,
                               {}};
    try {
        co_await publisher.run();
    } catch (const fleet::PublishError& error) {
        co_return error.what();
    }
    co_return "";
}

std::string FleetOutput::status_text(std::uint64_t origin) const {
    const auto now = core_.clock.instant();
    const updates::Snapshot& known = core_.broadcast.snapshot();
    std::string body;
    {
        updates::JsonWriter out{body};
        out.begin_object();
        out.text("update", fleet::kInstanceStatusKind);
        out.text("at", base::to_rfc3339(now.wall));
        out.seconds("at_monotonic_seconds", now.mono.time_since_epoch());
        out.text("instance", options_.instance);
        out.text("version", HEADMON_VERSION);
        out.text("origin", fleet::origin_text(origin));
        out.begin_object("labels");
        for (const auto& [name, value] : options_.labels) {
            out.text(name, value);
        }
        out.end_object();
        out.text("kept_in", memory_ ? "memory" : "history");
        out.begin_array("nodes");
        for (const auto& [node, its] : known.nodes) {
            out.element(node.name());
        }
        out.end_array();
        if (known.slot_time) {
            out.text("genesis", base::to_rfc3339(known.slot_time->clock.genesis()));
            out.seconds("slot_duration_seconds", known.slot_time->clock.slot_duration());
        } else {
            out.null("genesis");
            out.null("slot_duration_seconds");
        }
        out.end_object();
    }
    return body;
}

metrics::FleetReading FleetOutput::reading() const {
    return {counts_.is_connected, counts_.published, counts_.duplicates,
            counts_.failures,     counts_.lost,      counts_.waiting};
}

}  // namespace app
