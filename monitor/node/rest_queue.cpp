#include "monitor/node/rest_queue.hpp"

#include <algorithm>
#include <utility>

namespace monitor {
namespace {

constexpr int kTooManyRequests = 429;
constexpr int kServerError = 500;

/// Whether the node itself has answered, if only to say no.
bool is_answer(const RestAnswer& answer) {
    if (answer.result) {
        return true;
    }
    if (answer.exchanges.empty() || answer.result.error().code == base::ErrorCode::kDeadline ||
        answer.result.error().code == base::ErrorCode::kUnreachable) {
        return false;
    }
    const int status = answer.exchanges.back().status;
    return status != kTooManyRequests && status < kServerError;
}

}  // namespace

void RestQueue::on_tick() {
    breaker_.on_tick();
    std::erase_if(waiting_,
                  [](const RestRequest& one) { return one.kind == RestRequest::Kind::kHeader; });
}

void RestQueue::enqueue(const RestRequest& request) {
    if (std::find(waiting_.begin(), waiting_.end(), request) == waiting_.end()) {
        waiting_.push_back(request);
    }
}

void RestQueue::remove(const RestRequest& request) {
    std::erase(waiting_, request);
}

std::optional<RestRequest> RestQueue::next(base::MonoTime now) {
    if (pending_ || waiting_.empty()) {
        return std::nullopt;
    }
    if (!breaker_.try_request(now)) {
        waiting_.clear();
        return std::nullopt;
    }
    pending_ = waiting_.front();
    waiting_.pop_front();
    return pending_;
}

void RestQueue::answered(const RestAnswer& answer, base::MonoTime now) {
    pending_.reset();
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
    pending_.reset();
    waiting_.clear();
}

}  // namespace monitor
