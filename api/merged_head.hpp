#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>

#include "base/clock.hpp"
#include "chain/head.hpp"
#include "updates/node_map.hpp"
#include "updates/update.hpp"

namespace api {

/// A change of the merged head.
struct HeadMove {
    enum class Kind : std::uint8_t {
        /// Another block.
        kBlock,
        /// The same block, and another payload status.
        kPayload,
        /// The same head; its fork is known only now, from another node.
        kVersion,
    };
    Kind kind = Kind::kBlock;
    /// The node that was first.
    updates::NodeId node;
    chain::Head head;
    base::Instant at;

    friend bool operator==(const HeadMove&, const HeadMove&) = default;
};

/// The one head over all nodes, as a validator client is to follow it. Pure; told each update in
/// order; outlives runs.
///
/// It moves when a node in good standing moves, by its stream, to the head that is best; X, Y, X
/// are three moves. It never moves for anything else: not because a stream ended, nor by what REST
/// answers. A node that only goes, later, through heads that the merged head has been through moves
/// nothing.
class MergedHead {
  public:
    /// Moves that are remembered, so that nodes which lag are known as such.
    static constexpr std::size_t kMovesMax = 64;

    /// `is_good`: the node that the update is about has no issue that makes it unusable.
    [[nodiscard]] std::optional<HeadMove> apply(const updates::Update& update, bool is_good);

    /// The last move, with whatever followed it of the same head; nothing before the first.
    [[nodiscard]] const std::optional<HeadMove>& last() const { return last_; }
    /// The last move by which it came to `to` after it was at `from`, as a count of moves; nothing
    /// where it lately did not.
    [[nodiscard]] std::optional<std::uint64_t> find_move(const chain::Root& from,
                                                         const chain::Root& to) const;
    /// All moves so far.
    [[nodiscard]] std::uint64_t moves() const { return count_; }
    /// The moves that a node has followed, up to the last one that it was seen at; 0 for one that
    /// was seen at none.
    [[nodiscard]] std::uint64_t followed(updates::NodeId node) const;
    /// Moves up to this one, as a count, are forgotten.
    [[nodiscard]] std::uint64_t forgotten() const { return count_ - moves_.size(); }

  private:
    /// What makes two heads one.
    struct Key {
        chain::Root block;
        std::optional<chain::PayloadStatus> payload_status;

        friend bool operator==(const Key&, const Key&) = default;
    };
    struct Node {
        /// Its last head by stream.
        std::optional<Key> last;
        /// How many moves it has followed, counted from the first one ever.
        std::uint64_t followed = 0;
    };
    /// A head that would move it, if it is the best.
    struct Candidate {
        updates::NodeHead report;
        base::Instant at;
        bool is_good = false;
    };

    [[nodiscard]] static Key key_of(const chain::Head& head);
    void apply(const updates::RunStarted& run);
    [[nodiscard]] std::optional<HeadMove> apply(const updates::NodeHead& report, base::Instant at,
                                                bool is_good);
    [[nodiscard]] std::optional<HeadMove> apply(const updates::BestHead& best, base::Instant at);
    [[nodiscard]] HeadMove move_to(const Candidate& candidate);
    /// The first move to this head behind those that the node has followed, as a count of moves.
    [[nodiscard]] std::optional<std::uint64_t> find_later(const Node& node, const Key& key) const;

    std::deque<Key> moves_;
    /// All moves, those that are forgotten included.
    std::uint64_t count_ = 0;
    std::optional<HeadMove> last_;
    std::optional<Key> best_;
    std::optional<Candidate> candidate_;
    updates::NodeMap<Node> nodes_;
};

}  // namespace api
