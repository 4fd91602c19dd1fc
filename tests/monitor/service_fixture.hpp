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
#include "tests/support/update_recorder.hpp"
#include "updates/broadcast.hpp"

namespace tests {

inline constexpr const char* kHead =
    R"({"version":"gloas","data":{"slot":"7","block":"0x0000000000000000000000000000000000000000000000000000000000000007",)"
    R"("state":"0x0000000000000000000000000000000000000000000000000000000000000008",)"
    R"("epoch_transition":false,)"
    R"("current_epoch_dependent_root":"0x0000000000000000000000000000000000000000000000000000000000000009",)"
    R"("next_epoch_dependent_root":"0x000000000000000000000000000000000000000000000000000000000000000a",)"
    R"("payload_status":"empty","execution_optimistic":false}})";

/// The monitor over fake nodes and virtual time, run after run under a supervisor, with all that it
/// published.
class ServiceFixture {
  public:
    explicit ServiceFixture(monitor::MonitorOptions options = {})
        : context{loop.get_executor(), clock, nodes, candidates, broadcast, std::move(options)} {
        listening_ = recorder.listen_to(broadcast);
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
    /// The node's stream opens and delivers a head of slot 7.
    void open_with_head(const std::string& name) {
        auto* opening = nodes.find(name);
        opening->listener->on_connected();
        opening->listener->on_open();
        opening->listener->on_bytes("", clock.instant());
        opening->event("head_v2", kHead, clock.instant());
        settle();
    }
    /// Lets every attempt fail, tick after tick, until the run has given up.
    void give_up() {
        nodes.end_all();
        for (int i = 0; i < 5; ++i) {
            advance(std::chrono::seconds{12});
            nodes.end_all();
        }
        settle();
    }
    template <class Fact>
    [[nodiscard]] std::vector<Fact> published() const {
        return recorder.published<Fact>();
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
    UpdateRecorder recorder;
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
