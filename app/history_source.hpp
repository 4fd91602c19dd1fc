#pragma once

#include <cstdint>

#include <boost/asio/any_io_executor.hpp>

#include "base/notify.hpp"
#include "fleet/source.hpp"
#include "history/batch.hpp"
#include "history/reader.hpp"

namespace app {

/// The outbox of the history, for who publishes it. Lives on the event loop.
class HistorySource final : public fleet::Source {
  public:
    /// Both outlive it.
    HistorySource(const boost::asio::any_io_executor& executor, history::Reader& reader,
                  history::Backlog& backlog)
        : reader_{reader}, backlog_{backlog}, news_{executor} {}

    /// A batch is in the database.
    void written() {
        is_written_ = true;
        news_.notify();
    }

    [[nodiscard]] base::Task<base::Result<fleet::Start>> begin() override;
    [[nodiscard]] base::Task<base::Result<fleet::Entries>> next(std::uint64_t after,
                                                                Limits limits) override;
    void acknowledge(fleet::Position published) override;

  private:
    history::Reader& reader_;
    history::Backlog& backlog_;
    base::Notify news_;
    /// Before the first batch of this process there may be no file yet, or an older one.
    bool is_written_ = false;
};

}  // namespace app
