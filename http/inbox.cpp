#include "http/inbox.hpp"

#include <utility>

namespace http {

namespace {

/// After a burst the memory goes back: a daemon lives long, a burst is short.
constexpr std::size_t kBytesKept = std::size_t{128} * 1024;

}  // namespace

void Inbox::add(std::shared_ptr<Call> call, Kind kind) {
    Note& note = notes_.emplace_back();
    note.call = std::move(call);
    note.kind = kind;
}

void Inbox::add_bytes(const std::shared_ptr<Call>& call, std::string_view bytes,
                      const base::Clock& clock) {
    if (notes_.empty() || notes_.back().kind != Kind::kBytes || notes_.back().call != call) {
        add(call, Kind::kBytes);
        notes_.back().offset = bytes_.size();
        notes_.back().arrived = clock.instant();
    }
    bytes_.append(bytes);
    notes_.back().length += bytes.size();
}

std::vector<Inbox::Note>& Inbox::take() {
    taken_.clear();
    std::swap(notes_, taken_);
    return taken_;
}

std::string_view Inbox::bytes(const Note& note) const {
    return std::string_view{bytes_}.substr(note.offset, note.length);
}

void Inbox::clear_taken() {
    taken_.clear();
    bytes_.clear();
    if (bytes_.capacity() > kBytesKept) {
        bytes_.shrink_to_fit();
    }
}

}  // namespace http
