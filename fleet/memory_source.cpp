#include "fleet/memory_source.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <variant>

#include "updates/json.hpp"
#include "updates/kind.hpp"

namespace fleet {

MemorySource::MemorySource(const boost::asio::any_io_executor& executor,
                           updates::Broadcast& broadcast, std::uint64_t origin, Capacity capacity)
    : capacity_{capacity},
      origin_{origin},
      news_{executor},
      subscription_{broadcast.listen([this](const updates::Message& message) {
          // A listener sees everything: it is told of no loss.
          if (const auto* update = std::get_if<std::shared_ptr<const updates::Update>>(&message)) {
              add(**update);
          }
      })} {}

base::Task<base::Result<Start>> MemorySource::begin() {
    co_return Start{{origin_, published_}, newest_};
}

base::Task<base::Result<Entries>> MemorySource::next(std::uint64_t after, Limits limits) {
    while (newest_ <= after) {
        (void)news_.take();
        co_await news_.wait();
    }
    Entries found{origin_, {}, newest_};
    auto place = std::lower_bound(
        ring_.begin(), ring_.end(), after + 1,
        [](const Entry& entry, std::uint64_t sequence) { return entry.sequence < sequence; });
    std::size_t bytes = 0;
    while (place != ring_.end() && found.entries.size() < limits.entries && bytes < limits.bytes) {
        bytes += place->body.size();
        found.entries.push_back(*place++);
    }
    co_return found;
}

void MemorySource::acknowledge(Position published) {
    published_ = std::max(published_, published.sequence);
    while (!ring_.empty() && ring_.front().sequence <= published_) {
        drop_first();
    }
}

void MemorySource::add(const updates::Update& update) {
    if (!changes_.is_news(update)) {
        return;
    }
    const auto node = updates::node_of(update.fact);
    Entry entry{++newest_, std::string{to_string(updates::kind_of(update.fact))}, std::nullopt,
                updates::to_json(update)};
    if (node) {
        entry.node = node->name();
    }
    bytes_ += entry.body.size();
    ring_.push_back(std::move(entry));
    while (ring_.size() > 1 && (ring_.size() > capacity_.entries || bytes_ > capacity_.bytes)) {
        drop_first();
    }
    news_.notify();
}

void MemorySource::drop_first() {
    bytes_ -= ring_.front().body.size();
    ring_.pop_front();
}

}  // namespace fleet
