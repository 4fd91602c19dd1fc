#include "monitor/chain_view.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "chain/attestation_deadline.hpp"
#include "monitor/spec_vote.hpp"

namespace monitor {
namespace {

/// A wall clock that moved this far against the monotonic one was set, not slewed: ntpd's default
/// step threshold. https://www.ntp.org/documentation/4.2.8-series/clock/
constexpr base::Duration kWallStep = std::chrono::milliseconds{128};

}  // namespace

NetworkGuard::Change ChainView::set_candidates(const std::vector<updates::NodeId>& nodes,
                                               const std::vector<updates::NodeId>& exempt) {
    order_ = nodes;
    clock_.set_candidates(nodes);
    const auto is_gone = [&](updates::NodeId node) {
        return std::find(nodes.begin(), nodes.end(), node) == nodes.end();
    };
    erase_if(specs_, [&](const auto& entry) { return is_gone(entry.first); });
    std::erase_if(without_spec_, is_gone);
    is_vote_due_ = true;
    return guard_.set_candidates(nodes, exempt);
}

NetworkGuard::Change ChainView::end_wait() {
    NetworkGuard::Change change = guard_.end_wait();
    checks_changed(change);
    return change;
}

NetworkGuard::Change ChainView::identity_answered(updates::NodeId node,
                                                  const ChainIdentity& identity) {
    NetworkGuard::Change change = guard_.answered(node, identity);
    checks_changed(change);
    return change;
}

void ChainView::checks_changed(const NetworkGuard::Change& change) {
    is_vote_due_ = is_vote_due_ || !change.rejected.empty() || !change.disputed.empty();
    for (const updates::NodeId node : change.accepted) {
        if (const auto spec = specs_.find(node); spec != specs_.end()) {
            spec_counts(spec->second);
        }
    }
}

void ChainView::spec_counts(const chain::Spec& spec) {
    is_vote_due_ = is_vote_due_ || spec_ != spec;
}

void ChainView::forget(updates::NodeId node) {
    is_vote_due_ = true;
    guard_.forget(node);
    specs_.erase(node);
    without_spec_.erase(node);
    clock_.forget(node);
}

std::string ChainView::reported_network(updates::NodeId node) const {
    const auto chain = guard_.reported(node);
    return chain ? to_string(*chain) : std::string{};
}

void ChainView::spec_answered(updates::NodeId node, const base::Result<chain::Spec>& spec) {
    if (spec) {
        specs_.insert_or_assign(node, *spec);
        if (counts(node)) {
            spec_counts(*spec);
        }
        without_spec_.erase(node);
    } else {
        without_spec_.insert(node);
    }
}

std::optional<chain::Spec> ChainView::vote_spec() {
    if (!std::exchange(is_vote_due_, false)) {
        return std::nullopt;
    }
    std::vector<chain::Spec> specs;
    for (const updates::NodeId node : order_) {
        const auto spec = specs_.find(node);
        if (spec != specs_.end() && counts(node)) {
            specs.push_back(spec->second);
        }
    }
    auto spec = vote(specs);
    if (!spec || spec == spec_) {
        return std::nullopt;
    }
    spec_ = std::move(spec);
    return spec_;
}

std::optional<ChainView::ForkDistance> ChainView::find_fork(base::WallTime now) const {
    const auto slot = slot_time_ ? slot_time_->clock.slot_at(now) : std::nullopt;
    if (!slot || !spec_ || !spec_->gloas_fork_epoch) {
        return std::nullopt;
    }
    return ForkDistance{chain::epoch_of(*slot, *spec_), *spec_->gloas_fork_epoch};
}

updates::SlotTime ChainView::agreed_slot_time() const {
    const ChainIdentity& chain = guard_.agreed().value();
    updates::SlotTime slot_time{chain::SlotClock{chain.genesis_time, chain.slot_duration.value()},
                                updates::SlotTimeSource::kNode, std::nullopt};
    const auto source = std::find_if(order_.begin(), order_.end(), [&](updates::NodeId node) {
        return counts(node) && guard_.reported(node);
    });
    if (source != order_.end()) {
        slot_time.node = *source;
    }
    return slot_time;
}

bool ChainView::set_slot_time(const updates::SlotTime& slot_time) {
    if (slot_time_ && slot_time_->clock == slot_time.clock) {
        return false;
    }
    slot_time_ = slot_time;
    clock_.set_slot_duration(slot_duration());
    return true;
}

base::Duration ChainView::slot_duration() const {
    return slot_time_ ? slot_time_->clock.slot_duration() : chain::kDefaultSlotDuration;
}

bool ChainView::is_before_genesis(base::WallTime now) const {
    return slot_time_ && !slot_time_->clock.slot_at(now).has_value();
}

std::optional<std::uint64_t> ChainView::age_of(chain::Slot slot, base::WallTime now) const {
    const auto current = slot_time_ ? slot_time_->clock.slot_at(now) : std::nullopt;
    return current ? std::optional{distance(slot, *current)} : std::nullopt;
}

bool ChainView::is_recent(chain::Slot slot, base::WallTime now) const {
    const auto current = slot_time_ ? slot_time_->clock.slot_at(now) : std::nullopt;
    return !current || slot >= *current || current->value - slot.value <= 1;
}

bool ChainView::is_ahead_of_clock(chain::Slot slot, base::WallTime now) const {
    return slot_time_ && slot_time_->clock.delay_into(slot, now) < -slot_duration();
}

bool ChainView::check_wall_clock(base::Instant now) {
    const base::Duration offset = now.wall.time_since_epoch() - now.mono.time_since_epoch();
    const auto before = std::exchange(wall_offset_, offset);
    if (!before || std::chrono::abs(offset - *before) <= kWallStep) {
        return false;
    }
    clock_.wall_stepped();
    return true;
}

}  // namespace monitor
