#pragma once

#include <cstddef>
#include <utility>

#include "base/clock.hpp"
#include "monitor/action.hpp"
#include "updates/update.hpp"

namespace monitor {

/// What one call of the head monitor brings about, collected in order.
class Effects {
  public:
    /// Made in place: moving a whole Action, g++ 12 takes its other alternatives for uninitialised.
    template <class What>
    void add(What&& what) {
        actions_.emplace_back(std::forward<What>(what));
    }
    void publish(updates::Fact fact, base::Instant at) {
        actions_.emplace_back(Publish{updates::Update{std::move(fact), at}});
    }
    /// What was collected since the last call.
    [[nodiscard]] Actions take() {
        return actions_.empty() ? Actions{} : std::exchange(actions_, {});
    }
    /// The memory of actions that were carried out, for the next ones.
    void give_back(Actions spent) {
        if (actions_.capacity() == 0 && spent.capacity() <= kKept) {
            spent.clear();
            actions_ = std::move(spent);
        }
    }

  private:
    static constexpr std::size_t kKept = 64;

    Actions actions_;
};

}  // namespace monitor
