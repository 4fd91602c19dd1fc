#pragma once

#include <exception>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>

#include "monitor/monitor_service.hpp"
#include "tests/monitor/candidates.hpp"
#include "tests/monitor/fake_nodes.hpp"

namespace tests {

/// A MonitorService over fake nodes and virtual time, with all that it published.
class ServiceFixture {
  public:
    explicit ServiceFixture(monitor::MonitorOptions options = {})
        : service{loop.get_executor(), clock, nodes, candidates, broadcast, std::move(options)} {
        listening_ = broadcast.listen([this](const monitor::Message& message) {
            if (const auto* update =
                    std::get_if<std::shared_ptr<const monitor::Update>>(&message)) {
                updates.push_back(**update);
            }
        });
    }
    ServiceFixture(const ServiceFixture&) = delete;
    ServiceFixture& operator=(const ServiceFixture&) = delete;
    ~ServiceFixture() {
        if (started_ && !ended) {
            cancel();
        }
    }

    void start() {
        started_ = true;
        boost::asio::co_spawn(loop, service.run(),
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
    monitor::Broadcast broadcast{loop.get_executor()};
    monitor::MonitorService service;
    std::vector<monitor::Update> updates;
    bool ended = false;
    std::exception_ptr failure;

  private:
    boost::asio::cancellation_signal cancel_;
    std::unique_ptr<monitor::Broadcast::Subscription> listening_;
    bool started_ = false;
};

}  // namespace tests
