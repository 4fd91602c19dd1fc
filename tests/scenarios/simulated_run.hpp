#pragma once

#include <exception>
#include <memory>
#include <stdexcept>
#include <utility>
#include <vector>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>

#include "app/service_tree.hpp"
#include "monitor/monitor_context.hpp"
#include "monitor/run_state.hpp"
#include "supervisor/supervisor.hpp"
#include "tests/monitor/candidates.hpp"
#include "tests/scenarios/simulated_nodes.hpp"
#include "tests/support/update_recorder.hpp"
#include "updates/broadcast.hpp"

namespace tests {

/// The whole monitor over simulated nodes without sockets, on virtual time, and all that it
/// published.
class SimulatedRun {
  public:
    explicit SimulatedRun(simulator::Scenario scenario, monitor::MonitorOptions options = {})
        : scenario_{std::move(scenario)}, options_{std::move(options)} {
        listening_ = recorder.listen_to(broadcast_);
        std::vector<monitor::Candidate> list;
        for (const auto& node : scenario_.nodes) {
            list.push_back(candidate(node.name));
        }
        (void)candidates_.replace(std::move(list)).value();
        const auto ended = [this](const std::exception_ptr& /*error*/) { has_ended_ = true; };
        boost::asio::co_spawn(loop_, root_.run(),
                              boost::asio::bind_cancellation_slot(stop_.slot(), ended));
    }
    SimulatedRun(const SimulatedRun&) = delete;
    SimulatedRun& operator=(const SimulatedRun&) = delete;
    ~SimulatedRun() {
        stop_.emit(boost::asio::cancellation_type::terminal);
        clock_.advance(std::chrono::seconds{1});
    }

    /// Lets a slot pass. The slots are to be played in order, from 0 on.
    void play(std::uint64_t slot) {
        nodes.play(slot);
        if (has_ended_) {
            throw std::logic_error{"the monitor has ended"};
        }
    }
    [[nodiscard]] const updates::Snapshot& snapshot() const { return broadcast_.snapshot(); }

  private:
    supervisor::Environment environment() {
        supervisor::Environment made;
        made.executor = loop_.get_executor();
        made.clock = &clock_;
        return made;
    }
    std::vector<supervisor::Child> children() {
        supervisor::Child child = app::monitor_child(context_, runs_);
        child.health.reset();
        return {std::move(child)};
    }

    simulator::Scenario scenario_;
    monitor::MonitorOptions options_;
    boost::asio::io_context loop_;
    ManualClock clock_{loop_};

  public:
    SimulatedNodes nodes{loop_, clock_, scenario_};
    UpdateRecorder recorder;

  private:
    monitor::CandidateList candidates_{loop_.get_executor()};
    updates::Broadcast broadcast_{loop_.get_executor()};
    monitor::MonitorContext context_{loop_.get_executor(), clock_,     nodes,
                                     candidates_,          broadcast_, options_};
    monitor::RunState runs_{context_.options, clock_.instant()};
    std::unique_ptr<updates::Broadcast::Subscription> listening_;
    supervisor::Supervisor root_{"root", environment(), children()};
    boost::asio::cancellation_signal stop_;
    bool has_ended_ = false;
};

}  // namespace tests
