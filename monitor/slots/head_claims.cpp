#include "monitor/slots/head_claims.hpp"

#include <algorithm>
#include <utility>

namespace monitor {
namespace {

constexpr std::size_t kOpenMax = 256;
constexpr std::size_t kProvenMax = 64;
/// How far below a reported head blocks gain support by it.
constexpr int kSupportSteps = 64;
constexpr std::size_t kNodesToProve = 2;

/// In good standing now or at one of the last two ticks.
bool was_good_lately(const auto& node) {
    return node.is_good || node.was_good[0] || node.was_good[1];
}

}  // namespace

void HeadClaims::expect(updates::NodeId node) {
    const auto [place, is_new] = nodes_.try_emplace(node);
    if (is_new) {
        place->second.was_good = {true, true};
        counts_.reset();
    }
}

void HeadClaims::set_good_standing(updates::NodeId node, bool is_good) {
    nodes_[node].is_good = is_good;
    counts_.reset();
}

void HeadClaims::start_over() {
    blocks_.clear();
    open_.clear();
    proven_.clear();
    for (auto& [id, node] : nodes_) {
        node.current.clear();
        node.open.clear();
        node.recent_heads = {};
    }
    counts_.reset();
}

bool HeadClaims::is_unproven(updates::NodeId node) const {
    const auto known = nodes_.find(node);
    return known != nodes_.end() && known->second.is_unproven;
}

const HeadClaims::Counts& HeadClaims::counts() const {
    if (!counts_) {
        Counts counts;
        for (const auto& [id, node] : nodes_) {
            if (node.is_unproven) {
                continue;
            }
            const bool is_good = was_good_lately(node);
            counts.good += is_good ? 1 : 0;
            counts.voices += is_good || has_recent_head(node) ? 1 : 0;
        }
        counts_ = counts;
    }
    return *counts_;
}

std::optional<updates::NodeId> HeadClaims::find_alone() const {
    if (good_nodes() != 1) {
        return std::nullopt;
    }
    // Whoever is back first after an outage of all is not alone yet; nor is one beside a node that
    // has a head of its own by REST, whatever is wrong with that one's stream.
    std::optional<updates::NodeId> alone;
    for (const auto& [id, node] : nodes_) {
        const bool is_lasting = node.is_good && node.was_good[0] && node.was_good[1];
        if (!node.is_unproven && (is_lasting || nodes_.size() == 1)) {
            alone = id;
        } else if (!node.is_unproven && has_recent_head(node)) {
            return std::nullopt;
        }
    }
    return alone;
}

bool HeadClaims::is_supported(const Block& block, std::optional<updates::NodeId> but) const {
    std::size_t count = 0;
    return std::any_of(block.supporters.begin(), block.supporters.end(), [&](updates::NodeId id) {
        const auto node = nodes_.find(id);
        count += id != but && node != nodes_.end() && !node->second.is_unproven ? 1U : 0U;
        return count >= kNodesToProve;
    });
}

bool HeadClaims::is_proven(const chain::Root& root) const {
    const Block* const block = blocks_.find(root);
    return block != nullptr && block->is_proven;
}

bool HeadClaims::is_agreed(const chain::Root& root) const {
    const Block* const block = blocks_.find(root);
    if (block == nullptr || good_nodes() == 0) {
        return false;
    }
    if (is_supported(*block)) {
        return true;
    }
    const auto alone = find_alone();
    const auto& supporters = block->supporters;
    return alone && std::find(supporters.begin(), supporters.end(), *alone) != supporters.end();
}

std::optional<updates::NodeId> HeadClaims::first_reporter(const chain::Root& root) const {
    const Block* const block = blocks_.find(root);
    return block == nullptr ? std::nullopt : block->first_reporter;
}

void HeadClaims::support(chain::Root root, updates::NodeId node, const Ancestry& ancestry) {
    for (int steps = 0; steps < kSupportSteps; ++steps) {
        Block& block = *blocks_.try_emplace(root).first;
        auto& supporters = block.supporters;
        if (std::find(supporters.begin(), supporters.end(), node) != supporters.end()) {
            return;
        }
        if (supporters.size() < kSupportersMax) {
            supporters.push_back(node);
        }
        const Ancestry::Header* const header = ancestry.find(root);
        if (header == nullptr || block.is_proven) {
            return;
        }
        root = header->parent;
    }
}

void HeadClaims::on_tick() {
    for (auto& [id, node] : nodes_) {
        node.admitted = 0;
        node.was_good = {node.is_good, node.was_good[0]};
    }
    counts_.reset();
}

bool HeadClaims::admit(updates::NodeId node) {
    std::size_t& admitted = nodes_[node].admitted;
    if (admitted == kHeadsOfSlotMax) {
        return false;
    }
    ++admitted;
    return true;
}

void HeadClaims::reported(updates::NodeId node, const chain::Head& head, bool is_recent,
                          const Ancestry& ancestry) {
    if (is_recent) {
        set_recent(nodes_[node]);
    }
    const chain::Root& root = head.block;
    const auto state = head.payload_status == chain::PayloadStatus::kFull
                           ? std::nullopt
                           : std::optional{head.state};
    auto& claims = nodes_[node].current;
    const bool is_known = std::any_of(claims.begin(), claims.end(), [&](const Claim& claim) {
        return claim.root == root && claim.slot == head.slot && claim.state == state;
    });
    if (is_known) {
        return;
    }
    // Without slot time no slot ends.
    if (claims.size() >= 2 * kHeadsOfSlotMax) {
        claims.erase(claims.begin());
    }
    claims.push_back({root, head.slot, state, false, false});
    Block& block = *blocks_.try_emplace(root).first;
    if (!block.first_reporter) {
        block.first_reporter = node;
        if (ancestry.find(root) != nullptr) {
            open_.push_back(root);
        }
    }
    support(root, node, ancestry);
}

void HeadClaims::has_head(updates::NodeId node, const chain::Root& root, const Ancestry& ancestry) {
    set_recent(nodes_[node]);
    support(root, node, ancestry);
}

void HeadClaims::header_added(const chain::Root& root, const Ancestry& ancestry) {
    const Block* const block = blocks_.find(root);
    const Ancestry::Header* const header = ancestry.find(root);
    if (block == nullptr || header == nullptr) {
        return;
    }
    if (block->first_reporter && !block->is_proven) {
        open_.push_back(root);
    }
    const auto supporters = block->supporters;
    for (const updates::NodeId node : supporters) {
        support(header->parent, node, ancestry);
    }
}

void HeadClaims::came_early(updates::NodeId node, const chain::Root& root) {
    for (Claim& claim : nodes_[node].current) {
        claim.is_early = claim.is_early || claim.root == root;
    }
}

void HeadClaims::header_refused(updates::NodeId node, const chain::Root& root) {
    const auto known = nodes_.find(node);
    if (known == nodes_.end()) {
        return;
    }
    const auto refuse = [&](std::vector<Claim>& claims) {
        for (Claim& claim : claims) {
            claim.is_refused = claim.is_refused || claim.root == root;
        }
    };
    refuse(known->second.current);
    std::for_each(known->second.open.begin(), known->second.open.end(), refuse);
}

std::vector<HeadClaims::Proven> HeadClaims::settle(const Ancestry& ancestry) {
    std::vector<Proven> out;
    while (open_.size() > kOpenMax) {
        open_.pop_front();
    }
    std::erase_if(open_, [&](const chain::Root& root) {
        Block* const block = blocks_.find(root);
        const Ancestry::Header* const header = ancestry.find(root);
        if (block == nullptr || header == nullptr || block->is_proven) {
            return true;
        }
        if (!is_agreed(root)) {
            return false;
        }
        block->is_proven = true;
        out.push_back({root, header->slot, header->parent});
        return true;
    });
    proven_.insert(proven_.end(), out.begin(), out.end());
    while (proven_.size() > kProvenMax) {
        proven_.pop_front();
    }
    return out;
}

HeadClaims::State HeadClaims::state_of(updates::NodeId node, const Claim& claim, bool is_new,
                                       const Ancestry& ancestry) const {
    const Ancestry::Header* const header = ancestry.find(claim.root);
    const bool is_of_another =
        header != nullptr &&
        (header->slot != claim.slot || header->state != claim.state.value_or(header->state));
    if (claim.is_refused || is_of_another) {
        return State::kContradicted;
    }
    if (is_proven(claim.root)) {
        return State::kProven;
    }
    if (claim.is_early && !is_agreed(claim.root)) {
        // Its own slot has only begun: where our clock is late, the others have it soon.
        return is_new ? State::kUnknown : State::kContradicted;
    }
    // Whether two others went on without it.
    for (std::size_t i = proven_.size(); i-- > 0;) {
        const Proven& other = proven_[i];
        const Block* const block = blocks_.find(other.root);
        if (other.slot < claim.slot || block == nullptr || !is_supported(*block, node)) {
            continue;
        }
        switch (ancestry.relation(claim.root, other.root)) {
            case Relation::kDiverged:
            case Relation::kDescendant:
                return State::kContradicted;
            case Relation::kSame:
            case Relation::kAncestor:
                return State::kUnknown;
            case Relation::kUnknown:
                // Nobody has a header of it, and the others' branch, whose headers are known, does
                // not hold it.
                return header == nullptr ? State::kContradicted : State::kUnknown;
        }
    }
    return State::kUnknown;
}

HeadClaims::State HeadClaims::state_of(updates::NodeId node, const std::vector<Claim>& claims,
                                       bool is_new, const Ancestry& ancestry) const {
    bool all_proven = !claims.empty();
    for (const Claim& claim : claims) {
        const State state = state_of(node, claim, is_new, ancestry);
        if (state == State::kContradicted) {
            return State::kContradicted;
        }
        all_proven = all_proven && state == State::kProven;
    }
    return all_proven ? State::kProven : State::kUnknown;
}

bool HeadClaims::has_headers(const std::vector<Claim>& claims, const Ancestry& ancestry) {
    return !claims.empty() && std::all_of(claims.begin(), claims.end(), [&](const Claim& claim) {
        return ancestry.find(claim.root) != nullptr;
    });
}

bool HeadClaims::has_recent_head(const Node& node) {
    return node.recent_heads[0] || node.recent_heads[1];
}

void HeadClaims::set_recent(Node& node) {
    if (!std::exchange(node.recent_heads[0], true)) {
        counts_.reset();
    }
}

void HeadClaims::judge(updates::NodeId id, Node& node, const Ancestry& ancestry) {
    const bool was_unproven = node.is_unproven;
    bool is_contradicted = false;
    std::erase_if(node.open, [&](const std::vector<Claim>& claims) {
        const State state = state_of(id, claims, false, ancestry);
        is_contradicted = is_contradicted || state == State::kContradicted;
        return state != State::kUnknown;
    });
    const State state = state_of(id, node.current, true, ancestry);
    if (is_contradicted || state == State::kContradicted) {
        // However many slots it is that are decided now.
        node.doubt = std::min(node.doubt + kDoubtOfContradiction, kDoubtMax);
        node.is_unproven = node.is_unproven || node.doubt == kDoubtMax;
    } else if (state == State::kProven) {
        node.doubt = std::max(0, (node.is_unproven ? kDoubtMax - 1 : node.doubt) - 1);
        node.is_unproven = false;
    } else if (node.is_unproven && voices() == 0 && has_headers(node.current, ancestry)) {
        // Where no node is left to support another, none could ever be proven again.
        node.doubt = 0;
        node.is_unproven = false;
    }
    if (node.is_unproven != was_unproven) {
        counts_.reset();
    }
    if (state == State::kUnknown && !node.current.empty()) {
        node.open.push_back(std::move(node.current));
        if (node.open.size() > kOpenSlotsMax) {
            node.open.pop_front();
        }
    }
    node.current.clear();
}

std::vector<HeadClaims::Standing> HeadClaims::end_slot(const Ancestry& ancestry) {
    std::vector<Standing> out;
    for (auto& [id, node] : nodes_) {
        const bool was_unproven = node.is_unproven;
        judge(id, node, ancestry);
        if (node.is_unproven != was_unproven) {
            out.push_back({id, node.is_unproven});
        }
        const bool had_recent_head = has_recent_head(node);
        node.recent_heads = {false, node.recent_heads[0]};
        if (has_recent_head(node) != had_recent_head) {
            counts_.reset();
        }
    }
    return out;
}

std::vector<MissingHeader> HeadClaims::missing(const Ancestry& ancestry) const {
    std::vector<MissingHeader> out;
    for (const auto& [id, node] : nodes_) {
        std::size_t count = 0;
        const auto add = [&](const std::vector<Claim>& claims) {
            // The last ones say where the node is now.
            for (auto claim = claims.rbegin(); claim != claims.rend() && count < kHeadersOfSlotMax;
                 ++claim, ++count) {
                if (!claim->is_refused && ancestry.find(claim->root) == nullptr) {
                    out.push_back({claim->root, claim->root});
                }
            }
        };
        add(node.current);
        std::for_each(node.open.rbegin(), node.open.rend(), add);
    }
    return out;
}

}  // namespace monitor
