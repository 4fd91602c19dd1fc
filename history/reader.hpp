#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <boost/asio/any_io_executor.hpp>

#include "base/clock.hpp"
#include "base/notify.hpp"
#include "base/task.hpp"
#include "base/task_group.hpp"
#include "history/database.hpp"
#include "history/permits.hpp"
#include "history/stream.hpp"

namespace history {

struct ReaderLimits {
    /// Streams at a time.
    std::size_t streams = 8;
    /// From the call to the answer of a read, and to the first piece of a stream; the wait for a
    /// permit counts.
    base::Duration read_time = std::chrono::seconds{5};
    /// From the call to the end of a stream.
    base::Duration stream_time = std::chrono::seconds{60};
};

/// Reads of the history, without ever blocking the event loop. A read first takes a permit, which
/// travels with its request and is back when the answer is done or dropped *and* the thread is
/// free. There are as many places in the queue as permits, so a read that has a permit has a place:
/// one limit, not two. Streams hold none: they have permits of their own and hold up neither reads
/// nor maintenance. Lives on the event loop.
class Reader {
  public:
    /// Is called when a read, or the set-up of a stream, has taken too long, with its kind.
    using OnTimeout = std::function<void(std::string_view kind)>;

    /// All of them outlive it. `permits` are the reads' own, which maintenance takes as well.
    Reader(boost::asio::any_io_executor executor, base::Clock& clock, Database& database,
           Permits& permits, ReaderLimits limits, OnTimeout on_timeout);
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;
    ~Reader();

    /// Hands requests to the database, until it is cancelled: then nobody gets a permit any more,
    /// who waits gets kClosed, and it ends without a wait for any thread. Nothing is read while it
    /// does not run.
    [[nodiscard]] base::Task<void> run();

    /// Runs `job` to its end. Fails with kTimeout, with kClosed, or with what the database reports.
    /// When it fails or is cancelled, the job is interrupted.
    [[nodiscard]] base::Task<Result<void>> read(std::shared_ptr<Job> job);

    /// Sets `job` up and makes its first piece. Fails as `read` does.
    [[nodiscard]] base::Task<Result<Stream>> open_stream(std::shared_ptr<StreamJob> job);

    /// Reads and set-ups of streams that took too long.
    [[nodiscard]] std::uint64_t timeouts() const { return timeouts_; }
    /// Streams that hold a permit.
    [[nodiscard]] std::size_t streams() const {
        return stream_permits_.count() - stream_permits_.free();
    }

  private:
    class Reply;
    class Request;
    class CloseAtEnd;

    [[nodiscard]] base::Task<void> dispatch();
    [[nodiscard]] base::Task<void> serve(std::unique_ptr<Request> request);
    [[nodiscard]] base::Task<Result<Permits::Permit>> acquire(Permits& permits,
                                                              base::MonoTime deadline);
    [[nodiscard]] Error timed_out(const Job& job);
    void close();

    boost::asio::any_io_executor executor_;
    base::Clock& clock_;
    Database& database_;
    Permits& permits_;
    ReaderLimits limits_;
    OnTimeout on_timeout_;
    Permits stream_permits_;
    std::deque<std::unique_ptr<Request>> queue_;
    base::Notify news_;
    base::TaskGroup served_;
    std::uint64_t timeouts_ = 0;
};

}  // namespace history
