#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>

#include "base/clock.hpp"
#include "base/task.hpp"
#include "http/query.hpp"
#include "http/server_exchange.hpp"
#include "sse/event_feed.hpp"
#include "sse/event_ring.hpp"

namespace api {

/// How often clients of the event streams have met a limit.
struct StreamLimitsMet {
    /// Clients turned away, as there were `streams_max`.
    std::uint64_t streams = 0;
    /// Events that clients lost: they read too slowly, or came back too late.
    std::uint64_t lost_events = 0;
};

struct EventStreamsOptions {
    /// Of this start of the program: what ids begin with.
    std::string start_id;
    /// Clients of all streams together.
    std::size_t streams_max = 512;
    /// Topics of `/eth/v1/events` beside kTopics.
    std::vector<std::string> extra_topics{};
};

/// The event streams and their clients: `/eth/v1/events`, `/v1/events`, and those of a state. Each
/// event is serialised once, whoever reads it. Lives on the event loop.
class EventStreams {
  public:
    /// Beacon events that are kept for clients which come back.
    static constexpr std::size_t kBeaconEventsMax = 1024;
    /// And updates: of ten nodes, those of some eighty slots.
    static constexpr std::size_t kUpdatesMax = 4096;
    /// Of each of the two, in bytes.
    static constexpr std::size_t kRingBytesMax = std::size_t{8} * 1024 * 1024;
    /// For so long updates are kept for clients of an earlier start.
    static constexpr std::chrono::minutes kFirstClientTime{1};
    /// What clients are asked to wait before they come back.
    static constexpr int kRetryMilliseconds = 1000;

    EventStreams(const boost::asio::any_io_executor& executor, base::Clock& clock,
                 const EventStreamsOptions& options);

    [[nodiscard]] sse::EventRing& beacon_events() { return beacon_events_; }
    /// The same events, as the best node has them: for clients that ask it next.
    [[nodiscard]] sse::EventRing& best_node_events() { return best_node_events_; }
    [[nodiscard]] sse::EventRing& updates() { return updates_; }
    /// Whether updates are to be kept as text. Without a client for them in the first minute they
    /// are kept from the first client on: most headmons have none, and each update as text costs as
    /// much as all else that is done with it. Who read an earlier start comes back sooner.
    [[nodiscard]] bool keeps_updates();

    /// `GET /eth/v1/events?topics=…`, with `&wait_for=best_node` or without.
    [[nodiscard]] base::Task<void> serve_beacon_events(http::ServerExchange& exchange,
                                                       const http::Query& query);
    /// `GET /v1/events?kinds=…&nodes=…&last=…`.
    [[nodiscard]] base::Task<void> serve_updates(http::ServerExchange& exchange,
                                                 const http::Query& query);

    /// A stream of a state: `options` has what is written where events were lost, and first of all.
    /// Its client reads updates too, beginning with those that are kept.
    [[nodiscard]] base::Task<void> serve_state(http::ServerExchange& exchange, sse::EventRing& ring,
                                               sse::EventFeedOptions options);

    /// Clients that are being served.
    [[nodiscard]] std::size_t streams() const { return streams_; }
    [[nodiscard]] const StreamLimitsMet& limits_met() const { return limits_met_; }

  private:
    using IsWanted = std::function<bool(const sse::RingEvent& event)>;

    /// Answers a request that is for no stream, or for one too many.
    [[nodiscard]] base::Task<bool> refuse(http::ServerExchange& exchange);
    [[nodiscard]] base::Task<void> serve(http::ServerExchange& exchange, sse::EventRing& ring,
                                         IsWanted is_wanted, std::size_t last = 0);
    [[nodiscard]] std::string write_gap(const sse::RingGap& gap);

    base::Clock& clock_;
    std::size_t streams_max_;
    std::vector<std::string> extra_topics_;
    std::size_t streams_ = 0;
    StreamLimitsMet limits_met_;
    sse::EventRing beacon_events_;
    sse::EventRing best_node_events_;
    sse::EventRing updates_;
    base::MonoTime began_;
    bool has_had_clients_ = false;
    bool keeps_updates_ = true;
};

}  // namespace api
