#pragma once

#include <cstddef>
#include <deque>
#include <memory>

#include <boost/asio/any_io_executor.hpp>

#include "base/notify.hpp"
#include "fleet/source.hpp"
#include "updates/broadcast.hpp"
#include "updates/status_changes.hpp"

namespace fleet {

/// Updates in a ring, for a headmon without a history: what does not fit goes, the oldest first,
/// and leaves a hole in the sequences. With the process all of it goes.
class MemorySource final : public Source {
  public:
    struct Capacity {
        std::size_t entries = 16'384;
        std::size_t bytes = std::size_t{16} * 1024 * 1024;
    };

    /// `broadcast` outlives it. `origin` is random.
    MemorySource(const boost::asio::any_io_executor& executor, updates::Broadcast& broadcast,
                 std::uint64_t origin)
        : MemorySource{executor, broadcast, origin, Capacity{}} {}
    MemorySource(const boost::asio::any_io_executor& executor, updates::Broadcast& broadcast,
                 std::uint64_t origin, Capacity capacity);

    [[nodiscard]] base::Task<base::Result<Start>> begin() override;
    [[nodiscard]] base::Task<base::Result<Entries>> next(std::uint64_t after,
                                                         Limits limits) override;
    void acknowledge(Position published) override;

  private:
    void add(const updates::Update& update);
    void drop_first();

    Capacity capacity_;
    std::uint64_t origin_;
    std::uint64_t newest_ = 0;
    std::uint64_t published_ = 0;
    std::deque<Entry> ring_;
    std::size_t bytes_ = 0;
    updates::StatusChanges changes_;
    base::Notify news_;
    std::unique_ptr<updates::Broadcast::Subscription> subscription_;
};

}  // namespace fleet
