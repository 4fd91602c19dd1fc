#include "monitor/slots/reorg_detector.hpp"

#include <algorithm>
#include <unordered_set>
#include <utility>

namespace monitor {
namespace {

/// Whether one of the two goes on from the other.
bool is_one_line(Relation relation) {
    return relation == Relation::kSame || relation == Relation::kAncestor ||
           relation == Relation::kDescendant;
}

struct HeadPair {
    chain::Root from;
    chain::Root to;

    friend bool operator==(const HeadPair&, const HeadPair&) = default;
};

struct HeadPairHash {
    std::size_t operator()(const HeadPair& pair) const noexcept {
        return std::hash<chain::Root>{}(pair.from) * 31 + std::hash<chain::Root>{}(pair.to);
    }
};

updates::Reorg reorg_of(const chain::Root& old_head, const chain::Root& new_head,
                        const Ancestry::Depth& depth) {
    updates::Reorg reorg;
    reorg.old_head = old_head;
    reorg.new_head = new_head;
    reorg.depth = depth.blocks;
    reorg.is_depth_exact = depth.is_exact;
    reorg.certainty = updates::Certainty::kConfirmed;
    return reorg;
}

}  // namespace

void ReorgDetector::head(updates::NodeId node, const chain::Root& root, base::MonoTime at) {
    Node& known = nodes_[node];
    if (known.head == root) {
        return;
    }
    if (known.head) {
        known.moves.push_back({*known.head, root, at, std::nullopt});
        if (known.moves.size() > kMovesMax) {
            known.moves.erase(known.moves.begin());
        }
        moved_.insert(node);
    }
    known.head = root;
}

void ReorgDetector::forget(updates::NodeId node) {
    nodes_.erase(node);
    moved_.erase(node);
    claimants_.erase(node);
    droppers_.erase(node);
}

bool ReorgDetector::has_fallen(const chain::Root& old_head) const {
    return std::find(fallen_.begin(), fallen_.end(), old_head) != fallen_.end();
}

std::optional<updates::Reorg> ReorgDetector::reported(updates::NodeId node,
                                                      const beacon_api::ChainReorgEvent& event,
                                                      base::MonoTime at) {
    Node& known = nodes_[node];
    const auto is_same = [&](const Claim& claim) {
        return claim.old_head == event.old_head_block && claim.new_head == event.new_head_block;
    };
    if (event.old_head_block == event.new_head_block || known.claims.size() >= kClaimsMax ||
        std::any_of(known.claims.begin(), known.claims.end(), is_same)) {
        return std::nullopt;
    }
    known.claims.push_back({event.old_head_block, event.new_head_block, at, false});
    claimants_.insert(node);
    const bool is_claimed =
        std::any_of(claimants_.begin(), claimants_.end(), [&](updates::NodeId other) {
            const auto& claims = nodes_.at(other).claims;
            return other != node && std::any_of(claims.begin(), claims.end(), is_same);
        });
    if (is_claimed || has_fallen(event.old_head_block)) {
        return std::nullopt;
    }
    updates::Reorg reorg;
    reorg.old_head = event.old_head_block;
    reorg.new_head = event.new_head_block;
    reorg.depth = event.depth;
    reorg.reported_by = node;
    return reorg;
}

void ReorgDetector::best_head(const chain::Root& root, base::MonoTime now) {
    if (!tip_) {
        tip_ = root;
    }
    if (best_.value_or(*tip_) != root) {
        best_ = root;
        best_since_ = now;
        // What is best again may fall again.
        std::erase(fallen_, root);
    }
}

std::optional<Ancestry::Depth> ReorgDetector::find_depth(const chain::Root& old_head,
                                                         const chain::Root& new_head,
                                                         const Ancestry& ancestry,
                                                         base::MonoTime since,
                                                         base::MonoTime now) const {
    const Ancestry::Depth depth = ancestry.depth(old_head, new_head);
    const bool must_wait = depth.missing.has_value() && now - since <= patience_;
    return must_wait ? std::nullopt : std::optional{depth};
}

void ReorgDetector::confirm(const updates::Reorg& reorg, Found& found) {
    if (has_fallen(reorg.old_head)) {
        return;
    }
    if (fallen_.size() == kFallsMax) {
        fallen_.pop_front();
    }
    fallen_.push_back(reorg.old_head);
    found.reorgs.push_back(reorg);
}

void ReorgDetector::skip_falls_back(Node& node, const Ancestry& ancestry) {
    for (auto move = node.moves.begin(); move != node.moves.end();) {
        if (move->dropped || ancestry.relation(move->from, move->to) != Relation::kDescendant) {
            ++move;
            continue;
        }
        const chain::Root tip = move->from;
        move = node.moves.erase(move);
        (move == node.moves.end() ? *node.head : move->from) = tip;
        // A move that begins and ends at the same head was none.
        if (move != node.moves.end() && move->from == move->to) {
            move = node.moves.erase(move);
        }
    }
}

void ReorgDetector::settle_moves(const Ancestry& ancestry, base::MonoTime now, Found& found) {
    const bool is_all = version_ != ancestry.version() || now > all_due_at_;
    if (is_all) {
        all_due_at_ = base::MonoTime::max();
        for (auto& [id, node] : nodes_) {
            settle_moves_of(id, node, ancestry, now, found);
        }
    } else {
        for (const updates::NodeId id : moved_) {
            settle_moves_of(id, nodes_.at(id), ancestry, now, found);
        }
    }
    version_ = ancestry.version();
    moved_.clear();
}

void ReorgDetector::settle_moves_of(updates::NodeId id, Node& node, const Ancestry& ancestry,
                                    base::MonoTime now, Found& found) {
    skip_falls_back(node, ancestry);
    std::erase_if(node.moves, [&](Move& move) {
        if (move.dropped) {
            return now - move.at > 2 * patience_;
        }
        const Relation relation = ancestry.relation(move.from, move.to);
        if (relation == Relation::kUnknown) {
            return now - move.at > patience_;
        }
        if (relation != Relation::kDiverged) {
            return true;
        }
        const auto depth = find_depth(move.from, move.to, ancestry, move.at, now);
        if (depth) {
            move.dropped = depth;
            found.of_nodes.push_back(
                {id, updates::HeadReorg{move.from, move.to, depth->blocks, depth->is_exact}});
        }
        return false;
    });
    bool has_dropped = false;
    for (const Move& move : node.moves) {
        has_dropped = has_dropped || move.dropped.has_value();
        all_due_at_ = std::min(all_due_at_, move.at + (move.dropped ? 2 : 1) * patience_);
    }
    if (has_dropped) {
        droppers_.insert(id);
    } else {
        droppers_.erase(id);
    }
}

void ReorgDetector::settle_claim(updates::NodeId id, const Node& node, Claim& claim,
                                 const Ancestry& ancestry, const HeadClaims& claims,
                                 base::MonoTime now, Found& found) {
    const Relation relation = ancestry.relation(claim.old_head, claim.new_head);
    if (relation == Relation::kSame || relation == Relation::kAncestor) {
        updates::Reorg reorg = reorg_of(claim.old_head, claim.new_head, {});
        reorg.is_depth_exact = true;
        reorg.certainty = updates::Certainty::kRefuted;
        reorg.reported_by = id;
        found.reorgs.push_back(reorg);
        claim.is_settled = true;
        return;
    }
    const bool moved_so = std::any_of(node.moves.begin(), node.moves.end(), [&](const Move& move) {
        return move.dropped && is_one_line(ancestry.relation(move.from, claim.old_head)) &&
               is_one_line(ancestry.relation(move.to, claim.new_head));
    });
    // Where others can outvote it, its own moves are no more than its word.
    const bool is_believed =
        !claims.is_unproven(id) &&
        (claims.voices() < HeadClaims::kNodesWithMajority || claims.is_proven(claim.new_head));
    const auto depth = moved_so && is_believed
                           ? find_depth(claim.old_head, claim.new_head, ancestry, claim.at, now)
                           : std::nullopt;
    if (depth) {
        updates::Reorg reorg = reorg_of(claim.old_head, claim.new_head, *depth);
        reorg.reported_by = id;
        confirm(reorg, found);
        claim.is_settled = true;
    }
}

bool ReorgDetector::has_mover(const chain::Root& from, const chain::Root& to,
                              const Ancestry& ancestry) const {
    const auto is_mover = [&](const Move& move) {
        return move.dropped && is_one_line(ancestry.relation(move.from, from)) &&
               is_one_line(ancestry.relation(move.to, to));
    };
    return std::any_of(droppers_.begin(), droppers_.end(), [&](updates::NodeId id) {
        const auto& moves = nodes_.at(id).moves;
        return std::any_of(moves.begin(), moves.end(), is_mover);
    });
}

bool ReorgDetector::is_held(const chain::Root& tip, const chain::Root& other,
                            const Ancestry& ancestry) const {
    return std::any_of(nodes_.begin(), nodes_.end(), [&](const auto& entry) {
        const auto& head = entry.second.head;
        return head && is_one_line(ancestry.relation(*head, tip)) &&
               !is_one_line(ancestry.relation(*head, other));
    });
}

void ReorgDetector::settle_best(const Ancestry& ancestry, base::MonoTime now, Found& found) {
    if (!best_) {
        return;
    }
    const Relation relation = ancestry.relation(*tip_, *best_);
    if (relation == Relation::kSame || relation == Relation::kAncestor) {
        tip_ = std::exchange(best_, std::nullopt);
        return;
    }
    const bool is_over = now - best_since_ > patience_;
    if (relation == Relation::kUnknown) {
        if (is_over) {
            tip_ = std::exchange(best_, std::nullopt);
        }
        return;
    }
    if (has_mover(*tip_, *best_, ancestry)) {
        const auto depth = find_depth(*tip_, *best_, ancestry, best_since_, now);
        if (depth) {
            confirm(reorg_of(*tip_, *best_, *depth), found);
            tip_ = std::exchange(best_, std::nullopt);
        }
    } else if (is_over && !is_held(*tip_, *best_, ancestry)) {
        // Whoever was on the branch went away without being seen on another.
        tip_ = std::exchange(best_, std::nullopt);
    }
}

void ReorgDetector::settle_joins(const HeadClaims& claims, Found& found) {
    if (claims.voices() >= HeadClaims::kNodesWithMajority) {
        return;
    }
    for (const updates::NodeId id : droppers_) {
        for (const Move& move : nodes_.at(id).moves) {
            if (move.dropped && claims.is_proven(move.to) && !claims.is_proven(move.from) &&
                !claims.is_unproven(id)) {
                confirm(reorg_of(move.from, move.to, *move.dropped), found);
            }
        }
    }
}

ReorgDetector::Found ReorgDetector::settle(const Ancestry& ancestry, const HeadClaims& claims,
                                           base::MonoTime now) {
    Found found;
    settle_moves(ancestry, now, found);
    for (const updates::NodeId id : claimants_) {
        Node& node = nodes_.at(id);
        for (Claim& claim : node.claims) {
            if (!claim.is_settled) {
                settle_claim(id, node, claim, ancestry, claims, now, found);
            }
        }
        std::erase_if(node.claims,
                      [&](const Claim& claim) { return now - claim.at > 2 * patience_; });
    }
    std::erase_if(claimants_, [&](updates::NodeId id) { return nodes_.at(id).claims.empty(); });
    settle_best(ancestry, now, found);
    settle_joins(claims, found);
    return found;
}

std::vector<MissingHeader> ReorgDetector::missing(const Ancestry& ancestry,
                                                  const HeadClaims& claims) const {
    std::vector<MissingHeader> out;
    const auto add = [&](const chain::Root& first, const chain::Root& second) {
        if (const auto missing = ancestry.find_missing(first, second)) {
            out.push_back(*missing);
        } else if (!is_one_line(ancestry.relation(first, second)) ||
                   ancestry.relation(first, second) == Relation::kDescendant) {
            if (const auto deeper = ancestry.depth(first, second).missing) {
                out.push_back(*deeper);
            }
        }
    };
    // Nodes of one network make the same moves.
    std::unordered_set<HeadPair, HeadPairHash> asked;
    for (const auto& [id, node] : nodes_) {
        for (const Move& move : node.moves) {
            if (!move.dropped && !claims.is_unproven(id) &&
                asked.insert({move.from, move.to}).second) {
                add(move.from, move.to);
            }
        }
    }
    if (tip_ && best_) {
        add(*tip_, *best_);
    }
    return out;
}

}  // namespace monitor
