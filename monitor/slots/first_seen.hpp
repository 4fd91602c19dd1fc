#pragma once

#include <cstddef>
#include <functional>
#include <optional>

#include "base/bounded_map.hpp"
#include "base/clock.hpp"
#include "beacon_api/events.hpp"
#include "chain/head.hpp"
#include "chain/root.hpp"

namespace monitor {

/// What makes two reports of a head the same news. A block whose payload comes in is news.
struct HeadKey {
    chain::Root block;
    std::optional<chain::PayloadStatus> payload_status;

    friend bool operator==(const HeadKey&, const HeadKey&) = default;
};

[[nodiscard]] inline HeadKey key_of(const chain::Head& head) {
    return HeadKey{head.block, head.payload_status};
}

/// When each head was reported first, by any node. Remembers the last `heads_max` heads; one that
/// it has forgotten counts as new when it is reported again.
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
    explicit FirstSeen(std::size_t heads_max) : first_{heads_max} {}

    /// A node reported `key`, with bytes read at `at`.
    [[nodiscard]] Report report(const HeadKey& key, base::MonoTime at);

    [[nodiscard]] std::size_t size() const { return first_.size(); }

  private:
    struct Hash {
        std::size_t operator()(const HeadKey& key) const noexcept {
            return std::hash<chain::Root>{}(key.block);
        }
    };

    base::BoundedMap<HeadKey, base::MonoTime, Hash> first_;
};

}  // namespace monitor
