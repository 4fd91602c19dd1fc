#include "updates/broadcast.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

#include <boost/asio/recycling_allocator.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/circular_buffer.hpp>

namespace updates {

class Broadcast::ListenerEntry {
  public:
    explicit ListenerEntry(Listener listener) : listener_{std::move(listener)} {}

    void deliver(const Message& message) {
        if (!gone_) {
            listener_(message);
        }
    }
    void leave() { gone_ = true; }
    [[nodiscard]] bool is_gone() const { return gone_; }

  private:
    Listener listener_;
    bool gone_ = false;
};

/// The state of one queue, shared by the broadcast that fills it and the subscriber that reads it.
class Broadcast::Reader {
  public:
    Reader(const boost::asio::any_io_executor& executor, std::size_t capacity,
           std::size_t bytes_max, Snapshot snapshot)
        : capacity_{capacity},
          bytes_max_{bytes_max},
          waiting_{std::min(capacity, kRoomMin)},
          gone_by_{std::move(snapshot)},
          news_{executor} {}

    /// How many updates were dropped for it.
    [[nodiscard]] std::uint64_t push(const std::shared_ptr<const Update>& update) {
        const std::size_t bytes = bytes_of(*update);
        std::uint64_t drops = 0;
        while (!waiting_.empty() &&
               (waiting_.size() == capacity_ || waiting_bytes_ + bytes > bytes_max_)) {
            take_oldest();
            ++drops;
        }
        lagged_ += drops;
        dropped_ += drops;
        waiting_bytes_ += bytes;
        if (waiting_.full()) {
            waiting_.set_capacity(std::min(capacity_, 2 * waiting_.capacity()));
        }
        waiting_.push_back(update);
        news_.notify();
        return drops;
    }

    void close() {
        closed_ = true;
        news_.notify();
    }

    [[nodiscard]] std::optional<Message> take() {
        if (std::exchange(snapshot_due_, false)) {
            return Message{gone_by_};
        }
        if (lagged_ > 0) {
            snapshot_due_ = true;
            return Message{Lagged{std::exchange(lagged_, 0)}};
        }
        if (!waiting_.empty()) {
            return Message{take_oldest()};
        }
        return std::nullopt;
    }

    [[nodiscard]] base::Task<std::optional<Message>> next() {
        while (true) {
            (void)news_.take();
            auto message = take();
            if (message || closed_) {
                co_return message;
            }
            co_await news_.wait();
        }
    }

    void leave() { gone_ = true; }
    [[nodiscard]] bool is_gone() const { return gone_; }
    [[nodiscard]] std::uint64_t dropped() const { return dropped_; }
    [[nodiscard]] std::size_t waiting() const { return waiting_.size(); }

  private:
    std::shared_ptr<const Update> take_oldest() {
        auto oldest = std::move(waiting_.front());
        waiting_.pop_front();
        waiting_bytes_ -= bytes_of(*oldest);
        if (waiting_.empty() && waiting_.capacity() > kRoomMin) {
            waiting_.set_capacity(kRoomMin);
        }
        gone_by_.apply(*oldest);
        return oldest;
    }

    /// Room for updates that is kept between bursts.
    static constexpr std::size_t kRoomMin = 64;

    std::size_t capacity_;
    std::size_t bytes_max_;
    boost::circular_buffer<std::shared_ptr<const Update>> waiting_;
    std::size_t waiting_bytes_ = 0;
    /// The fold of all updates ahead of those that wait: what stands in place of dropped ones.
    Snapshot gone_by_;
    bool snapshot_due_ = true;
    std::uint64_t lagged_ = 0;
    std::uint64_t dropped_ = 0;
    bool closed_ = false;
    bool gone_ = false;
    base::Notify news_;
};

class Broadcast::Listening final : public Subscription {
  public:
    explicit Listening(std::shared_ptr<ListenerEntry> entry) : entry_{std::move(entry)} {}
    ~Listening() override { entry_->leave(); }

  private:
    std::shared_ptr<ListenerEntry> entry_;
};

class Broadcast::Reading final : public Queue {
  public:
    explicit Reading(std::shared_ptr<Reader> reader) : reader_{std::move(reader)} {}
    ~Reading() override { reader_->leave(); }

