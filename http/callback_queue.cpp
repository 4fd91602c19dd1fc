#include "http/callback_queue.hpp"

#include <algorithm>
#include <utility>

namespace http {

namespace {

/// After a burst the memory goes back: a daemon lives long, a burst is short.
constexpr std::size_t kBytesKept = std::size_t{128} * 1024;
/// So many rounds without much to deliver end a burst.
constexpr std::size_t kCalmRounds = 256;

}  // namespace

void CallbackQueue::add(std::shared_ptr<Transfer> transfer, Kind kind) {
    Entry& entry = entries_.emplace_back();
    entry.transfer = std::move(transfer);
    entry.kind = kind;
}

void CallbackQueue::add_bytes(const std::shared_ptr<Transfer>& transfer, std::string_view bytes,
                              const base::Clock& clock) {
    if (entries_.empty() || entries_.back().kind != Kind::kBytes ||
        entries_.back().transfer != transfer) {
        add(transfer, Kind::kBytes);
        entries_.back().offset = bytes_.size();
        entries_.back().arrived = read_at_.value_or(clock.instant());
    }
    bytes_.append(bytes);
    entries_.back().length += bytes.size();
}

void CallbackQueue::add_paused(std::shared_ptr<Transfer> transfer, const base::Clock& clock) {
    paused_.push_back({std::move(transfer), read_at_.value_or(clock.instant())});
}

bool CallbackQueue::is_paused(const Transfer& transfer) const {
    return std::any_of(paused_.begin(), paused_.end(), [&transfer](const Paused& paused) {
        return paused.transfer.get() == &transfer;
    });
}

std::shared_ptr<Transfer> CallbackQueue::take_paused() {
    Paused first = std::move(paused_.front());
    paused_.pop_front();
    read_at_ = first.at;
    return std::move(first.transfer);
}

std::vector<CallbackQueue::Entry>& CallbackQueue::take() {
    taken_.clear();
    std::swap(entries_, taken_);
    return taken_;
}

std::string_view CallbackQueue::bytes(const Entry& entry) const {
    return std::string_view{bytes_}.substr(entry.offset, entry.length);
}

void CallbackQueue::clear_taken() {
    taken_.clear();
    // Not while a burst lasts: each round would ask for the memory again.
    calm_rounds_ = bytes_.size() < kBytesKept ? calm_rounds_ + 1 : 0;
    bytes_.clear();
    if (calm_rounds_ > kCalmRounds && bytes_.capacity() > kBytesKept) {
        bytes_.shrink_to_fit();
    }
}

}  // namespace http
