#pragma once

#include <chrono>

#include "base/clock.hpp"
#include "updates/node_map.hpp"
#include "updates/update.hpp"

namespace updates {

/// Which updates tell something: a NodeStatus comes once a slot even where nothing has changed but
/// the times in it, and there is no need to keep or to send that again. Pure state.
class StatusChanges {
  public:
    /// So long after it was told last, a status is told again as it is: for those who keep what
    /// they read for a while only.
    static constexpr base::Duration kAgain = std::chrono::hours{1};

    /// Every update passes here, in order. True for what is no NodeStatus.
    [[nodiscard]] bool is_news(const Update& update);

  private:
    struct Told {
        NodeStatus status;
        base::MonoTime at;
    };
    NodeMap<Told> told_;
};

}  // namespace updates
