#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "supervisor/policy.hpp"
#include "supervisor/service.hpp"

namespace supervisor {

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
    std::uint32_t abandoned = 0;
    /// How the last run ended; absent while the first one runs.
    std::optional<End> last_end;
    /// For people; fit to be printed; may be empty.
    std::string last_detail;
};

/// The status of every place in a tree, by path; in the order they were added.
class StatusBoard {
  public:
    /// Nothing is added, and false returned, when the path is there already.
    [[nodiscard]] bool add(Status status);
    /// Throws std::out_of_range for a path that was not added.
    [[nodiscard]] Status& at(const std::string& path);
    [[nodiscard]] const std::vector<Status>& all() const { return all_; }

  private:
    std::vector<Status> all_;
    std::map<std::string, std::size_t> places_;
};

}  // namespace supervisor
