#pragma once

#include <cstddef>
#include <vector>

#include <boost/container/static_vector.hpp>

#include "base/bounded_map.hpp"
#include "base/clock.hpp"
#include "chain/root.hpp"
#include "updates/node_id.hpp"

namespace monitor {

/// How long after the first node each other one reported a head, by its root. What one node alone
/// has reported is compared with nothing. Remembers the last heads only. Pure.
class HeadLags {
  public:
    static constexpr std::size_t kRootsMax = 64;

    struct Lag {
        updates::NodeId node;
        base::Duration lag{};

        friend bool operator==(const Lag&, const Lag&) = default;
    };
    using Lags = boost::container::static_vector<Lag, 2>;

    /// A node reported this root, with bytes read at `at`. What is known by that: nothing for the
    /// first node; with the second report both; a repeat says nothing.
    [[nodiscard]] Lags report(updates::NodeId node, const chain::Root& root, base::MonoTime at);

  private:
    struct Reports {
        updates::NodeId first;
        base::MonoTime first_at;
        std::size_t count = 0;
        /// Who has reported it, by the number of the node's id.
        std::vector<bool> has_reported;
    };

    base::BoundedMap<chain::Root, Reports> reports_{kRootsMax};
    /// Above the number of every id so far: of that length `has_reported` begins.
    std::size_t ids_ = 0;
};

}  // namespace monitor
