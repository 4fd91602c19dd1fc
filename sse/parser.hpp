#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace sse {

/// One event, as dispatched by the blank line that ends it. The views live until the sink returns.
struct Event {
    /// The `event:` field, or "message" when it is absent or empty.
    std::string_view type;
    /// The `data:` lines joined by '\n', without a final newline. The node's bytes: meant to be
    /// UTF-8, unchecked.
    std::string_view data;
    /// The last event id in force at dispatch; empty when the stream has sent none.
    std::string_view last_event_id;
};

/// Incremental parser for `text/event-stream`.
///
/// Knows nothing of sockets or time. Make a new one for each connection: a byte order mark is
/// skipped only at the very start, and an unfinished event is dropped with the parser.
/// Allocates nothing once its buffers have grown to the stream's largest event.
/// https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
class Parser {
  public:
    using Sink = std::function<void(const Event&)>;
    /// Told each comment line's text, without the leading colon.
    using CommentSink = std::function<void(std::string_view comment)>;

    /// Holds at most `event_bytes_max` bytes of an unfinished event: its type, its data and the
    /// line being read.
    Parser(std::size_t event_bytes_max, Sink sink, CommentSink comment_sink = {});

    /// Consumes `bytes`, cut wherever the transport cut them, and hands each whole event to the
    /// sink. Fails with kTooLong when an event outgrows the limit; the caller then drops the
    /// connection, as the rest of the stream cannot be trusted.
    [[nodiscard]] base::Result<void> feed(std::string_view bytes);

    /// The last valid `retry:` field, or nothing.
    [[nodiscard]] std::optional<std::chrono::milliseconds> retry() const;
};

}  // namespace sse
