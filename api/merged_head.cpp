#include "api/merged_head.hpp"

#include <algorithm>
#include <utility>
#include <variant>

namespace api {
namespace {

using updates::HeadTimeliness;

}  // namespace

MergedHead::Key MergedHead::key_of(const chain::Head& head) {
    return Key{head.block, head.payload_status};
}

std::optional<HeadMove> MergedHead::apply(const updates::Update& update, bool is_good) {
    if (const auto* const report = std::get_if<updates::NodeHead>(&update.fact)) {
        return apply(*report, update.at, is_good);
    }
    if (const auto* const best = std::get_if<updates::BestHead>(&update.fact)) {
        return apply(*best, update.at);
    }
    if (const auto* const run = std::get_if<updates::RunStarted>(&update.fact)) {
        apply(*run);
    }
    if (std::holds_alternative<updates::StreamEnded>(update.fact)) {
        // Whatever becomes the best now becomes it for that.
        candidate_.reset();
    }
    return std::nullopt;
}

void MergedHead::apply(const updates::RunStarted& run) {
    candidate_.reset();
    const auto is_in = [](const std::vector<updates::NodeId>& nodes, updates::NodeId id) {
        return std::find(nodes.begin(), nodes.end(), id) != nodes.end();
    };
    erase_if(nodes_, [&](const auto& entry) {
        return !is_in(run.nodes, entry.first) || is_in(run.renewed, entry.first);
    });
}

std::optional<HeadMove> MergedHead::apply(const updates::NodeHead& report, base::Instant at,
                                          bool is_good) {
    candidate_.reset();
    const HeadTimeliness timeliness = report.timing.timeliness;
    const bool is_by_stream = report.source == updates::HeadSource::kStream;
    if (!is_by_stream || report.head.execution_optimistic ||
        timeliness == HeadTimeliness::kBackfill || timeliness == HeadTimeliness::kPolled) {
        return std::nullopt;
    }
    Node& node = nodes_[report.node];
    const Key key = key_of(report.head);
    const bool leaves_the_head = last_ && node.last == key_of(last_->head);
    const bool has_moved = std::exchange(node.last, key) != key;
    if (const auto followed = find_later(node, key)) {
        node.followed = *followed;
    } else if (has_moved && (timeliness != HeadTimeliness::kStale || leaves_the_head)) {
        // An old head is news only from a node that leaves the merged head for it: a reorg. An
        // early one is never the best, unless the monitor has found that it is none.
        candidate_ = Candidate{report, at, is_good};
        return best_ == key && is_good ? std::optional{move_to(*candidate_)} : std::nullopt;
    }
    const bool tells_version = last_ && is_good && !last_->head.version && report.head.version &&
                               key == key_of(last_->head);
    if (!tells_version) {
        return std::nullopt;
    }
    last_->head.version = report.head.version;
    return HeadMove{HeadMove::Kind::kVersion, report.node, last_->head, at};
}

std::optional<HeadMove> MergedHead::apply(const updates::BestHead& best, base::Instant at) {
    best_ = key_of(best.head);
    // The monitor has just found the node of the best head in good standing; of another one that
    // reports it, its status decides.
    if (!candidate_ || candidate_->at != at || key_of(candidate_->report.head) != *best_ ||
        !(candidate_->is_good || candidate_->report.node == best.node)) {
        return std::nullopt;
    }
    return move_to(*candidate_);
}

HeadMove MergedHead::move_to(const Candidate& candidate) {
    const updates::NodeHead& report = candidate.report;
    const bool is_same_block = last_ && last_->head.block == report.head.block;
    last_ = HeadMove{is_same_block ? HeadMove::Kind::kPayload : HeadMove::Kind::kBlock, report.node,
                     report.head, candidate.at};
    moves_.push_back(key_of(report.head));
    if (moves_.size() > kMovesMax) {
        moves_.pop_front();
    }
    nodes_[report.node].followed = ++count_;
    candidate_.reset();
    return *last_;
}

std::optional<std::uint64_t> MergedHead::find_later(const Node& node, const Key& key) const {
    const std::uint64_t skipped = std::max(node.followed, forgotten()) - forgotten();
    // A node of the topic `head` has no payload status.
    const auto found = std::find_if(
        moves_.begin() + static_cast<std::ptrdiff_t>(skipped), moves_.end(), [&](const Key& move) {
            return move.block == key.block &&
                   (!key.payload_status || move.payload_status == key.payload_status);
        });
    if (found == moves_.end()) {
        return std::nullopt;
    }
    return forgotten() + static_cast<std::uint64_t>(found - moves_.begin()) + 1;
}

std::uint64_t MergedHead::followed(updates::NodeId node) const {
    const auto found = nodes_.find(node);
    return found == nodes_.end() ? 0 : found->second.followed;
}

std::optional<std::uint64_t> MergedHead::find_move(const chain::Root& from,
                                                   const chain::Root& to) const {
    std::optional<std::uint64_t> found;
    bool has_left = false;
    std::uint64_t count = forgotten();
    for (const Key& move : moves_) {
        ++count;
        if (move.block == from) {
            has_left = true;
        } else if (has_left && move.block == to) {
            found = count;
            has_left = false;
        }
    }
    return found;
}

}  // namespace api
