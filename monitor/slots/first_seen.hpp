#pragma once

#include <cstddef>

#include "base/bounded_map.hpp"
#include "base/clock.hpp"
#include "chain/root.hpp"

namespace monitor {

/// When each block was reported first as a head, by any node and whatever it says of the payload,
/// and when its payload was reported first by a node that had reported the block before. Remembers
/// the last `heads_max` of both; what it has forgotten counts as new when it is reported again.
class FirstSeen {
  public:
    struct Report {
        bool is_first = false;
        /// Behind the first report; zero for the first, and for one whose bytes were read earlier
        /// but handled later.
        base::Duration lag{};
    };

    static constexpr std::size_t kHeadsMax = 1024;

    FirstSeen() : FirstSeen{kHeadsMax} {}
    explicit FirstSeen(std::size_t heads_max) : blocks_{heads_max}, payloads_{heads_max} {}

    /// A node reported `block`, or its payload, with bytes read at `at`.
    [[nodiscard]] Report report(const chain::Root& block, bool is_payload, base::MonoTime at);

    [[nodiscard]] std::size_t size() const { return blocks_.size(); }

  private:
    base::BoundedMap<chain::Root, base::MonoTime> blocks_;
    base::BoundedMap<chain::Root, base::MonoTime> payloads_;
};

}  // namespace monitor
