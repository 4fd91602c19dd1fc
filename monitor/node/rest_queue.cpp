#include "monitor/node/rest_queue.hpp"

#include <algorithm>
#include <utility>

namespace monitor {
namespace {

constexpr int kTooManyRequests = 429;
constexpr int kServerError = 500;
constexpr int kServiceUnavailable = 503;

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
    const auto is_other = [&](const RestRequest& one) { return one.kind != failed_; };
    auto first = std::find_if(waiting_.begin(), waiting_.end(), is_other);
    first = first == waiting_.end() ? waiting_.begin() : first;
    pending_ = *first;
    waiting_.erase(first);
    return pending_;
}

void RestQueue::answered(const RestAnswer& answer, base::MonoTime now, base::Duration slot) {
    const auto request = std::exchange(pending_, std::nullopt);
    if (is_answer(answer)) {
        breaker_.succeeded();
        if (request && failed_ == request->kind) {
            failed_.reset();
        }
    } else {
        breaker_.failed();
        waiting_.clear();
        failed_ = request ? std::optional{request->kind} : failed_;
    }
    for (const beacon_api::Exchange& exchange : answer.exchanges) {
        const bool is_refusal =
            exchange.status == kTooManyRequests || exchange.status == kServiceUnavailable;
        if (is_refusal && exchange.retry_after) {
            const base::Duration wait = std::min(*exchange.retry_after, kRetryAfterSlotsMax * slot);
            breaker_.retry_after(wait, now);
        }
    }
}

void RestQueue::run_ended() {
    pending_.reset();
    waiting_.clear();
}

}  // namespace monitor
