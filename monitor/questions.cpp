#include "monitor/questions.hpp"

#include <algorithm>
#include <utility>

namespace monitor {
namespace {

constexpr int kTooManyRequests = 429;
constexpr int kServerError = 500;

/// Whether the node itself has answered, if only to say no.
bool is_answer(const NodeAnswer& answer) {
    if (answer.said) {
        return true;
    }
    if (answer.exchanges.empty() || answer.said.error().code == base::ErrorCode::kDeadline ||
        answer.said.error().code == base::ErrorCode::kUnreachable) {
        return false;
    }
    const int status = answer.exchanges.back().status;
    return status != kTooManyRequests && status < kServerError;
}

}  // namespace

void Questions::slot_began() {
    breaker_.slot_began();
    std::erase_if(waiting_,
                  [](const Question& one) { return one.kind == Question::Kind::kHeader; });
}

void Questions::want(const Question& question) {
    if (std::find(waiting_.begin(), waiting_.end(), question) == waiting_.end()) {
        waiting_.push_back(question);
    }
}

std::optional<Question> Questions::next(base::MonoTime now) {
    if (asking_ || waiting_.empty()) {
        return std::nullopt;
    }
    if (!breaker_.ask(now)) {
        waiting_.clear();
        return std::nullopt;
    }
    asking_ = waiting_.front();
    waiting_.pop_front();
    return asking_;
}

void Questions::answered(const NodeAnswer& answer, base::MonoTime now) {
    asking_.reset();
    if (is_answer(answer)) {
        breaker_.succeeded();
    } else {
        breaker_.failed();
        waiting_.clear();
    }
    for (const beacon_api::Exchange& exchange : answer.exchanges) {
        if (exchange.retry_after) {
            breaker_.retry_after(*exchange.retry_after, now);
        }
    }
}

void Questions::run_ended() {
    asking_.reset();
    waiting_.clear();
}

}  // namespace monitor
