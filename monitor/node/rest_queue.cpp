#include "monitor/node/rest_queue.hpp"

#include <algorithm>
#include <utility>

namespace monitor {
namespace {

constexpr int kTooManyRequests = 429;
constexpr int kServerError = 500;

/// Whether the node itself has answered, if only to say no.
bool is_answer(const RestAnswer& answer) {
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

void RestQueue::slot_began() {
    breaker_.slot_began();
    std::erase_if(waiting_,
                  [](const RestRequest& one) { return one.kind == RestRequest::Kind::kHeader; });
}

void RestQueue::want(const RestRequest& question) {
    if (std::find(waiting_.begin(), waiting_.end(), question) == waiting_.end()) {
        waiting_.push_back(question);
    }
}

std::optional<RestRequest> RestQueue::next(base::MonoTime now) {
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

void RestQueue::answered(const RestAnswer& answer, base::MonoTime now) {
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

void RestQueue::run_ended() {
    asking_.reset();
    waiting_.clear();
}

}  // namespace monitor
