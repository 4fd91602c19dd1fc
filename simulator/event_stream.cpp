#include "simulator/event_stream.hpp"

#include <algorithm>
#include <utility>

#include "http/server_exchange.hpp"

namespace simulator {
namespace {

/// A dripping event comes in so many pieces, over a quarter of a slot.
constexpr std::size_t kDripPieces = 50;
/// What came before a reset is read before it, even by a busy reader.
constexpr std::chrono::milliseconds kBeforeReset{10};

}  // namespace

EventStream::EventStream(const boost::asio::any_io_executor& executor, base::Clock& clock,
                         const ClientProfile& profile, std::chrono::milliseconds slot_duration,
                         std::vector<std::string> topics)
    : clock_{clock},
      profile_{profile},
      slot_duration_{slot_duration},
      topics_{std::move(topics)},
      changed_{executor} {}

void EventStream::push(std::string_view topic, std::string_view data, Delivery delivery,
                       bool comment_inside) {
    if (has_topic(topic)) {
        queue_event(topic, data, delivery, comment_inside);
    }
}

bool EventStream::has_topic(std::string_view topic) const {
    return std::find(topics_.begin(), topics_.end(), topic) != topics_.end();
}

void EventStream::push_unasked(std::string_view topic, std::string_view data) {
    queue_event(topic, data, Delivery::kWhole, false);
}

void EventStream::queue_event(std::string_view topic, std::string_view data, Delivery delivery,
                              bool comment_inside) {
    if (is_silent_ || is_stalled_ || is_ending_) {
        return;
    }
    if (queue_.size() >= profile_.queue_max) {
        if (profile_.slow_reader == SlowReader::kCloseStream) {
            end(Ending::kCut);
        }
        ++dropped_;
        return;
    }
    Item item;
    if (dropped_ > 0) {
        item.bytes = ":error - dropped " + std::to_string(dropped_) + " messages\n\n";
        dropped_ = 0;
    }
    append_event(item.bytes, profile_, topic, data,
                 comment_inside && profile_.comments_inside_events);
    item.delivery = delivery;
    queue_.push_back(std::move(item));
    changed_.notify();
}

void EventStream::slot_started() {
    if (profile_.keep_alive == KeepAlive::kEachSlot) {
        queue_comment();
    }
}

void EventStream::queue_comment() {
    if (is_silent_ || is_ending_ || queue_.size() >= profile_.queue_max) {
        return;
    }
    queue_.push_back(Item{std::string{profile_.keep_alive_comment}, Delivery::kWhole, true});
    changed_.notify();
}

void EventStream::set_buffered(std::optional<std::size_t> bytes) {
    buffer_bytes_ = bytes;
    changed_.notify();
}

void EventStream::end(Ending ending) {
    is_ending_ = true;
    is_cut_ = is_cut_ || ending == Ending::kCut;
    changed_.notify();
}

base::Task<void> EventStream::run(http::ServerExchange& exchange, MakeHeaders make_headers) {
    make_headers_ = std::move(make_headers);
    last_write_ = clock_.now();
    if (profile_.headers == HeadersSent::kAtOnce) {
        co_await begin(exchange);
        if (!profile_.greeting.empty() && !is_silent_ && !is_ending_) {
            co_await exchange.write(profile_.greeting);
        }
    }
    const bool has_timer =
        profile_.keep_alive == KeepAlive::kPeriodic || profile_.keep_alive == KeepAlive::kWhenIdle;
    if (has_timer) {
        co_await base::run_first(pump(exchange), keep_alive(), exchange.peer_gone());
    } else {
        co_await base::run_first(pump(exchange), exchange.peer_gone());
    }
}

/// Sends the headers, once. A client that requested them alone (HEAD) gets no more.
base::Task<void> EventStream::begin(http::ServerExchange& exchange) {
    if (std::exchange(headers_sent_, true)) {
        co_return;
    }
    std::vector<http::Header> headers = make_headers_();
    const bool has_body = co_await exchange.start_stream("text/event-stream", std::move(headers));
    if (!has_body) {
        end(Ending::kClean);
    }
}

base::Task<void> EventStream::pump(http::ServerExchange& exchange) {
    while (!is_cut_) {
        if (!queue_.empty()) {
            Item item = std::move(queue_.front());
            queue_.pop_front();
            co_await write(exchange, std::move(item));
        } else if (!held_.empty() && (!buffer_bytes_ || is_ending_)) {
            const std::string held = std::exchange(held_, {});
            co_await exchange.write(held);
        } else if (is_ending_) {
            // The server writes the final chunk.
            co_await begin(exchange);
            exchange.close();
            co_return;
        } else {
            co_await changed_.wait();
            static_cast<void>(changed_.take());
        }
    }
    exchange.cut();
}

std::string EventStream::through_proxy(std::string bytes, bool is_comment) {
    if (!buffer_bytes_) {
        return bytes;
    }
    held_ += bytes;
    const bool is_due = *buffer_bytes_ == 0 ? is_comment : held_.size() >= *buffer_bytes_;
    return is_due || is_ending_ ? std::exchange(held_, {}) : std::string{};
}

base::Task<void> EventStream::write(http::ServerExchange& exchange, Item item) {
    co_await begin(exchange);
    const std::string bytes = through_proxy(std::move(item.bytes), item.is_comment);
    last_write_ = clock_.now();
    if (bytes.empty()) {
        co_return;
    }
    const std::string_view all{bytes};
    switch (item.delivery) {
        case Delivery::kWhole:
            co_await exchange.write(all);
            break;
        case Delivery::kDrip: {
            const std::size_t piece = std::max<std::size_t>(1, all.size() / kDripPieces);
            const base::Duration pause = base::Duration{slot_duration_} / 4 / kDripPieces;
            for (std::size_t at = 0; at < all.size() && !is_cut_; at += piece) {
                co_await exchange.write(all.substr(at, piece));
                co_await clock_.sleep_until(clock_.now() + pause);
            }
            break;
        }
        case Delivery::kHalfThenReset:
            co_await exchange.write(all.substr(0, all.size() / 2));
            co_await clock_.sleep_until(clock_.now() + kBeforeReset);
            exchange.reset();
            is_cut_ = true;
            break;
    }
}

base::Task<void> EventStream::keep_alive() {
    const base::Duration period = keep_alive_period(profile_, slot_duration_);
    base::MonoTime due = clock_.now() + period;
    while (true) {
        co_await clock_.sleep_until(due);
        if (profile_.keep_alive == KeepAlive::kWhenIdle && clock_.now() < last_write_ + period) {
            due = last_write_ + period;
            continue;
        }
        queue_comment();
        due = clock_.now() + period;
    }
}

}  // namespace simulator
