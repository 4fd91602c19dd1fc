#include "monitor/monitor_runs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "monitor/node_access.hpp"

namespace monitor {

namespace {

/// Even where slots are short, a machine under load is no reason for a restart.
constexpr std::chrono::seconds kTickSilenceMin{5};

}  // namespace

MonitorRuns::MonitorRuns(boost::asio::any_io_executor executor, base::Clock& clock,
                         http::Client& client, CandidateList& candidates, updates::Broadcast& broadcast,
                         MonitorOptions options)
    : MonitorRuns{std::move(executor),
                  clock,
                  std::make_unique<HttpNodeAccess>(client),
                  nullptr,
                  candidates,
                  broadcast,
                  std::move(options)} {}

MonitorRuns::MonitorRuns(boost::asio::any_io_executor executor, base::Clock& clock,
                         NodeAccess& nodes, CandidateList& candidates, updates::Broadcast& broadcast,
                         MonitorOptions options)
    : MonitorRuns{std::move(executor), clock,     nullptr,           &nodes,
                  candidates,          broadcast, std::move(options)} {}

MonitorRuns::MonitorRuns(boost::asio::any_io_executor executor, base::Clock& clock,
                         std::unique_ptr<NodeAccess> own_nodes, NodeAccess* nodes,
                         CandidateList& candidates, updates::Broadcast& broadcast, MonitorOptions options)
    : executor_{std::move(executor)},
      clock_{clock},
      own_nodes_{std::move(own_nodes)},
      nodes_{nodes == nullptr ? *own_nodes_ : *nodes},
      candidates_{candidates},
      broadcast_{broadcast},
      options_{std::move(options)},
      schedule_{clock.now(), options_.tick_twelfths} {
    if (const auto& known = known_slot_time()) {
        schedule_.set_slot_time(known->clock, clock.now());
    }
    if (options_.slot_time) {
        memory_.guard = NetworkGuard{ConfiguredNetwork::of(options_.slot_time->clock)};
    }
}

const std::optional<updates::SlotTime>& MonitorRuns::known_slot_time() const {
    return options_.slot_time ? options_.slot_time : options_.remembered_slot_time;
}

MonitorRuns::~MonitorRuns() = default;

base::MonoTime MonitorRuns::next_tick() const {
    return schedule_.next(clock_.instant());
}

base::Task<void> MonitorRuns::list_changed() {
    while (candidates_.read() == list_) {
        co_await candidates_.changed().wait();
    }
}

std::string MonitorRuns::find_problem() const {
    if (!alive_at_) {
        return "";
    }
    const base::Duration limit = std::max<base::Duration>(2 * schedule_.slot(), kTickSilenceMin);
    const base::Duration silence = clock_.now() - *alive_at_;
    if (silence <= limit) {
        return "";
    }
    return fmt::format("no tick for {:.1f} s", std::chrono::duration<double>{silence}.count());
}

}  // namespace monitor
