#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/bounded_map.hpp"
#include "chain/root.hpp"
#include "history/outbox.hpp"
#include "history/recorder.hpp"
#include "history/rows.hpp"
#include "updates/node_id.hpp"

namespace history {

/// What the recorder knows of the file that it writes.
struct Recorder::State {
    explicit State(Connection& connection) : rows{connection} {}

    struct Node {
        std::int64_t id = 0;
        updates::TopicSet topic_set = updates::TopicSet::kHeadV2Full;
        bool is_unproven = false;
        /// The row of `node_health` that was written last, without its moment.
        std::string health;
        /// The row of its stream that is open.
        std::optional<std::int64_t> stream;
    };

    /// Blocks whose row is known; an older one is looked up.
    static constexpr std::size_t kBlocksMax = 4096;

    Rows rows;
    /// Absent where updates are not passed on.
    std::optional<Outbox> outbox;
    std::map<updates::NodeId, Node> nodes;
    base::BoundedMap<chain::Root, std::int64_t> blocks{kBlocksMax};
    /// The run that is on.
    std::optional<std::int64_t> run;
    std::vector<updates::NodeId> run_nodes;
    /// Until when headmon has watched, by the file.
    std::optional<std::int64_t> watched_until;
};

/// Writes the rows of one batch.
class Recorder::Pass {
  public:
    Pass(State& state, std::int64_t batch_at) : state_{state}, rows_{state.rows}, at_{batch_at} {}

    /// The file is opened. `seen` is what this process has written elsewhere; null: it begins.
    void open(std::int64_t now, const updates::Snapshot* seen);
    void record(const updates::Message& message);
    /// Behind the last message.
    void end(const Batch& batch);

    void operator()(const updates::RunStarted& fact);
    void operator()(const updates::StreamOpened& fact);
    void operator()(const updates::StreamEnded& fact);
    void operator()(const updates::NodeHead& fact);
    void operator()(const updates::BestHead& fact);
    void operator()(const updates::Reorg& fact);
    void operator()(const updates::Finalized& fact);
    void operator()(const updates::NodeStatus& fact);
    void operator()(const updates::SlotVerdict& fact);
    void operator()(const updates::HeadSplit& fact);
    void operator()(const updates::NodeBehind& fact);
    void operator()(const updates::ClockSkew& fact);
    void operator()(const updates::StreamBuffered& fact);
    void operator()(const updates::SlotTime& fact);
    void operator()(const updates::CycleFailed& fact);
    void operator()(const updates::RunEnded& fact);
    void operator()(const updates::ServiceEnded& fact);
    void operator()(const updates::ServiceHealth& fact);
    void operator()(const updates::HeadProven& fact);
    /// Not kept: a block that is no head tells nothing of how a node follows the chain, and a claim
    /// of a reorg is kept as the reorg that it may prove to be. Events of extra topics are of no
    /// slot that we know of.
    void operator()(const updates::NodeBlock& /*fact*/) {}
    void operator()(const updates::NodeReorg& /*fact*/) {}
    void operator()(const updates::NodeEvent& /*fact*/) {}

  private:
    [[nodiscard]] State::Node& node(updates::NodeId id);
    [[nodiscard]] std::optional<std::int64_t> node(const std::optional<updates::NodeId>& id);
    [[nodiscard]] std::int64_t block(chain::Slot slot, const chain::Root& root);
    /// headmon did not watch since the last process.
    void begin_process(std::int64_t now);
    void load_run();
    void resume(const updates::Snapshot& snapshot);
    void resume_run(const updates::Snapshot& snapshot);
    void start_run(const std::vector<updates::NodeId>& nodes);
    void end_run(std::int64_t at, std::string_view reason, std::string_view detail);
    void open_stream(State::Node& node);
    void lose_stream(State::Node& node, std::int64_t at);
    void close_gap(std::int64_t until);

    struct Gap {
        std::int64_t from = 0;
        std::string_view reason;
        std::uint64_t dropped = 0;
    };

    State& state_;
    Rows& rows_;
    /// The moment of what is being written.
    std::int64_t at_;
    std::optional<Gap> gap_;
};

}  // namespace history
