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

}  // namespace

void HeadClaims::expect(updates::NodeId node) {
    const auto [place, is_new] = nodes_.try_emplace(node);
    if (is_new) {
        place->second.was_good = {true, true};
    }
}

void HeadClaims::set_good_standing(updates::NodeId node, bool is_good) {
    nodes_[node].is_good = is_good;
}

void HeadClaims::start_over() {
    blocks_.clear();
    open_.clear();
    proven_.clear();
    for (auto& [id, node] : nodes_) {
        node.current.clear();
        node.previous.clear();
        node.is_previous_open = false;
    }
}

bool HeadClaims::is_unproven(updates::NodeId node) const {
    const auto known = nodes_.find(node);
    return known != nodes_.end() && known->second.is_unproven;
}

std::size_t HeadClaims::good_nodes() const {
    return static_cast<std::size_t>(
        std::count_if(nodes_.begin(), nodes_.end(), [](const auto& entry) {
            const Node& node = entry.second;
            const bool was_good = node.was_good[0] || node.was_good[1];
            return (node.is_good || was_good) && !node.is_unproven;
        }));
}

std::size_t HeadClaims::needed_to_prove() const {
    const std::size_t good = good_nodes();
    if (good != 1 || nodes_.size() == 1) {
        return std::min(kNodesToProve, good);
    }
    // Whoever is back first after an outage of all is not alone yet; nor is one beside a node that
    // has a head of its own by REST, whatever is wrong with that one's stream.
    std::size_t alone = 0;
    std::size_t others = 0;
    for (const auto& [id, node] : nodes_) {
        if (node.is_unproven) {
            continue;
        }
        if (node.is_good && node.was_good[0] && node.was_good[1]) {
            ++alone;
        } else if (node.has_recent_head[0] || node.has_recent_head[1]) {
            ++others;
        }
    }
    return alone == 1 && others == 0 ? 1 : kNodesToProve;
}

std::size_t HeadClaims::count_supporters(const Block& block,
                                         std::optional<updates::NodeId> but) const {
    return static_cast<std::size_t>(
        std::count_if(block.supporters.begin(), block.supporters.end(),
                      [&](updates::NodeId node) { return node != but && !is_unproven(node); }));
}

bool HeadClaims::is_proven(const chain::Root& root) const {
    const Block* const block = blocks_.find(root);
    return block != nullptr && block->is_proven;
}

bool HeadClaims::is_agreed(const chain::Root& root) const {
    const Block* const block = blocks_.find(root);
    const std::size_t needed = needed_to_prove();
    return block != nullptr && needed > 0 && count_supporters(*block) >= needed;
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
    nodes_[node].has_recent_head[0] |= is_recent;
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
    for (auto* const claims : {&known->second.current, &known->second.previous}) {
        for (Claim& claim : *claims) {
            claim.is_refused = claim.is_refused || claim.root == root;
        }
    }
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

HeadClaims::State HeadClaims::state_of(updates::NodeId node, const Claim& claim,
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
    if (claim.is_early) {
        return State::kContradicted;
    }
    // Whether two others went on without it.
    for (std::size_t i = proven_.size(); i-- > 0;) {
        const Proven& other = proven_[i];
        const Block* const block = blocks_.find(other.root);
        if (other.slot < claim.slot || block == nullptr ||
            count_supporters(*block, node) < kNodesToProve) {
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
                                       const Ancestry& ancestry) const {
    bool all_proven = !claims.empty();
    for (const Claim& claim : claims) {
        const State state = state_of(node, claim, ancestry);
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

HeadClaims::State HeadClaims::judge(updates::NodeId id, Node& node,
                                    const std::vector<Claim>& claims,
                                    const Ancestry& ancestry) const {
    const State state = state_of(id, claims, ancestry);
    switch (state) {
        case State::kProven:
            node.contradicted_slots = 0;
            node.is_unproven = false;
            break;
        case State::kContradicted:
            ++node.contradicted_slots;
            node.is_unproven = node.is_unproven || node.contradicted_slots >= kContradictedSlotsMax;
            break;
        case State::kUnknown:
            // Where no node is left to support another, none could ever be proven again.
            if (node.is_unproven && good_nodes() == 0 && has_headers(claims, ancestry)) {
                node.contradicted_slots = 0;
                node.is_unproven = false;
            }
            break;
    }
    return state;
}

std::vector<HeadClaims::Standing> HeadClaims::end_slot(const Ancestry& ancestry) {
    std::vector<Standing> out;
    for (auto& [id, node] : nodes_) {
        const bool was_unproven = node.is_unproven;
        if (node.is_previous_open) {
            (void)judge(id, node, node.previous, ancestry);
        }
        node.is_previous_open = judge(id, node, node.current, ancestry) == State::kUnknown;
        if (node.is_unproven != was_unproven) {
            out.push_back({id, node.is_unproven});
        }
        node.previous = std::exchange(node.current, {});
        node.has_recent_head = {false, node.has_recent_head[0]};
    }
    return out;
}

std::vector<MissingHeader> HeadClaims::missing(const Ancestry& ancestry) const {
    std::vector<MissingHeader> out;
    for (const auto& [id, node] : nodes_) {
        std::size_t count = 0;
        for (const auto* const claims : {&node.current, &node.previous}) {
            // The last ones say where the node is now.
            for (auto claim = claims->rbegin();
                 claim != claims->rend() && count < kHeadersOfSlotMax; ++claim, ++count) {
                if (!claim->is_refused && ancestry.find(claim->root) == nullptr) {
                    out.push_back({claim->root, claim->root});
                }
            }
        }
    }
    return out;
}

}  // namespace monitor
