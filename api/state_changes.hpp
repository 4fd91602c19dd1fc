#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "api/best_node.hpp"
#include "api/merged_head.hpp"
#include "api/node_board.hpp"
#include "base/clock.hpp"
#include "chain/slot.hpp"
#include "updates/chain_facts.hpp"
#include "updates/node_id.hpp"
#include "updates/update.hpp"

namespace api {

/// What a view shows of headmon itself.
struct About {
    std::string version;
    /// When this start of the program began.
    base::WallTime started;
    bool has_history = false;
    /// A URL with `{slot}` or `{root}` in it.
    std::optional<std::string> block_explorer{};
};

/// What state is read from. All of it outlives whoever has this.
struct StateSources {
    const NodeBoard& board;
    const MergedHead& merged;
    const std::vector<std::string>& services;
    const About& about;
};

/// One event of the state stream: a whole object, which replaces the one that a view has.
struct StateEvent {
    /// "snapshot", "node", "slot", "best_node", "services", "chain".
    std::string_view type;
    /// JSON on one line.
    std::string data;
};

/// What of the state has changed since it was last given out. Pure; told each update in order,
/// after the board and the merged head; outlives runs.
class StateChanges {
  public:
    /// Changes are given out so often at most, each object once.
    static constexpr std::chrono::milliseconds kInterval{250};
    /// Reorgs that a view is shown: the last ones.
    static constexpr std::size_t kReorgsMax = 32;

    explicit StateChanges(StateSources sources) : sources_{sources} {}

    /// `is_read`: somebody is to learn of it. Nothing but reorgs is collected for nobody.
    void apply(const updates::Update& update, bool is_read);

    /// From when on `take` may give something; nothing while nothing changes by itself.
    [[nodiscard]] std::optional<base::MonoTime> due() const;
    /// What has changed, in the order in which a view may apply it.
    [[nodiscard]] std::vector<StateEvent> take(base::Instant now);
    /// Forgets what is collected: nobody is there any more.
    void clear();

    /// The whole state, the data of a `snapshot`.
    [[nodiscard]] std::string snapshot(base::Instant now) const;

  private:
    struct KnownReorg {
        updates::Reorg reorg;
        base::Instant at;
    };
    /// What is compared of the choice of the best node.
    struct Standing {
        updates::NodeId node;
        updates::NodeHealth health;
        bool is_fresh;

        friend bool operator==(const Standing&, const Standing&) = default;
    };
    struct Choice {
        bool is_stopped = false;
        std::optional<updates::NodeId> node;
        std::optional<base::Instant> since;
        std::vector<Standing> nodes;

        friend bool operator==(const Choice&, const Choice&) = default;
    };
    /// And of the chain, besides what an update announces.
    struct Progress {
        bool is_running = false;
        bool is_stopped = false;
        std::uint32_t failed_cycles = 0;
        std::optional<HeadMove> merged;

        friend bool operator==(const Progress&, const Progress&) = default;
    };
    struct Collected {
        bool is_any = false;
        bool is_whole = false;
        bool chain = false;
        bool services = false;
        /// A slot was judged: the figures of the nodes are others.
        bool figures = false;
        std::set<updates::NodeId> nodes{};
        std::set<chain::Slot> slots{};
    };

    void collect(const updates::Fact& fact);
    void add(const updates::Update& update, const updates::Reorg& reorg);
    [[nodiscard]] Choice choice(base::MonoTime now) const;
    [[nodiscard]] Progress progress(base::MonoTime now) const;
    [[nodiscard]] std::string chain_json(base::Instant now) const;
    void append_parts(std::vector<StateEvent>& out, const Collected& changed,
                      base::Instant now) const;

    StateSources sources_;
    /// Newest first.
    std::deque<KnownReorg> reorgs_;
    Collected collected_;
    std::optional<base::MonoTime> last_taken_;
    /// As they were last given out.
    Choice choice_;
    Progress progress_;
};

}  // namespace api
