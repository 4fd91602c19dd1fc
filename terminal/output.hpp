#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include "base/notify.hpp"
#include "base/task.hpp"

namespace terminal {

/// Standard output for what comes in pieces: written at once, whatever it is, and without keeping
/// the event loop waiting for a slow reader. Lives on the event loop; not thread-safe.
class Output {
  public:
    /// The writer is `descriptor`, which stays open.
    Output(const boost::asio::any_io_executor& executor, int descriptor);

    /// Takes `bytes` for `run` to write.
    void append(std::string_view bytes);
    /// Writes what the reader takes without a wait.
    void write_now();
    /// Returns when everything is written, or nothing can be any more. One caller at a time.
    [[nodiscard]] base::Task<void> wait_written();
    /// Bytes taken and not written yet.
    [[nodiscard]] std::size_t pending() const { return pending_.size() - written_; }
    /// Writes what the reader takes in up to `time`, outside the loop, which is blocked
    /// meanwhile: for a source that cannot be paused.
    void brake(std::chrono::milliseconds time);

    /// Writes what is appended until cancelled, or until the reader is gone: then returns.
    [[nodiscard]] base::Task<void> run();
    /// Writes what is pending and returns, also when the reader is gone.
    [[nodiscard]] base::Task<void> flush();
    /// Nothing can be written any more.
    [[nodiscard]] bool failed() const { return failed_; }
    /// It failed because whoever read a pipe or socket has closed it, as `head` does.
    [[nodiscard]] bool reader_gone() const { return reader_gone_; }

  private:
    enum class Written : std::uint8_t { kSome, kNothing, kCannotSay };

    /// Writes as much as there is room for. kCannotSay: not everything behind a descriptor can be
    /// asked to take no more than that.
    [[nodiscard]] Written write_into_room();
    /// The descriptor is writable.
    void write_some();
    void wrote(std::size_t count);
    void write_failed();

    int descriptor_;
    boost::asio::posix::stream_descriptor watched_;
    base::Notify more_;
    base::Notify done_;
    std::string pending_;
    /// Bytes of `pending_` that are out.
    std::size_t written_ = 0;
    bool failed_ = false;
    bool reader_gone_ = false;
};

}  // namespace terminal
