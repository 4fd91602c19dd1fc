#include "api/state_changes.hpp"

#include <algorithm>
#include <utility>
#include <variant>

#include "api/members.hpp"
#include "api/slot_history.hpp"
#include "base/time_text.hpp"
#include "updates/json.hpp"
#include "updates/json_writer.hpp"
#include "updates/kind.hpp"

namespace api {
namespace {

using updates::JsonWriter;

/// The object that `write` fills.
template <class Write>
std::string json_object(Write write) {
    std::string json;
    JsonWriter out{json};
    out.begin_object();
    write(out);
    out.end_object();
    return json;
}

/// A member with the members of a fact; null where there is none.
template <class Fact>
void write_fact(JsonWriter& out, std::string_view name, const std::optional<Fact>& fact,
                base::Instant now) {
    if (!fact) {
        out.null(name);
        return;
    }
    out.begin_object(name);
    updates::write_members(out, *fact, now);
    out.end_object();
}

/// Its beginning is known on the monotonic clock alone.
void write_split(JsonWriter& out, const std::optional<updates::HeadSplit>& split,
                 base::Instant now) {
    if (!split) {
        out.null("split");
        return;
    }
    out.begin_object("split");
    updates::write_members(out, *split, now);
    const auto ago = std::chrono::duration_cast<base::WallTime::duration>(now.mono - split->since);
    out.text("since", base::to_rfc3339(now.wall - ago));
    out.end_object();
}

void write_about(JsonWriter& out, const About& about) {
    out.begin_object("about");
    out.text("version", about.version);
    out.text("started", base::to_rfc3339(about.started));
    out.flag("has_history", about.has_history);
    out.text("block_explorer", about.block_explorer);
    out.end_object();
}

/// The entry of the node, without the others.
std::string node_json(const updates::NodeSnapshot& node, base::Instant now) {
    return json_object([&](JsonWriter& out) { write_node(out, node, now); });
}

}  // namespace

void StateChanges::apply(const updates::Update& update, bool is_read) {
    if (const auto* const reorg = std::get_if<updates::Reorg>(&update.fact)) {
        add(update, *reorg);
    }
    if (is_read) {
        collect(update.fact);
    }
}

void StateChanges::collect(const updates::Fact& fact) {
    switch (updates::kind_of(fact)) {
        case updates::Kind::kRunStarted:
        case updates::Kind::kSlotTime:
            collected_.is_whole = true;
            break;
        case updates::Kind::kNodeHead: {
            const auto& report = std::get<updates::NodeHead>(fact);
            collected_.nodes.insert(report.node);
            if (SlotHistory::is_timed(report)) {
                collected_.slots.insert(report.head.slot);
            }
            break;
        }
        case updates::Kind::kStreamOpened:
        case updates::Kind::kStreamEnded:
        case updates::Kind::kNodeStatus:
            collected_.nodes.insert(*updates::node_of(fact));
            break;
        case updates::Kind::kSlotVerdict:
            collected_.slots.insert(std::get<updates::SlotVerdict>(fact).slot);
            collected_.figures = true;
            break;
        case updates::Kind::kBestHead:
        case updates::Kind::kReorg:
        case updates::Kind::kHeadSplit:
        case updates::Kind::kClockSkew:
        case updates::Kind::kCycleFailed:
        case updates::Kind::kRunEnded:
            collected_.chain = true;
            break;
        case updates::Kind::kServiceEnded:
        case updates::Kind::kServiceHealth:
            collected_.services = true;
            break;
        case updates::Kind::kFinalized:
        case updates::Kind::kNodeBehind:
        case updates::Kind::kStreamBuffered:
        case updates::Kind::kHeadProven:
        case updates::Kind::kNodeBlock:
        case updates::Kind::kNodeReorg:
        case updates::Kind::kNodeEvent:
            return;
    }
    collected_.is_any = true;
}

void StateChanges::add(const updates::Update& update, const updates::Reorg& reorg) {
    const auto known = std::find_if(reorgs_.begin(), reorgs_.end(), [&](const KnownReorg& one) {
        return one.reorg.old_head == reorg.old_head && one.reorg.new_head == reorg.new_head;
    });
    if (known != reorgs_.end()) {
        *known = {reorg, update.at};
        return;
    }
    reorgs_.push_front({reorg, update.at});
    if (reorgs_.size() > kReorgsMax) {
        reorgs_.pop_back();
    }
}

std::optional<base::MonoTime> StateChanges::due() const {
    if (collected_.is_any) {
        return last_taken_ ? *last_taken_ + kInterval : base::MonoTime::min();
    }
    // Nobody publishes that a run has been over for so long.
    return progress_.is_stopped ? std::nullopt : sources_.board.stops_at();
}

void StateChanges::clear() {
    collected_ = {};
}

std::vector<StateEvent> StateChanges::take(base::Instant now) {
    const Collected changed = std::exchange(collected_, {});
    last_taken_ = now.mono;
    const Choice old_choice = std::exchange(choice_, choice(now.mono));
    const Progress old_progress = std::exchange(progress_, progress(now.mono));
    std::vector<StateEvent> out;
    if (changed.is_whole) {
        out.push_back({"snapshot", snapshot(now)});
        return out;
    }
    append_parts(out, changed, now);
    if (old_choice != choice_ || changed.figures) {
        out.push_back({"best_node", json_object([&](JsonWriter& json) {
                           write_best_node(json, sources_.board, now.mono);
                       })});
    }
    if (old_progress != progress_ || changed.chain) {
        out.push_back({"chain", chain_json(now)});
    }
    return out;
}

void StateChanges::append_parts(std::vector<StateEvent>& out, const Collected& changed,
                                base::Instant now) const {
    const auto& nodes = sources_.board.snapshot().nodes;
    for (const updates::NodeId id : changed.nodes) {
        if (const auto node = nodes.find(id); node != nodes.end()) {
            out.push_back({"node", node_json(node->second, now)});
        }
    }
    const auto& slots = sources_.board.slots().slots();
    for (const chain::Slot number : changed.slots) {
        if (const auto slot = slots.find(number); slot != slots.end()) {
            out.push_back(
                {"slot", json_object([&](JsonWriter& json) { write_slot(json, slot->second); })});
        }
    }
    if (changed.services) {
        out.push_back({"services", json_object([&](JsonWriter& json) {
                           write_services(json, sources_.board, sources_.services);
                       })});
    }
}

std::string StateChanges::snapshot(base::Instant now) const {
    return json_object([&](JsonWriter& out) {
        const NodeBoard& board = sources_.board;
        write_nodes(out, board, now);
        write_slots(out, board, SlotHistory::kSlotsMax);
        out.begin_object("best_node");
        write_best_node(out, board, now.mono);
        out.end_object();
        out.json("chain", chain_json(now));
        write_services(out, board, sources_.services);
        write_about(out, sources_.about);
    });
}

StateChanges::Choice StateChanges::choice(base::MonoTime now) const {
    const NodeBoard& board = sources_.board;
    Choice made;
    made.is_stopped = board.is_stopped(now);
    if (const auto choice = board.choice(now)) {
        made.node = choice->node;
        made.since = choice->since;
    }
    for (const auto& [id, node] : board.snapshot().nodes) {
        made.nodes.push_back({id, updates::assess(board.counted_issues(node, now)),
                              board.find_unready(node, now).empty()});
    }
    return made;
}

StateChanges::Progress StateChanges::progress(base::MonoTime now) const {
    const updates::Snapshot& snapshot = sources_.board.snapshot();
    return {snapshot.running, sources_.board.is_stopped(now), snapshot.failed_cycles,
            sources_.merged.last()};
}

std::string StateChanges::chain_json(base::Instant now) const {
    return json_object([&](JsonWriter& out) {
        const updates::Snapshot& snapshot = sources_.board.snapshot();
        out.flag("is_running", snapshot.running);
        out.flag("is_stopped", sources_.board.is_stopped(now.mono));
        out.count("consecutive_failed_cycles", snapshot.failed_cycles);
        write_heads(out, sources_.merged, sources_.board, now);
        write_split(out, snapshot.split, now);
        write_fact(out, "clock", snapshot.clock, now);
        write_fact(out, "slot_time", snapshot.slot_time, now);
        out.begin_array("reorgs");
        for (const KnownReorg& one : reorgs_) {
            out.begin_object();
            out.text("at", base::to_rfc3339(one.at.wall));
            updates::write_members(out, one.reorg, one.at);
            out.end_object();
        }
        out.end_array();
    });
}

}  // namespace api
