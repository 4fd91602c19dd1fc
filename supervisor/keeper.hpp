#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/notify.hpp"
#include "base/task.hpp"
#include "supervisor/job.hpp"
#include "supervisor/policy.hpp"
#include "supervisor/service.hpp"
#include "supervisor/supervisor.hpp"

namespace supervisor {

/// The status of every place in a tree, by path; in the order they were added.
class Statuses {
  public:
    /// Nothing is added, and false returned, when the path is there already.
    [[nodiscard]] bool add(Status status);
    [[nodiscard]] Status& at(const std::string& path);
    [[nodiscard]] const std::vector<Status>& all() const { return all_; }

  private:
    std::vector<Status> all_;
    std::map<std::string, std::size_t> places_;
};

/// What all supervisors of one tree share.
struct Supervisor::Tree {
    explicit Tree(Environment made_environment);

    /// The first fatal end is the one that is told.
    void end_with(const std::string& service, const std::string& reason);

    Environment environment;
    Statuses statuses;
    std::optional<FatalEnd> fatal_end;
    /// Due when there is a fatal end.
    base::Notify fatal;
};

/// Keeps one child running: builds it, checks its health, decides after each end, waits. Knows no
/// rule of its own about restarts: `decide` has them.
class Supervisor::Keeper {
  public:
    /// `child` outlives the keeper.
    Keeper(std::shared_ptr<Tree> tree, const Child& child, std::string path);

    /// Until it is cancelled, even when its child is stopped for good.
    [[nodiscard]] base::Task<void> run();
    /// The tree ends: the next end is the last. Called before `run()` is cancelled.
    void stop() { stopping_ = true; }

  private:
    [[nodiscard]] base::Task<void> keep();
    [[nodiscard]] base::Task<Outcome> run_once();
    [[nodiscard]] std::unique_ptr<Service> make_instance();
    [[nodiscard]] base::Task<void> end_job(Job& job);
    [[nodiscard]] Outcome outcome_of(const Job& job, bool is_unhealthy,
                                     base::MonoTime started) const;
    [[nodiscard]] base::Task<void> watch_health();
    /// What is wrong; empty when all is well.
    [[nodiscard]] base::Task<std::string> check_health();
    [[nodiscard]] base::Task<void> wait_for_restart(base::Duration after);
    [[nodiscard]] base::Task<void> wait_for_early_start(base::MonoTime not_before);
    void tell(const Outcome& outcome, const Decision& decision, const History& history);
    void set_health(Health health, const std::string& detail);
    [[nodiscard]] Status& status() { return tree_->statuses.at(path_); }
    [[nodiscard]] base::Clock& clock() { return *tree_->environment.clock; }

    std::shared_ptr<Tree> tree_;
    const Child& child_;
    std::string path_;
    /// The check under way, or the last one: one that ignores its cancellation is not doubled.
    std::optional<Job> probe_;
    std::string unhealthy_detail_;
    bool stopping_ = false;
};

}  // namespace supervisor
