#include "sse/event_ring.hpp"

#include <cassert>
#include <charconv>
#include <deque>
#include <list>
#include <utility>

#include "base/notify.hpp"
#include "sse/writer.hpp"

namespace sse {

/// Lets one client wait. In the ring's list for as long as its cursor lives.
struct EventRing::Cursor::Waiter {
    explicit Waiter(const boost::asio::any_io_executor& executor) : changed{executor} {}

    base::Notify changed;
    bool is_waiting = false;
    std::list<Waiter*>::iterator place{};
};

struct EventRing::State {
    State(boost::asio::any_io_executor executor_to_use, EventRingOptions options_to_use)
        : executor{std::move(executor_to_use)},
          options{std::move(options_to_use)},
          wire_prefix{options.id_prefix.empty() ? "" : options.id_prefix + "-"},
          next_id{options.first_id} {}

    /// The id of the oldest event held, or of the next one when none is.
    [[nodiscard]] std::uint64_t oldest_id() const { return next_id - events.size(); }

    void wake_all() {
        for (Cursor::Waiter* const waiter : waiters) {
            if (waiter->is_waiting) {
                waiter->changed.notify();
            }
        }
    }

    boost::asio::any_io_executor executor;
    EventRingOptions options;
    std::string wire_prefix;
    std::deque<EventPtr> events;
    std::size_t bytes = 0;
    std::uint64_t next_id;
    bool is_closed = false;
    std::list<Cursor::Waiter*> waiters;
};

EventRing::EventRing(boost::asio::any_io_executor executor, EventRingOptions options)
    : state_{std::make_shared<State>(std::move(executor), std::move(options))} {
    assert(state_->options.first_id > 0);
}

EventRing::~EventRing() {
    close();
}

std::uint64_t EventRing::publish(std::string_view type, std::string_view data,
                                 std::string_view subject) {
    State& state = *state_;
    if (state.is_closed) {
        return last_id();
    }
    auto event = std::make_shared<RingEvent>();
    event->id = state.next_id++;
    event->type = type;
    event->subject = subject;
    append_event(event->bytes, type, data, state.wire_prefix + std::to_string(event->id));
    state.bytes += event->bytes.size();
    state.events.push_back(std::move(event));
    while (!state.events.empty() && (state.events.size() > state.options.events_max ||
                                     state.bytes > state.options.bytes_max)) {
        state.bytes -= state.events.front()->bytes.size();
        state.events.pop_front();
    }
    state.wake_all();
    return last_id();
}

EventRing::Cursor EventRing::at_end() const {
    return Cursor{state_, state_->next_id, false};
}

EventRing::Cursor EventRing::after(std::uint64_t id) const {
    // `first_id - 1` is a client's that came before the first event.
    if (id + 1 < state_->options.first_id || id >= state_->next_id) {
        return Cursor{state_, state_->oldest_id(), true};
    }
    return Cursor{state_, id + 1, false};
}

EventRing::Cursor EventRing::after(std::string_view last_event_id) const {
    const std::string& prefix = state_->wire_prefix;
    if (last_event_id.starts_with(prefix)) {
        if (const auto id = parse_event_id(last_event_id.substr(prefix.size()))) {
            return after(*id);
        }
    }
    return Cursor{state_, state_->oldest_id(), true};
}

EventRing::Cursor EventRing::before_last(
    std::size_t count, const std::function<bool(const RingEvent&)>& is_wanted) const {
    const auto& events = state_->events;
    std::uint64_t first = state_->next_id;
    for (auto event = events.rbegin(); event != events.rend() && count > 0; ++event) {
        if (is_wanted(**event)) {
            first = (*event)->id;
            --count;
        }
    }
    return Cursor{state_, first, false};
}

void EventRing::clear() {
    state_->events.clear();
    state_->bytes = 0;
}

void EventRing::close() {
    state_->is_closed = true;
    clear();
    state_->wake_all();
}

std::uint64_t EventRing::last_id() const {
    return state_->next_id - 1;
}

std::size_t EventRing::events() const {
    return state_->events.size();
}

std::size_t EventRing::bytes() const {
    return state_->bytes;
}

std::size_t EventRing::cursors() const {
    return state_->waiters.size();
}

EventRing::Cursor::Cursor(std::shared_ptr<State> state, std::uint64_t next_id, bool is_foreign)
    : state_{std::move(state)},
      waiter_{std::make_unique<Waiter>(state_->executor)},
      next_id_{next_id},
      is_foreign_{is_foreign} {
    waiter_->place = state_->waiters.insert(state_->waiters.end(), waiter_.get());
}

EventRing::Cursor::Cursor(Cursor&& other) noexcept = default;

EventRing::Cursor::~Cursor() {
    if (waiter_) {
        state_->waiters.erase(waiter_->place);
    }
}

std::optional<EventRing::Next> EventRing::Cursor::poll() {
    if (state_->is_closed) {
        return RingClosed{};
    }
    if (std::exchange(is_foreign_, false)) {
        next_id_ = state_->oldest_id();
        return RingGap{std::nullopt};
    }
    const std::uint64_t oldest = state_->oldest_id();
    if (next_id_ < oldest) {
        return RingGap{oldest - std::exchange(next_id_, oldest)};
    }
    if (next_id_ == state_->next_id) {
        return std::nullopt;
    }
    return state_->events[next_id_++ - oldest];
}

base::Task<void> EventRing::Cursor::wait() {
    // Events that are there, and the end of the ring, need no wait.
    if (state_->is_closed || is_foreign_ || next_id_ != state_->next_id) {
        co_return;
    }
    Waiter& waiter = *waiter_;
    waiter.is_waiting = true;
    try {
        co_await waiter.changed.wait();
    } catch (...) {
        waiter.is_waiting = false;
        throw;
    }
    waiter.is_waiting = false;
    static_cast<void>(waiter.changed.take());
}

void EventRing::Cursor::move_behind(std::uint64_t id) {
    next_id_ = id + 1;
    is_foreign_ = false;
}

void EventRing::Cursor::wake() {
    waiter_->changed.notify();
}

base::Task<EventRing::Next> EventRing::Cursor::next() {
    while (true) {
        if (auto ready = poll()) {
            co_return std::move(*ready);
        }
        co_await wait();
    }
}

std::optional<std::uint64_t> parse_event_id(std::string_view text) {
    std::uint64_t id = 0;
    const char* const end = text.data() + text.size();
    if (text.empty() || std::from_chars(text.data(), end, id) != std::from_chars_result{end, {}}) {
        return std::nullopt;
    }
    return id;
}

}  // namespace sse
