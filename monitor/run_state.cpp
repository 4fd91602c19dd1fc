#include "monitor/run_state.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/time_text.hpp"

namespace monitor {
namespace {

/// Even where slots are short, a machine under load is no reason for a restart.
constexpr std::chrono::seconds kTickSilenceMin{5};

}  // namespace

RunState::RunState(const MonitorOptions& options, base::Instant start)
    : schedule_{start.mono, options.tick_twelfths} {
    if (const auto& known = known_slot_time(options)) {
        schedule_.set_slot_time(known->clock, start.mono);
    }
    persistent_.earlier_best = options.remembered_best;
    for (const RememberedTopics& topics : options.remembered_topics) {
        persistent_.upstreams.try_emplace(topics.node, topics.node)
            .first->second.remember_topics(topics.version, topics.set, start.mono - topics.age);
    }
    if (options.slot_time) {
        persistent_.chain = ChainView{ConfiguredNetwork::of(options.slot_time->clock)};
    }
}

void RunState::run_started(std::vector<Candidate> list, base::Instant now) {
    if (const base::MonoTime due = schedule_.next(now); due <= now.mono) {
        schedule_.on_tick(due, now.mono);
    }
    alive_at_ = now.mono;
    renewed_.clear();
    for (const Candidate& candidate : list) {
        const auto before = std::find_if(list_.begin(), list_.end(), [&](const Candidate& one) {
            return one.id == candidate.id;
        });
        if (before != list_.end() && before->endpoint != candidate.endpoint) {
            renewed_.push_back(candidate.id);
        }
    }
    list_ = std::move(list);
}

void RunState::on_tick(base::MonoTime scheduled, base::MonoTime now) {
    ++ticks_;
    alive_at_ = now;
    schedule_.on_tick(scheduled, now);
}

PersistentState RunState::take() {
    return std::exchange(persistent_, PersistentState{});
}

std::string RunState::find_problem(base::MonoTime now) const {
    if (!alive_at_) {
        return "";
    }
    const base::Duration limit = std::max<base::Duration>(2 * schedule_.slot(), kTickSilenceMin);
    const base::Duration silence = now - *alive_at_;
    if (silence <= limit) {
        return "";
    }
    return fmt::format("no tick for {:.1f} s", base::seconds(silence));
}

const std::optional<updates::SlotTime>& known_slot_time(const MonitorOptions& options) {
    return options.slot_time ? options.slot_time : options.remembered_slot_time;
}

}  // namespace monitor
