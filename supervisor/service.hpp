#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/task.hpp"
#include "supervisor/policy.hpp"

namespace supervisor {

/// Something that runs: a name and one coroutine. It runs until its parent cancels it; returning
/// is a clean end, throwing a failed one. Lives on the event loop.
class Service {
  public:
    explicit Service(std::string name) : name_{std::move(name)} {}
    Service(const Service&) = delete;
    Service& operator=(const Service&) = delete;
    virtual ~Service() = default;

    [[nodiscard]] const std::string& name() const { return name_; }
    /// Awaited at most once: each restart builds a fresh instance.
    [[nodiscard]] virtual base::Task<void> run() = 0;

  private:
    std::string name_;
};

/// Builds a fresh instance. What is dear to build (an open database, a bound listener) is built
/// once, outside, and shared. Throwing is a failed start, and counts like a failed run.
using Factory = std::function<std::unique_ptr<Service>()>;

/// A service that owns `runnable` and awaits its `run()`: for classes that know nothing of
/// supervision.
template <class Runnable>
[[nodiscard]] std::unique_ptr<Service> make_service(std::string name,
                                                    std::unique_ptr<Runnable> runnable) {
    class Held final : public Service {
      public:
        Held(std::string held_name, std::unique_ptr<Runnable> held)
            : Service{std::move(held_name)}, runnable_{std::move(held)} {}
        [[nodiscard]] base::Task<void> run() override { return runnable_->run(); }

      private:
        std::unique_ptr<Runnable> runnable_;
    };
    return std::make_unique<Held>(std::move(name), std::move(runnable));
}

/// A service that awaits what `run` returns. `run` lives as long as the service, so it may be a
/// coroutine lambda with captures.
[[nodiscard]] std::unique_ptr<Service> make_service(std::string name,
                                                    std::function<base::Task<void>()> run);

enum class Health : std::uint8_t {
    /// The last check passed, or none was made yet.
    kHealthy,
    /// The last checks failed, fewer in a row than the threshold.
    kDegraded,
    /// As many checks in a row failed as the threshold allows: the run is ended.
    kUnhealthy,
};

[[nodiscard]] std::string_view to_string(Health health);

/// Run again and again while a service runs.
struct HealthCheck {
    /// Returns what is wrong, and nothing when all is well. Throwing is failing. It is cancelled
    /// when it takes longer than `timeout`.
    std::function<base::Task<std::string>()> probe;
    /// From the run's start to the first check, and from the end of one to the start of the next.
    base::Duration interval = std::chrono::seconds{10};
    base::Duration timeout = std::chrono::seconds{5};
    /// As a threshold: a service that fails its checks is degraded, and goes on.
    static constexpr std::uint32_t kNeverUnhealthy = std::numeric_limits<std::uint32_t>::max();
    /// Failed checks in a row that make the service unhealthy; at least 1.
    std::uint32_t threshold = 3;
};

/// What may end a wait for a restart early: a change of what made the service fail.
struct RestartTrigger {
    /// Returns when there is a reason to start. Awaited during waits only, once at a time.
    std::function<base::Task<void>()> wait;
    /// The least time between the end of a run and such a start.
    base::Duration not_before = std::chrono::milliseconds{100};
};

/// One place in a tree: what runs there and how it is kept running.
struct Child {
    /// Not empty, without '/', and unlike its siblings' names.
    std::string name;
    /// Builds services of that name; unused for a group.
    Factory factory;
    Kind kind = Kind::kRestartable;
    Policy policy;
    std::optional<HealthCheck> health;
    std::optional<RestartTrigger> restart_trigger;
    /// Not empty: this child is a supervisor over these.
    std::vector<Child> children;
};

/// A child that awaits what `run` returns, with the default policy. Each instance has a copy of
/// `run`, which lives as long as it, so it may be a coroutine lambda with captures.
[[nodiscard]] Child make_child(std::string name, std::function<base::Task<void>()> run);

/// A supervisor as a child, over `children`. A critical end in it ends the whole program.
[[nodiscard]] Child make_group(std::string name, std::vector<Child> children);

/// The tree in words, one line for each place, indented, with every policy.
[[nodiscard]] std::vector<std::string> describe(std::string_view name,
                                                const std::vector<Child>& children);

enum class ServiceState : std::uint8_t {
    kRunning,
    /// Between two runs.
    kWaiting,
    /// Not started yet, ended for good, or abandoned.
    kStopped,
};

[[nodiscard]] std::string_view to_string(ServiceState state);

}  // namespace supervisor
