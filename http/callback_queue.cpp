#include "http/callback_queue.hpp"

#include <utility>

namespace http {

namespace {

/// After a burst the memory goes back: a daemon lives long, a burst is short.
constexpr std::size_t kBytesKept = std::size_t{128} * 1024;

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
        entries_.back().arrived = clock.instant();
    }
    bytes_.append(bytes);
    entries_.back().length += bytes.size();
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
    bytes_.clear();
    if (bytes_.capacity() > kBytesKept) {
        bytes_.shrink_to_fit();
    }
}

}  // namespace http
