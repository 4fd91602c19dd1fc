#include "history/batch.hpp"

#include <algorithm>
#include <utility>
#include <variant>

namespace history {

void Backlog::add(updates::Message message, base::MonoTime now) {
    if (const auto* update = std::get_if<std::shared_ptr<const updates::Update>>(&message)) {
        const updates::Fact& fact = (*update)->fact;
        if (std::holds_alternative<updates::RunStarted>(fact)) {
            is_run_on_ = true;
        } else if (std::holds_alternative<updates::RunEnded>(fact)) {
            is_run_on_ = false;
        }
    } else if (const auto* snapshot = std::get_if<updates::Snapshot>(&message)) {
        is_run_on_ = snapshot->running;
    }
    if (messages_.empty()) {
        due_ = std::min(due_, now + limits_.age);
    }
    messages_.push_back(std::move(message));
}

void Backlog::look(base::Instant now, base::Duration asleep) {
    const auto gap = suspension_.look(now, asleep);
    if (!gap) {
        return;
    }
    if (unwatched_.size() < kUnwatchedMax) {
        unwatched_.push_back(*gap);
    } else {
        unwatched_.back().until = std::max(unwatched_.back().until, gap->until);
    }
    due_ = std::min(due_, now.mono + limits_.age);
}

base::MonoTime Backlog::due() const {
    return sealed_ || !has_room() ? base::MonoTime::min() : due_;
}

std::shared_ptr<const Batch> Backlog::seal(base::WallTime now, bool is_last) {
    if (!sealed_) {
        Batch batch{++number_, std::exchange(messages_, {}),  now,
                    is_last,   std::exchange(unwatched_, {}), std::exchange(passed_on_, {})};
        sealed_ = std::make_shared<const Batch>(std::move(batch));
    }
    return sealed_;
}

void Backlog::written(base::MonoTime now) {
    sealed_.reset();
    due_ = now + (messages_.empty() && unwatched_.empty() ? limits_.silence : limits_.age);
}

}  // namespace history
