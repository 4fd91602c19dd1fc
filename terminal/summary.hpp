#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "updates/node_id.hpp"
#include "updates/node_map.hpp"
#include "updates/stream_end_reason.hpp"
#include "updates/update.hpp"

namespace terminal {

/// What happened while `demo` ran, counted from its updates. Pure.
class Summary {
  public:
    void apply(const updates::Update& update);

    /// A table: for each node its heads, how often it was first, its median lag behind the first,
    /// reopenings, and its ends by reason.
    [[nodiscard]] std::vector<std::string> lines() const;

  private:
    struct Node {
        std::uint64_t heads = 0;
        std::uint64_t first = 0;
        std::uint64_t reopened = 0;
        std::vector<base::Duration> lags;
        std::map<updates::StreamEndReason, std::uint64_t> ends;
    };

    updates::NodeMap<Node> nodes_;
};

}  // namespace terminal
