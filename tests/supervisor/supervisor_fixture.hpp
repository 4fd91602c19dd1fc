#pragma once

#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/system/system_error.hpp>

#include "supervisor/supervisor.hpp"
#include "tests/support/manual_clock.hpp"

namespace tests {

using Run = std::function<base::Task<void>()>;

/// The default policy, so that waits are exact: 1 s, 2 s, 4 s …
inline supervisor::Child without_jitter(supervisor::Child child) {
    using std::chrono::seconds;
    child.policy.after_failure = supervisor::Backoff{seconds{1}, 2, seconds{30}, 0};
    return child;
}

inline supervisor::Child critical(supervisor::Child child) {
    child.kind = supervisor::Kind::kCritical;
    return child;
}

/// What an instance holds: counts its own destruction.
struct Held {
    explicit Held(int& destroyed_count) : destroyed{destroyed_count} {}
    Held(const Held&) = delete;
    Held& operator=(const Held&) = delete;
    ~Held() { ++destroyed; }
    int& destroyed;
};

/// A tree on virtual time, with all that it reports written down in order.
class SupervisorFixture {
  public:
    boost::asio::io_context loop;
    ManualClock clock{loop};
    /// One line for each end of a run: `service reason -> wait`.
    std::vector<std::string> ends;
    std::vector<std::string> healths;
    std::vector<std::string> fatals;

    supervisor::Environment environment() {
        supervisor::Environment made;
        made.executor = loop.get_executor();
        made.clock = &clock;
        made.seed = 1;
        made.on_service_end = [this](const supervisor::ServiceEnd& end) {
            std::string line = end.service + " " + supervisor::reason(end.end, end.detail);
            if (end.restart_after) {
                line += " -> " + supervisor::to_string(*end.restart_after);
            }
            ends.push_back(line + (end.fatal ? " fatal" : ""));
        };
        made.on_health = [this](const supervisor::HealthChanged& changed) {
            healths.push_back(changed.service + " " +
                              std::string{supervisor::to_string(changed.health)} +
                              (changed.detail.empty() ? "" : ": " + changed.detail));
        };
        made.on_fatal = [this](const supervisor::FatalEnd& end) {
            fatals.push_back(end.service + " " + end.what());
        };
        return made;
    }

    /// Never ends by itself, and ends at once when it is cancelled.
    base::Task<void> stay() { co_await clock.sleep_until(base::MonoTime::max()); }
    base::Task<void> stay_for(base::Duration duration) {
        co_await clock.sleep_until(clock.now() + duration);
    }
    /// Fails after `duration`.
    base::Task<void> fail_after(base::Duration duration) {
        co_await clock.sleep_until(clock.now() + duration);
        throw std::runtime_error{"broken"};
    }
    /// Waits for `duration`, cancelled or not.
    base::Task<void> ignore_cancellation(base::Duration duration) {
        co_await base::asio::this_coro::reset_cancellation_state(
            base::asio::disable_cancellation());
        co_await clock.sleep_until(clock.now() + duration);
    }
};

/// The root of a tree, running on a fixture.
class Running {
  public:
    Running(SupervisorFixture& fixture, std::vector<supervisor::Child> children)
        : fixture_{fixture}, root{"root", fixture.environment(), std::move(children)} {
        boost::asio::co_spawn(fixture.loop, root.run(),
                              boost::asio::bind_cancellation_slot(
                                  cancel_.slot(), [this](const std::exception_ptr& failure) {
                                      ended = true;
                                      error = failure;
                                  }));
        fixture.clock.advance(base::Duration::zero());
    }

    /// Cancels the tree, and gives it no time.
    void cancel() {
        cancel_.emit(boost::asio::cancellation_type::terminal);
        fixture_.clock.advance(base::Duration::zero());
    }

    [[nodiscard]] bool was_cancelled() const {
        return ended && error && base::is_cancellation(error);
    }
    /// `service: reason` of the FatalEnd that ended the tree; else empty.
    [[nodiscard]] std::string fatal_end() const {
        if (!error) {
            return "";
        }
        try {
            std::rethrow_exception(error);
        } catch (const supervisor::FatalEnd& end) {
            return end.service + ": " + end.what();
        } catch (...) {
            return "";
        }
    }

  private:
    SupervisorFixture& fixture_;
    boost::asio::cancellation_signal cancel_;

  public:
    supervisor::Supervisor root;
    bool ended = false;
    std::exception_ptr error;
};

}  // namespace tests
