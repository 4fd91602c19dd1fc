#pragma once

#include <cstddef>
#include <functional>
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
/// Independent of sockets and time; `retry:` fields are ignored, as the reader has a cadence of its
/// own. Make a new one for each connection: a byte order mark is
/// skipped only at the very start, and an unfinished event is dropped with the parser.
/// Allocates nothing once its buffers have grown to the stream's largest event.
/// https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
class Parser {
  public:
    /// May neither feed nor destroy the parser that calls it.
    using Sink = std::function<void(const Event&)>;
    /// Receives each comment line's text, without the leading colon. Bound like the Sink.
    using CommentSink = std::function<void(std::string_view comment)>;

    /// Holds at most `event_bytes_max` bytes of an unfinished event: its type, its data, the last
    /// event id and the line being read.
    Parser(std::size_t event_bytes_max, Sink sink, CommentSink comment_sink = {});

    /// Consumes `bytes`, cut wherever the transport cut them, and hands each whole event to the
    /// sink. Fails with kTooLong when an event outgrows the limit; the caller then drops the
    /// connection, as the rest of the stream cannot be trusted: each later call fails as well.
    [[nodiscard]] base::Result<void> feed(std::string_view bytes);

  private:
    /// Drops what `bytes` holds of the stream's byte order mark, which may come in pieces.
    std::string_view skip_mark(std::string_view bytes);
    /// Reads `line`, or what is in `line_` with `line` behind it. False when it is too long.
    bool end_line(std::string_view line);
    void read_line(std::string_view line);
    void read_field(std::string_view name, std::string_view value);
    void dispatch();
    /// Whether an unfinished line of `line_bytes` bytes fits together with what is held.
    [[nodiscard]] bool fits(std::size_t line_bytes) const;
    [[nodiscard]] base::Result<void> fail();

    std::size_t event_bytes_max_;
    Sink sink_;
    CommentSink comment_sink_;
    /// The beginning of a line whose end has not come yet.
    std::string line_;
    std::string type_;
    /// Each data line so far, with a line feed behind it.
    std::string data_;
    std::string last_event_id_;
    /// How much of the byte order mark has been seen; npos when the stream is past its start.
    std::size_t mark_bytes_ = 0;
    /// A CR ended the previous line; an LF coming right next belongs to it.
    bool after_cr_ = false;
    bool failed_ = false;
};

}  // namespace sse
