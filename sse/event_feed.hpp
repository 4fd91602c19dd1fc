#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/task.hpp"
#include "http/server_exchange.hpp"
#include "sse/event_ring.hpp"

namespace sse {

/// What stands for all events of a ring up to one.
struct FeedState {
    /// As it goes onto the wire.
    std::shared_ptr<const std::string> bytes;
    /// The event up to which it goes.
    std::uint64_t last_id = 0;
};

struct EventFeedOptions {
    /// A comment goes out when nothing else was written for this long, so that proxies and clients
    /// know that the stream lives.
    base::Duration keep_alive = std::chrono::seconds{15};
    /// Whether a client gets that event; empty: all of them.
    std::function<bool(const RingEvent& event)> is_wanted;
    /// Beside `Content-Type` and `Cache-Control: no-store`.
    std::vector<http::Header> headers;
    /// What a client reads before all events, as it goes onto the wire.
    std::string preamble;
    /// What a client reads in place of events that it lost, as it goes onto the wire; empty: the
    /// comment ":lost 12 events".
    std::function<std::string(const RingGap& gap)> write_gap;
    /// For a stream of a state: what a client reads first, and in place of the events of a gap; it
    /// goes on behind `last_id`. Nothing ends the stream. Empty: a client begins at its cursor.
    std::function<std::optional<FeedState>(const RingGap& gap)> write_state;
};

/// Serves one client from the ring: answers with `text/event-stream`, then writes events, gaps and
/// keep-alive comments until the ring is closed; the handler's return completes the stream. Ends
/// with an exception when the client is gone. Nothing waits for the client but this task.
[[nodiscard]] base::Task<void> feed_events(http::ServerExchange& exchange, EventRing::Cursor cursor,
                                           base::Clock& clock, EventFeedOptions options = {});

}  // namespace sse
