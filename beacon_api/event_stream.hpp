#pragma once

#include <memory>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "beacon_api/events.hpp"
#include "http/redactor.hpp"
#include "http/request.hpp"
#include "http/transport.hpp"
#include "sse/parser.hpp"
#include "sse/stream.hpp"

namespace beacon_api {

/// What one event stream of a node does, in the order and under the rules of sse::StreamListener:
/// a call may destroy the EventStream.
class EventStreamListener {
  public:
    virtual ~EventStreamListener() = default;

    /// The connection is established, TLS included; the request is sent, without an answer yet.
    virtual void on_connected() {}
    /// The node accepted: status 200 with `text/event-stream`.
    virtual void on_open() {}
    /// Bytes of the body as they came, before the events in them.
    virtual void on_bytes(std::string_view /*bytes*/, base::Instant /*arrived*/) {}
    virtual void on_comment(std::string_view /*comment*/, base::Instant /*arrived*/) {}
    /// `decoded` is as EventDecoder says; of a topic that is not decoded, `topic` and data are as
    /// `http::Redactor` shows them, at most 60 and 200 bytes; an event of an extra topic that
    /// repeats what it would hide fails with kBadValue. `raw` is the event as it came. All
    /// views end with the call.
    virtual void on_event(std::string_view topic, const base::Result<ChainEvent>& decoded,
                          const sse::Event& raw, base::Instant arrived) = 0;
    /// Where a status was the reason, the detail has what the node says about it.
    virtual void on_end(const http::TransferError& why) = 0;
};

/// `GET /eth/v1/events` of one node: its bytes, its events and what they say of the chain. Opens
/// when made; destroying it cancels it silently. Lives on the event loop; not thread-safe.
/// https://ethereum.github.io/beacon-APIs/#/Events/eventstream
class EventStream {
  public:
    /// `endpoint.url` is the stream's whole URL, query included. `decoder` serves all streams of a
    /// loop.
    EventStream(http::Transport& transport, EventDecoder& decoder, const http::Endpoint& endpoint,
                sse::StreamOptions options, EventStreamListener& listener);
    /// The stream of `node` for `topics`, which are comma-separated.
    EventStream(http::Transport& transport, EventDecoder& decoder, const http::Endpoint& node,
                std::string_view topics, sse::StreamOptions options, EventStreamListener& listener);
    EventStream(const EventStream&) = delete;
    EventStream& operator=(const EventStream&) = delete;
    ~EventStream();

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

/// The end of a stream, its detail with the node's own reason where the node refused it: "status
/// 500: out of memory".
[[nodiscard]] http::TransferError with_reason(http::TransferError why,
                                              const http::Redactor& redactor);

/// The URL of a node's event stream with `topics` as one comma-separated parameter.
[[nodiscard]] http::Url events_url(const http::Url& node, std::string_view topics);

}  // namespace beacon_api
