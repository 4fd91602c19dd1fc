#pragma once

#include <utility>

#include "base/clock.hpp"
#include "monitor/action.hpp"
#include "updates/update.hpp"

namespace monitor {

/// What one call of the head monitor brings about, collected in order.
class Effects {
  public:
    void add(Action action) { actions_.push_back(std::move(action)); }
    void publish(updates::Fact fact, base::Instant at) {
        actions_.emplace_back(Publish{updates::Update{std::move(fact), at}});
    }
    /// What was collected since the last call.
    [[nodiscard]] Actions take() { return std::exchange(actions_, {}); }

  private:
    Actions actions_;
};

}  // namespace monitor
