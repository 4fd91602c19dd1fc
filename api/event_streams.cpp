#include "api/event_streams.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "api/request_rules.hpp"
#include "base/printable.hpp"
#include "base/text.hpp"
#include "sse/writer.hpp"
#include "updates/kind.hpp"

namespace api {
namespace {

sse::EventRingOptions ring_options(std::size_t events_max, const std::string& start_id) {
    sse::EventRingOptions options;
    options.events_max = events_max;
    options.bytes_max = EventStreams::kRingBytesMax;
    options.id_prefix = start_id;
    return options;
}

bool contains(const std::vector<std::string>& words, const std::string& word) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

/// What all streams have in common.
void set_wire_form(sse::EventFeedOptions& options) {
    options.headers = {{"X-Accel-Buffering", "no"}};
    options.preamble = "retry: " + std::to_string(EventStreams::kRetryMilliseconds) + "\n\n";
}

/// Counts a client for as long as it is served.
class Place {
  public:
    explicit Place(std::size_t& streams) : streams_{streams} { ++streams_; }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    ~Place() { --streams_; }

  private:
    std::size_t& streams_;
};

}  // namespace

EventStreams::EventStreams(const boost::asio::any_io_executor& executor, base::Clock& clock,
                           const EventStreamsOptions& options)
    : clock_{clock},
      streams_max_{options.streams_max},
      extra_topics_{options.extra_topics},
      beacon_events_{executor, ring_options(kBeaconEventsMax, options.start_id)},
      best_node_events_{executor, ring_options(kBeaconEventsMax, options.start_id + "b")},
      updates_{executor, ring_options(kUpdatesMax, options.start_id)},
      began_{clock.now()} {}

bool EventStreams::keeps_updates() {
    if (keeps_updates_ && !has_had_clients_ && clock_.now() - began_ > kFirstClientTime) {
        keeps_updates_ = false;
        updates_.clear();
    }
    return keeps_updates_;
}

base::Task<void> EventStreams::serve_beacon_events(http::ServerExchange& exchange,
                                                   const http::Query& query) {
    auto topics = parse_topics(query, extra_topics_);
    if (!topics) {
        co_await exchange.respond_error(400, topics.error().detail);
        co_return;
    }
    const auto wait_for = query.find("wait_for");
    if (wait_for && *wait_for != "best_node") {
        co_await exchange.respond_error(400, "Invalid wait_for: it may be best_node, or absent");
        co_return;
    }
    IsWanted is_wanted = [topics = std::move(*topics)](const sse::RingEvent& event) {
        return contains(topics, event.type);
    };
    co_await serve(exchange, wait_for ? best_node_events_ : beacon_events_, std::move(is_wanted));
}

base::Task<void> EventStreams::serve_updates(http::ServerExchange& exchange,
                                             const http::Query& query) {
    auto kinds = parse_words(query, "kinds");
    auto nodes = parse_words(query, "nodes");
    std::string problem = !kinds ? kinds.error().detail : !nodes ? nodes.error().detail : "";
    if (problem.empty()) {
        const auto unknown = std::find_if(kinds->begin(), kinds->end(), [](const auto& kind) {
            return !updates::find_kind(kind);
        });
        if (unknown != kinds->end()) {
            problem = "Invalid kind: " + base::printable(*unknown, kShownBytesMax);
        }
    }
    const auto text = query.find("last");
    const auto last = text ? base::parse_number(*text, 1, kUpdatesMax) : std::uint64_t{0};
    if (problem.empty() && !last) {
        problem = "last wants a whole number from 1 to " + std::to_string(kUpdatesMax);
    }
    if (!problem.empty()) {
        co_await exchange.respond_error(400, problem);
        co_return;
    }
    IsWanted is_wanted = [kinds = std::move(*kinds),
                          nodes = std::move(*nodes)](const sse::RingEvent& event) {
        return (kinds.empty() || contains(kinds, event.type)) &&
               (nodes.empty() || contains(nodes, event.subject));
    };
    has_had_clients_ = true;
    keeps_updates_ = true;
    co_await serve(exchange, updates_, std::move(is_wanted), *last);
}

base::Task<void> EventStreams::serve_state(http::ServerExchange& exchange, sse::EventRing& ring,
                                           sse::EventFeedOptions options) {
    has_had_clients_ = true;
    keeps_updates_ = true;
    if (co_await refuse(exchange)) {
        co_return;
    }
    const Place place{streams_};
    options.write_state = [this, write = std::move(options.write_state)](const sse::RingGap& gap) {
        limits_met_.lost_events += gap.events.value_or(0);
        return write(gap);
    };
    set_wire_form(options);
    sse::EventRing::Cursor cursor = ring.at_end();
    co_await sse::feed_events(exchange, std::move(cursor), clock_, std::move(options));
}

base::Task<bool> EventStreams::refuse(http::ServerExchange& exchange) {
    if (!accepts_event_stream(exchange.request().headers)) {
        co_await exchange.respond_error(406, "Accept does not allow text/event-stream");
        co_return true;
    }
    if (streams_ >= streams_max_) {
        ++limits_met_.streams;
        std::vector<http::Header> retry{{"Retry-After", "5"}};
        co_await exchange.respond_error(503, "too many event streams are open", std::move(retry));
        co_return true;
    }
    co_return false;
}

base::Task<void> EventStreams::serve(http::ServerExchange& exchange, sse::EventRing& ring,
                                     IsWanted is_wanted, std::size_t last) {
    if (co_await refuse(exchange)) {
        co_return;
    }
    const Place place{streams_};
    const auto& headers = exchange.request().headers;
    const std::string_view last_id = find_header(headers, "Last-Event-ID");
    sse::EventFeedOptions options;
    // Who comes back has had the last ones.
    sse::EventRing::Cursor cursor =
        last_id.empty() ? ring.before_last(last, is_wanted) : ring.after(last_id);
    options.is_wanted = std::move(is_wanted);
    options.write_gap = [this](const sse::RingGap& gap) { return write_gap(gap); };
    set_wire_form(options);
    co_await sse::feed_events(exchange, std::move(cursor), clock_, std::move(options));
}

std::string EventStreams::write_gap(const sse::RingGap& gap) {
    // How many there were of the topics that this client reads, nobody knows.
    std::string bytes;
    if (gap.events) {
        limits_met_.lost_events += *gap.events;
        sse::append_comment(bytes, " up to " + std::to_string(*gap.events) + " events lost");
    } else {
        sse::append_comment(bytes, " events lost: the id that was sent is not of this start");
    }
    return bytes;
}

}  // namespace api
