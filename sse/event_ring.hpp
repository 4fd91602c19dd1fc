#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include <boost/asio/any_io_executor.hpp>

#include "base/task.hpp"

namespace sse {

/// One event that was serialised once for all clients.
struct RingEvent {
    std::uint64_t id = 0;
    std::string type;
    /// What it is about, for clients that want a part; may be empty.
    std::string subject;
    /// As it goes onto the wire: `event:`, `id:` and `data:` lines and the blank line.
    std::string bytes;
};

/// Events that a client lost: it was too slow for the ring, or came back too late.
struct RingGap {
    /// How many; nothing when the client's id is none of this ring, so that nobody knows.
    std::optional<std::uint64_t> events;

    friend bool operator==(const RingGap&, const RingGap&) = default;
};

/// The ring is closed: nothing follows.
struct RingClosed {
    friend bool operator==(const RingClosed&, const RingClosed&) = default;
};

struct EventRingOptions {
    std::size_t events_max = 4096;
    /// Of `RingEvent::bytes`, all events together.
    std::size_t bytes_max = std::size_t{4} * 1024 * 1024;
    std::uint64_t first_id = 1;
    /// Put before each id on the wire, with a '-'; empty: the number alone. Another one at each
    /// start of the program keeps ids of an earlier start apart. Letters and digits.
    std::string id_prefix{};
};

/// The last events of one stream, from which any number of clients are served. Each event is
/// serialised once and shared by all clients; ids grow by one. Publishing never waits: a client
/// that falls behind the ring finds a gap. Lives on the event loop; not thread-safe.
class EventRing {
  public:
    using EventPtr = std::shared_ptr<const RingEvent>;
    using Next = std::variant<EventPtr, RingGap, RingClosed>;

    /// One client's place in the ring. May outlive the ring, which is closed then.
    class Cursor;

    EventRing(boost::asio::any_io_executor executor, EventRingOptions options);
    EventRing(const EventRing&) = delete;
    EventRing& operator=(const EventRing&) = delete;
    /// Closes the ring.
    ~EventRing();

    /// Adds an event and wakes every client that waits; returns its id. An event beyond `bytes_max`
    /// is kept for nobody: each client finds a gap of one. Without effect on a closed ring.
    std::uint64_t publish(std::string_view type, std::string_view data,
                          std::string_view subject = {});

    /// A cursor for events that are published from now on.
    [[nodiscard]] Cursor at_end() const;
    /// A cursor for all events behind `id`, as in `Last-Event-ID`. Those that the ring no longer
    /// holds are a gap; for an id that is none of this ring, it begins with a gap of unknown length
    /// and the oldest event held.
    [[nodiscard]] Cursor after(std::uint64_t id) const;
    /// The same for the text of an id, which may be anything.
    [[nodiscard]] Cursor after(std::string_view last_event_id) const;

    /// A cursor for the last `count` events held that `is_wanted` takes, and for all behind them.
    [[nodiscard]] Cursor before_last(std::size_t count,
                                     const std::function<bool(const RingEvent&)>& is_wanted) const;

    /// Forgets what is held: a client that comes back finds a gap.
    void clear();

    /// Ends all clients: each cursor's next answer is RingClosed, also where events are left.
    void close();

    /// The id of the last event that was published; `first_id - 1` before the first.
    [[nodiscard]] std::uint64_t last_id() const;
    /// What is held now.
    [[nodiscard]] std::size_t events() const;
    [[nodiscard]] std::size_t bytes() const;
    /// Cursors that exist.
    [[nodiscard]] std::size_t cursors() const;

  private:
    struct State;
    std::shared_ptr<State> state_;
};

class EventRing::Cursor {
  public:
    Cursor(Cursor&& other) noexcept;
    Cursor& operator=(Cursor&&) = delete;
    Cursor(const Cursor&) = delete;
    Cursor& operator=(const Cursor&) = delete;
    ~Cursor();

    /// The next event, gap or end if it is there already; the cursor moves behind it.
    [[nodiscard]] std::optional<Next> poll();
    /// Returns when `poll` may have an answer, or after `wake`. One coroutine at a time waits. Ends
    /// with operation_aborted when cancelled.
    [[nodiscard]] base::Task<void> wait();
    /// Goes on with the events behind `id`, one of this ring's.
    void move_behind(std::uint64_t id);
    /// Ends the wait at hand, or the next one.
    void wake();
    /// The next event, gap or end, waited for.
    [[nodiscard]] base::Task<Next> next();

  private:
    friend class EventRing;
    struct Waiter;
    Cursor(std::shared_ptr<State> state, std::uint64_t next_id, bool is_foreign);

    std::shared_ptr<State> state_;
    /// Its address is known to the ring.
    std::unique_ptr<Waiter> waiter_;
    /// The id of the next event.
    std::uint64_t next_id_;
    /// The client's id was none of this ring, and it does not know yet.
    bool is_foreign_;
};

/// Reads an id as `Last-Event-ID` has it: decimal digits alone. Nothing for anything else.
[[nodiscard]] std::optional<std::uint64_t> parse_event_id(std::string_view text);

}  // namespace sse
