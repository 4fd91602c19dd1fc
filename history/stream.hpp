#pragma once

#include <memory>
#include <optional>
#include <string>

#include <boost/asio/any_io_executor.hpp>

#include "base/clock.hpp"
#include "base/task.hpp"
#include "history/database.hpp"
#include "history/permits.hpp"

namespace history {

/// An answer that comes piece by piece, for as long as its reader asks for the next one and its
/// time is not over. Destroying it ends it. Lives on the event loop.
class Stream {
  public:
    /// What the stream's reader and its task share.
    class State;

    explicit Stream(std::shared_ptr<State> state);
    Stream(Stream&& other) noexcept = default;
    Stream& operator=(Stream&&) = delete;
    ~Stream();

    /// The next piece; nothing at the end. Fails with kTimeout when the time of the whole stream is
    /// over, with kClosed, or with what the database reports; it has ended then. One caller at a
    /// time.
    [[nodiscard]] base::Task<Result<std::optional<std::string>>> next();

  private:
    friend class Reader;
    /// Makes the first piece. Returns why it could not.
    [[nodiscard]] base::Task<std::optional<Error>> set_up(base::MonoTime deadline);
    [[nodiscard]] base::Task<Result<std::optional<std::string>>> next_until(
        base::MonoTime deadline);

    std::shared_ptr<State> state_;
};

/// The state of a stream over `job`, which ends at `deadline` at the latest. `clock` and `database`
/// outlive its task.
[[nodiscard]] std::shared_ptr<Stream::State> make_stream_state(
    const boost::asio::any_io_executor& executor, base::Clock& clock, Database& database,
    std::shared_ptr<StreamJob> job, base::MonoTime deadline);

/// Makes the pieces that the stream's reader asks for, until the stream ends or its time is over;
/// the permit is back then, and not before the thread is.
[[nodiscard]] base::Task<void> serve_stream(std::shared_ptr<Stream::State> state,
                                            Permits::Permit permit);

}  // namespace history
