#pragma once

#include <exception>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>

#include "app/service_tree.hpp"
#include "monitor/monitor_context.hpp"
#include "monitor/run_state.hpp"
#include "supervisor/supervisor.hpp"
#include "tests/monitor/candidates.hpp"
#include "tests/monitor/fake_nodes.hpp"
#include "updates/broadcast.hpp"

namespace tests {

/// The monitor over fake nodes and virtual time, run after run under a supervisor, with all that it
/// published.
class ServiceFixture {
  public:
    explicit ServiceFixture(monitor::MonitorOptions options = {})
        : context{loop.get_executor(), clock, nodes, candidates, broadcast, std::move(options)} {
        listening_ = broadcast.listen([this](const updates::Message& message) {
            if (const auto* update =
                    std::get_if<std::shared_ptr<const updates::Update>>(&message)) {
                updates.push_back(**update);
            }
        });
    }
    ServiceFixture(const ServiceFixture&) = delete;
    ServiceFixture& operator=(const ServiceFixture&) = delete;
    ~ServiceFixture() {
        if (root_ && !ended) {
            cancel();
        }
    }

    void start() {
        root_ = std::make_unique<supervisor::Supervisor>("root", environment(), children());
        boost::asio::co_spawn(loop, root_->run(),
                              boost::asio::bind_cancellation_slot(
                                  cancel_.slot(), [this](const std::exception_ptr& error) {
                                      failure = error;
                                      ended = true;
                                  }));
        settle();
    }
    void cancel() {
        cancel_.emit(boost::asio::cancellation_type::terminal);
        settle();
    }
    /// Runs what is due now.
    void settle() { clock.advance(base::Duration::zero()); }
    void advance(base::Duration duration) { clock.advance(duration); }
    void put(std::vector<std::string> names) {
        std::vector<monitor::Candidate> list;
        for (const std::string& name : names) {
            list.push_back(candidate(name));
        }
        (void)candidates.replace(std::move(list)).value();
    }
    template <class Fact>
    [[nodiscard]] std::vector<Fact> told() const {
        std::vector<Fact> facts;
        for (const auto& update : updates) {
            if (const auto* fact = std::get_if<Fact>(&update.fact)) {
                facts.push_back(*fact);
            }
        }
        return facts;
    }

    boost::asio::io_context loop;
    ManualClock clock{loop};
    FakeNodes nodes{clock};
    monitor::CandidateList candidates{loop.get_executor()};
    updates::Broadcast broadcast{loop.get_executor()};
    monitor::MonitorContext context;
    monitor::RunState runs{context.options, clock.instant()};
    /// How each run ended, in order.
    std::vector<supervisor::ServiceEnd> notices;
    std::vector<updates::Update> updates;
    /// Of the tree.
    bool ended = false;
    std::exception_ptr failure;

  private:
    supervisor::Environment environment() {
        supervisor::Environment made;
        made.executor = loop.get_executor();
        made.clock = &clock;
        made.on_service_end = [this](const supervisor::ServiceEnd& notice) {
            notices.push_back(notice);
        };
        return made;
    }
    /// As the program has it, so that the tests run under the product's own restart rule; without
    /// its health check, which wakes every ten seconds.
    std::vector<supervisor::Child> children() {
        supervisor::Child child = app::monitor_child(context, runs);
        child.health.reset();
        return {std::move(child)};
    }

    boost::asio::cancellation_signal cancel_;
    std::unique_ptr<updates::Broadcast::Subscription> listening_;
    std::unique_ptr<supervisor::Supervisor> root_;
};

}  // namespace tests
