#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "http/request.hpp"
#include "http/transport.hpp"
#include "sse/parser.hpp"

namespace sse {

inline constexpr std::size_t kEventBytesMax = std::size_t{1024} * 1024;

struct StreamOptions {
    std::size_t event_bytes_max = kEventBytesMax;
    /// Bounds name lookup, TCP and TLS together; nothing bounds the wait for headers.
    std::chrono::milliseconds connect_timeout{3000};
};

/// What one upstream stream does. Calls come from the event loop, none from inside `open_stream`,
/// none after `on_end` or after the Stream is gone. A call may destroy the Stream.
class StreamListener {
  public:
    virtual ~StreamListener() = default;

    /// The connection is established, TLS included; the request is sent, without an answer yet.
    virtual void on_connected() = 0;
    /// The node accepted: status 200 with `text/event-stream`.
    virtual void on_open() = 0;
    virtual void on_event(const Event& event, base::Instant arrived) = 0;
    /// Bytes of the body as they came: comments and half events count too. Called before the events
    /// in them.
    virtual void on_bytes(std::string_view bytes, base::Instant arrived) = 0;
    virtual void on_comment(std::string_view comment, base::Instant arrived) = 0;
    virtual void on_end(const http::TransferError& why) = 0;
};

/// One connection to a node's event stream: http bytes through the parser. Opens when made;
/// destroying it cancels it silently. Lives on the event loop; not thread-safe.
class Stream {
  public:
    /// `endpoint.url` is the stream's whole URL, query included.
    Stream(http::Transport& transport, const http::Endpoint& endpoint, StreamOptions options,
           StreamListener& listener);
    Stream(const Stream&) = delete;
    Stream& operator=(const Stream&) = delete;
    ~Stream();

  private:
    class Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace sse
