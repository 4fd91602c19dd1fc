#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace logging {

/// Writes lines to a descriptor from a thread of its own, so that nobody waits for a reader who has
/// stopped reading, whatever the descriptor is: O_NONBLOCK would reach every process that shares a
/// pipe or a terminal. Lines beyond the bound are dropped and counted, and so are those that cannot
/// be written; a line in their place says how many, once lines are taken again.
class LineWriter {
  public:
    /// The line for that many lines that were dropped. Called in either thread, one at a time.
    using WriteGap = std::function<std::string(std::uint64_t dropped)>;

    static constexpr std::size_t kPendingBytesMax = std::size_t{256} * 1024;

    /// `descriptor` stays open and outlives the writer. Throws std::system_error when there can be
    /// no thread.
    LineWriter(int descriptor, WriteGap write_gap,
               std::size_t pending_bytes_max = kPendingBytesMax);
    LineWriter(const LineWriter&) = delete;
    LineWriter& operator=(const LineWriter&) = delete;
    /// Waits as `flush` does, for 300 ms. What is pending then is lost.
    ~LineWriter();

    /// Takes a line, with its end. Never waits.
    void write(std::string line);
    /// Waits until all lines are written or dropped, for `limit` at most where nobody takes them,
    /// and for ten times as long where somebody does. Whether they are.
    bool flush(std::chrono::milliseconds limit);
    /// Lines that were dropped so far.
    [[nodiscard]] std::uint64_t dropped() const;

  private:
    struct State;
    static void run(const std::shared_ptr<State>& state);

    std::shared_ptr<State> state_;
};

}  // namespace logging
