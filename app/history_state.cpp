#include "app/history_state.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>
#include <utility>

#include "history/last_state.hpp"

namespace app {
namespace {

/// The nodes that are followed; names that only the file knows are not ours to add.
void take_topics(config::Config& config, std::vector<history::LastState::Topics> topics) {
    for (history::LastState::Topics& one : topics) {
        const auto followed =
            std::find_if(config.candidates.begin(), config.candidates.end(),
                         [&](const auto& node) { return node.id.name() == one.node; });
        if (followed != config.candidates.end()) {
            config.monitor.remembered_topics.push_back(
                {followed->id, std::move(one.version), one.set, one.age});
        }
    }
}

}  // namespace

config::Config with_history_state(config::Config config, logging::Log& log) {
    if (config.history.path.empty()) {
        return config;
    }
    auto last = history::read_last_state(config.history.path, std::chrono::system_clock::now());
    if (!last) {
        // No file: the first start. What else is wrong, its writer reports too.
        if (last.error().code != history::ErrorCode::kCannotOpen) {
            log.write(logging::LogLine{logging::LogLevel::kWarning,
                                       "nothing taken over from the history",
                                       {{"problem", last.error().detail}}});
        }
        return config;
    }
    monitor::MonitorOptions& options = config.monitor;
    const bool takes_slot_time =
        last->slot_clock && !options.slot_time && !options.remembered_slot_time;
    if (takes_slot_time) {
        options.remembered_slot_time =
            updates::SlotTime{*last->slot_clock, updates::SlotTimeSource::kHistory, std::nullopt};
    }
    // Slots of another chain are no floor for those of ours.
    const auto& known = options.slot_time ? options.slot_time : options.remembered_slot_time;
    if (known && last->slot_clock == known->clock) {
        options.remembered_best = last->best_head;
    }
    take_topics(config, std::move(last->topics));
    if (takes_slot_time || options.remembered_best || !options.remembered_topics.empty()) {
        const auto best = options.remembered_best;
        log.write(logging::LogLine{
            logging::LogLevel::kInfo,
            "taken over from the history",
            {{"slot_time", takes_slot_time ? "yes" : "no"},
             {"best_head_slot", best ? std::to_string(best->value) : "unknown"},
             {"topics_of_nodes", static_cast<std::int64_t>(options.remembered_topics.size())}}});
    }
    return config;
}

}  // namespace app
