#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include <boost/asio/any_io_executor.hpp>

#include "base/notify.hpp"
#include "base/task.hpp"
#include "terminal/output.hpp"
#include "updates/broadcast.hpp"

namespace terminal {

/// Each update as one JSON object on one line, in order. A change of the best head is written from
/// inside the call that publishes it, with all that came before it: it does not wait until the rest
/// of a burst is read. A reader that is too slow loses the oldest updates and reads how many.
/// Lives on the event loop; not thread-safe.
class JsonLines {
  public:
    /// Updates that may wait for a slow reader before the oldest are dropped.
    static constexpr std::size_t kWaitingMax = 4096;
    /// Bytes of lines that wait for the reader; what else there is waits as updates.
    static constexpr std::size_t kPendingBytesMax = std::size_t{64} * 1024;

    /// Whether an update is the last one to be written.
    using IsLast = std::function<bool(const updates::Update&)>;

    /// Everything published from now on is written to `descriptor`, which stays open.
    JsonLines(const boost::asio::any_io_executor& executor, updates::Broadcast& broadcast,
              int descriptor, IsLast is_last);
    JsonLines(const JsonLines&) = delete;
    JsonLines& operator=(const JsonLines&) = delete;
    ~JsonLines() = default;

    /// Writes until the last update, until the broadcast is closed and everything is written, or
    /// until nothing can be written any more (`output`). Call it once.
    [[nodiscard]] base::Task<void> run();

    [[nodiscard]] const Output& output() const { return output_; }

  private:
    base::Task<void> write();
    /// Makes lines of what waits, while there is room for them.
    void take_waiting();
    void append(const updates::Message& message);
    void received(const updates::Message& message);

    IsLast is_last_;
    Output output_;
    base::Notify over_;
    bool is_over_ = false;
    std::string line_;
    std::unique_ptr<updates::Broadcast::Queue> queue_;
    std::unique_ptr<updates::Broadcast::Subscription> subscription_;
};

}  // namespace terminal
