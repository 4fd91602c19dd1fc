#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/task.hpp"
#include "supervisor/environment.hpp"
#include "supervisor/service.hpp"
#include "supervisor/status_board.hpp"

namespace supervisor {

struct Tree;

/// Starts its children, restarts each by its own policy, and ends them all when it is cancelled.
/// The thin driver of `decide`. An end of one child does not touch the others, unless it is fatal:
/// then the root's `run()` ends the whole tree and throws FatalEnd.
///
/// Cancelled, it waits for its children for as long as they take: whoever cancels the root limits
/// that (`Program` does). Lives on the event loop.
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

  private:
    /// Builds what `child`, at `path`, runs: for a group, a supervisor inside the tree.
    [[nodiscard]] Factory factory_for(const Child& child, const std::string& path) const;
    Supervisor(std::string name, std::shared_ptr<Tree> tree, std::string path,
               std::vector<Child> children);

    [[nodiscard]] base::Task<void> wait_for_the_end();

    std::shared_ptr<Tree> tree_;
    /// With a '/' at its end; empty for the root.
    std::string path_;
    std::vector<Child> children_;
};

}  // namespace supervisor
