#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <variant>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include "base/notify.hpp"
#include "base/task.hpp"
#include "updates/snapshot.hpp"
#include "updates/update.hpp"

namespace updates {

/// `count` updates were dropped, because this subscriber was slower than its queue is long. A
/// Snapshot follows.
struct Lagged {
    std::uint64_t count = 0;
};

/// What a subscriber reads. Every subscription begins with a Snapshot.
using Message = std::variant<std::shared_ptr<const Update>, Lagged, Snapshot>;

/// Hands every update to all subscribers, in one order, and knows none of them by kind. Two kinds,
/// alike in content: listeners are called in order from inside `publish` and see everything; queues
/// are bounded, and one that is too slow loses its oldest updates and reads Lagged and a Snapshot
/// in their place. Lives on the event loop; not thread-safe. Outlives its subscriptions.
class Broadcast {
  public:
    using Listener = std::function<void(const Message&)>;

    /// Ends its subscription when destroyed; may be destroyed inside its own listener.
    class Subscription {
      public:
        Subscription() = default;
        Subscription(const Subscription&) = delete;
        Subscription& operator=(const Subscription&) = delete;
        virtual ~Subscription() = default;
    };
    /// A bounded queue of messages.
    class Queue {
      public:
        Queue() = default;
        Queue(const Queue&) = delete;
        Queue& operator=(const Queue&) = delete;
        virtual ~Queue() = default;
        /// The next message; waits for one. Nothing once the broadcast is closed and the queue is
        /// empty. One caller at a time; cancelling it loses no message.
        [[nodiscard]] virtual base::Task<std::optional<Message>> next() = 0;
        /// The next message if there is one, without a wait; also while `next` waits for one.
        [[nodiscard]] virtual std::optional<Message> take() = 0;
        /// Updates that this queue has dropped so far.
        [[nodiscard]] virtual std::uint64_t dropped() const = 0;
    };

    explicit Broadcast(boost::asio::any_io_executor executor);
    Broadcast(const Broadcast&) = delete;
    Broadcast& operator=(const Broadcast&) = delete;
    ~Broadcast();

    /// Calls `listener` with a Snapshot at once, and with each update from then on. What a listener
    /// publishes is delivered after the update that it is receiving.
    [[nodiscard]] std::unique_ptr<Subscription> listen(Listener listener);
    /// What the updates that wait in one queue may take, unless its subscriber says otherwise.
    static constexpr std::size_t kQueueBytesMax = std::size_t{8} * 1024 * 1024;

    /// `capacity` is at least 1: updates that may wait unread. They take at most `bytes_max`,
    /// unless it is a single one.
    [[nodiscard]] std::unique_ptr<Queue> subscribe(std::size_t capacity,
                                                   std::size_t bytes_max = kQueueBytesMax);

    /// How the queues keep up.
    struct Load {
        /// Updates that wait in the fullest queue.
        std::size_t deepest = 0;
        /// Updates that queues have dropped, those of queues that are gone included.
        std::uint64_t dropped = 0;
    };
    [[nodiscard]] Load load() const;

    void publish(Update update);

    /// Ends the monitor's run and, once their queues are empty, all queues. Idempotent.
    void close();
    [[nodiscard]] bool closed() const;
    /// Returns when the broadcast is closed.
    [[nodiscard]] base::Task<void> wait_closed();

    /// `hook` is called by `close`, before the queues learn of it: so that what a run publishes at
    /// its end is still read by everyone. At most one at a time; an empty function takes it away.
    void before_close(std::function<void()> hook);

    [[nodiscard]] const Snapshot& snapshot() const;

  private:
    class ListenerEntry;
    class Reader;
    class Listening;
    class Reading;
    class Delivery;

    void deliver(const std::shared_ptr<const Update>& update);
    /// Delivers what waits, unless that is going on further out.
    void deliver_pending();

    boost::asio::any_io_executor executor_;
    Snapshot snapshot_;
    std::list<std::shared_ptr<ListenerEntry>> listeners_;
    std::list<std::shared_ptr<Reader>> readers_;
    std::deque<std::shared_ptr<const Update>> pending_;
    bool delivering_ = false;
    std::uint64_t dropped_ = 0;
    bool closed_ = false;
    std::function<void()> before_close_;
    boost::asio::steady_timer close_waiters_;
};

}  // namespace updates