    base::Task<std::optional<Message>> next() override { return reader_->next(); }
    std::optional<Message> take() override { return reader_->take(); }
    std::uint64_t dropped() const override { return reader_->dropped(); }

  private:
    std::shared_ptr<Reader> reader_;
};

/// Marks that subscribers are being delivered an update.
class Broadcast::Delivery {
  public:
    explicit Delivery(bool& on) : on_{on}, before_{std::exchange(on, true)} {}
    Delivery(const Delivery&) = delete;
    Delivery& operator=(const Delivery&) = delete;
    ~Delivery() { on_ = before_; }

  private:
    bool& on_;
    bool before_;
};

Broadcast::Broadcast(boost::asio::any_io_executor executor)
    : executor_{std::move(executor)},
      close_waiters_{executor_, boost::asio::steady_timer::time_point::max()} {}

Broadcast::~Broadcast() = default;

std::unique_ptr<Broadcast::Subscription> Broadcast::listen(Listener listener) {
    auto entry = std::make_shared<ListenerEntry>(std::move(listener));
    auto subscription = std::make_unique<Listening>(entry);
    listeners_.push_back(entry);
    {
        // What the listener publishes on receiving the snapshot comes behind the snapshot.
        const Delivery delivery{delivering_};
        entry->deliver(Message{snapshot_});
    }
    deliver_pending();
    return subscription;
}

std::unique_ptr<Broadcast::Queue> Broadcast::subscribe(std::size_t capacity,
                                                       std::size_t bytes_max) {
    assert(capacity >= 1);
    auto reader = std::make_shared<Reader>(executor_, capacity, bytes_max, snapshot_);
    if (closed_) {
        reader->close();
    }
    readers_.push_back(reader);
    return std::make_unique<Reading>(std::move(reader));
}

Broadcast::Load Broadcast::load() const {
    Load load;
    load.dropped = dropped_;
    for (const auto& reader : readers_) {
        if (!reader->is_gone()) {
            load.deepest = std::max(load.deepest, reader->waiting());
        }
    }
    return load;
}

void Broadcast::publish(Update update) {
    // One that everyone has read leaves its memory to the next.
    auto shared = std::allocate_shared<const Update>(boost::asio::recycling_allocator<Update>{},
                                                     std::move(update));
    if (delivering_ || !pending_.empty()) {
        pending_.push_back(std::move(shared));
        deliver_pending();
        return;
    }
    {
        const Delivery delivery{delivering_};
        deliver(shared);
    }
    deliver_pending();
}

void Broadcast::deliver_pending() {
    if (delivering_) {
        return;
    }
    const Delivery delivery{delivering_};
    while (!pending_.empty()) {
        const auto update = std::move(pending_.front());
        pending_.pop_front();
        deliver(update);
    }
}

void Broadcast::deliver(const std::shared_ptr<const Update>& update) {
    listeners_.remove_if([](const auto& entry) { return entry->is_gone(); });
    readers_.remove_if([](const auto& reader) { return reader->is_gone(); });
    snapshot_.apply(*update);
    for (const auto& reader : readers_) {
        dropped_ += reader->push(update);
    }
    // Who subscribes from now on reads a snapshot that contains this update. The list only grows
    // while its members receive.
    const Message message{update};
    std::size_t left = listeners_.size();
    for (auto entry = listeners_.begin(); left > 0; ++entry, --left) {
        (*entry)->deliver(message);
    }
}

void Broadcast::close() {
    if (std::exchange(closed_, true)) {
        return;
    }
    if (before_close_) {
        before_close_();
    }
    for (const auto& reader : readers_) {
        reader->close();
    }
    close_waiters_.cancel();
}

bool Broadcast::closed() const {
    return closed_;
}

base::Task<void> Broadcast::wait_closed() {
    while (!closed_) {
        boost::system::error_code ignored;
        co_await close_waiters_.async_wait(
            boost::asio::redirect_error(boost::asio::use_awaitable, ignored));
        co_await base::throw_if_cancelled();
    }
}

void Broadcast::before_close(std::function<void()> hook) {
    before_close_ = std::move(hook);
}

const Snapshot& Broadcast::snapshot() const {
    return snapshot_;
}

}  // namespace updates
