#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>

#include "base/clock.hpp"
#include "base/task.hpp"
#include "supervisor/policy.hpp"
#include "supervisor/service.hpp"

namespace supervisor {

/// A run is over, and what comes of it. Told behind everything that the run did and before anything
/// that its successor does, so that whoever publishes it in band puts it in the right place.
struct Notice {
    /// The way from the root: `monitor`, `web/api`.
    std::string service;
    End end = End::kCompleted;
    /// `failed: address in use`, for people; fit to be printed.
    std::string reason;
    /// Absent: it is not started again.
    std::optional<base::Duration> restart_after;
    /// The program ends with it.
    bool fatal = false;
    /// Failures in a row, since the service was new or had a good run; this one included.
    std::uint32_t failures = 0;
    base::Instant at;
};

/// The health of a running service changed, or it runs anew.
struct HealthChanged {
    std::string service;
    Health health = Health::kHealthy;
    /// What the check said; fit to be printed; empty when healthy.
    std::string detail;
    base::Instant at;
};

/// What is known of one place in the tree.
struct Status {
    /// The way from the root.
    std::string service;
    ServiceState state = ServiceState::kStopped;
    Health health = Health::kHealthy;
    bool is_group = false;
    /// Instances built after the first, since the program started.
    std::uint64_t restarts = 0;
    /// Instances that ignored their cancellation and run on, unsupervised.
    std::uint32_t left_behind = 0;
    /// How the last run ended; empty while the first one runs.
    std::string last_reason;
};

/// Why the whole tree ended: a critical service ended, or a budget was spent.
struct FatalEnd : std::runtime_error {
    /// `end_reason` is the reason of the service's end.
    FatalEnd(std::string ended_service, const std::string& end_reason);

    std::string service;
};

/// What a tree works with. The callbacks are called on the event loop and must not throw.
struct Environment {
    boost::asio::any_io_executor executor;
    /// Outlives the tree.
    base::Clock* clock = nullptr;
    /// Of all jitter in the tree.
    std::uint64_t seed = 0;
    /// How long an unhealthy run may take to end before it is left behind.
    base::Duration stop_limit = std::chrono::seconds{10};
    std::function<void(const Notice&)> on_notice;
    std::function<void(const HealthChanged&)> on_health;
    /// A fatal end, told once and at once, while everything else still runs.
    std::function<void(const FatalEnd&)> on_fatal;
};

/// Starts its children, restarts each by its own policy, and ends them all when it is cancelled.
/// The thin driver of `decide`. An end of one child is no matter to the others, unless it is fatal:
/// then the root's `run()` ends the whole tree and throws FatalEnd.
///
/// Cancelled, it waits for its children for as long as they take: the limit is whoever cancels the
/// root's to hold (`Program` does). Lives on the event loop.
class Supervisor final : public Service {
  public:
    /// The root of a tree. Throws std::invalid_argument for names that are empty, hold a '/' or
    /// come twice, for a leaf without a factory, and for policies that `check` refuses.
    Supervisor(std::string name, Environment environment, std::vector<Child> children);
    ~Supervisor() override;

    [[nodiscard]] base::Task<void> run() override;

    /// Every place of the tree, parents first.
    [[nodiscard]] std::vector<Status> status() const;
    /// The fatal end, once there was one.
    [[nodiscard]] const std::optional<FatalEnd>& fatal_end() const;
    /// The tree in words, one line for each place.
    [[nodiscard]] std::vector<std::string> describe() const;

    struct Tree;

  private:
    class Keeper;
    /// A supervisor inside the tree, over the children of `group`; `path` is the group's own.
    [[nodiscard]] static std::unique_ptr<Service> make_nested(const Child& group,
                                                              std::shared_ptr<Tree> tree,
                                                              const std::string& path);
    Supervisor(std::string name, std::shared_ptr<Tree> tree, std::string path,
               std::vector<Child> children);

    [[nodiscard]] base::Task<void> wait_for_the_end();

    std::shared_ptr<Tree> tree_;
    /// With a '/' at its end; empty for the root.
    std::string path_;
    std::vector<Child> children_;
};

}  // namespace supervisor
