#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/task.hpp"
#include "supervisor/policy.hpp"
#include "supervisor/service.hpp"
#include "supervisor/spawned_task.hpp"
#include "supervisor/status_board.hpp"
#include "supervisor/tree.hpp"

namespace supervisor {

/// Keeps one child running: builds it, checks its health, decides after each end, waits. Has no
/// rule of its own about restarts: `decide` has them. Lives on the event loop.
class ChildRunner {
  public:
    /// `child` outlives the runner; instances come from `factory`, whatever the child's own is.
    ChildRunner(std::shared_ptr<Tree> tree, const Child& child, std::string path, Factory factory);

    /// Until it is cancelled, even when its child is stopped for good.
    [[nodiscard]] base::Task<void> run();
    /// The tree ends: the next end is the last. Called before `run()` is cancelled.
    void stop() { stopping_ = true; }

  private:
    [[nodiscard]] base::Task<void> keep_running();
    [[nodiscard]] base::Task<Outcome> run_once();
    [[nodiscard]] std::unique_ptr<Service> make_instance();
    [[nodiscard]] base::Task<void> end_task(SpawnedTask& task);
    [[nodiscard]] Outcome outcome_of(const SpawnedTask& task, bool is_unhealthy,
                                     base::MonoTime started) const;
    [[nodiscard]] base::Task<void> watch_health();
    /// What is wrong; empty when all is well.
    [[nodiscard]] base::Task<std::string> check_health();
    [[nodiscard]] base::Task<void> wait_for_restart(base::Duration after);
    [[nodiscard]] base::Task<void> wait_for_trigger(base::MonoTime not_before);
    void report(const Outcome& outcome, const Decision& decision, std::uint32_t failures);
    void set_health(Health health, const std::string& detail);
    [[nodiscard]] Status& status() { return tree_->statuses.at(path_); }
    [[nodiscard]] base::Clock& clock() { return *tree_->environment.clock; }

    std::shared_ptr<Tree> tree_;
    const Child& child_;
    std::string path_;
    Factory factory_;
    /// The check under way, or the last one: one that ignores its cancellation is not doubled.
    std::optional<SpawnedTask> probe_;
    std::string unhealthy_detail_;
    bool stopping_ = false;
};

}  // namespace supervisor
