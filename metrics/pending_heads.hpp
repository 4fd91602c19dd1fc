#pragma once

#include <cstddef>
#include <vector>

#include "base/bounded_map.hpp"
#include "chain/root.hpp"
#include "updates/update.hpp"

namespace metrics {

/// Reports of heads that are not proven yet: what a node made up is counted nowhere. Of the last
/// kRootsMax roots.
class PendingHeads {
  public:
    static constexpr std::size_t kRootsMax = 1024;

    /// True when the head is proven already; else it is kept until it is. Reports that are counted
    /// in no case are not kept.
    [[nodiscard]] bool add(const updates::NodeHead& head);
    /// The head is proven: its reports so far, in order.
    [[nodiscard]] std::vector<updates::NodeHead> take(const chain::Root& block);

  private:
    struct Root {
        bool is_proven = false;
        std::vector<updates::NodeHead> reports;
    };

    base::BoundedMap<chain::Root, Root> roots_{kRootsMax};
};

}  // namespace metrics
