#pragma once

#include <deque>
#include <optional>
#include <vector>

#include "base/clock.hpp"
#include "updates/node_id.hpp"
#include "updates/node_map.hpp"
#include "updates/update.hpp"

namespace api {

/// When each node of the run had its stream open, as far back as slots are kept. Pure; told each
/// update in order. All times are monotonic: a step of the wall clock opens and closes no stream.
class OpenStreams {
  public:
    /// Stretches of one node that are over. Its own oldest makes room.
    static constexpr std::size_t kStretchesMax = 64;

    /// `slot` is how long a slot takes as far as known: a stretch that is shorter covers none, and
    /// is not kept.
    void apply(const updates::Update& update, base::Duration slot);

    /// The nodes of the run whose stream was not open throughout, from `begin` to `end`; in the
    /// order of their names.
    [[nodiscard]] std::vector<updates::NodeId> find_not_watched(base::MonoTime begin,
                                                                base::MonoTime end) const;

  private:
    struct Stretch {
        base::MonoTime from;
        base::MonoTime until;
    };
    struct Node {
        /// Nothing while its stream is not open.
        std::optional<base::MonoTime> open_since;
        std::deque<Stretch> over;
    };

    void apply(const updates::RunStarted& run);
    static void close(Node& node, base::MonoTime at, base::Duration slot);

    updates::NodeMap<Node> nodes_;
};

}  // namespace api
