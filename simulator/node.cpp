#include "simulator/node.hpp"

#include <algorithm>
#include <utility>

#include "chain/slot.hpp"
#include "http/date.hpp"
#include "simulator/beacon_json.hpp"
#include "simulator/endpoint_fault.hpp"

namespace simulator {
namespace {

namespace asio = boost::asio;

/// A port that somebody took while the node was down is tried again for this long.
constexpr int kBindTries = 50;
constexpr std::chrono::milliseconds kBindPause{100};
/// In each slot with this remainder a client's comments come inside its events.
constexpr std::uint64_t kCommentInsideSlots = 4;

constexpr std::string_view kBadGatewayPage =
    "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n"
    "<center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>nginx</center>\r\n"
    "</body>\r\n</html>\r\n";

/// Keeps a stream in the list of those that get events.
class Listed {
  public:
    Listed(std::list<EventStream*>& streams, EventStream& stream)
        : streams_{streams}, place_{streams.insert(streams.end(), &stream)} {}
    Listed(const Listed&) = delete;
    Listed& operator=(const Listed&) = delete;
    ~Listed() { streams_.erase(place_); }

  private:
    std::list<EventStream*>& streams_;
    std::list<EventStream*>::iterator place_;
};

asio::ip::tcp::socket reserve(const asio::any_io_executor& executor, std::uint16_t port) {
    asio::ip::tcp::socket socket{executor, asio::ip::tcp::v4()};
    // The server binds the same port; the kernel lets both have it as long as one listens at most.
    socket.set_option(asio::socket_base::reuse_address{true});
    socket.bind(asio::ip::tcp::endpoint{asio::ip::address_v4::loopback(), port});
    return socket;
}

}  // namespace

Node::Node(asio::any_io_executor executor, base::Clock& clock, Genesis genesis,
           const Scenario& scenario, std::size_t index, const Chain& chain)
    : executor_{std::move(executor)},
      clock_{clock},
      genesis_{genesis},
      plan_{scenario, index, chain},
      reserved_{reserve(executor_, plan_.script().port)} {
    start_slot(0);
    if (fault(FaultKind::kDown) == nullptr) {
        listen();
    }
}

const Fault* Node::fault(FaultKind kind) const {
    return find_fault(plan_.script(), kind, slot_);
}

NodeView Node::view() const {
    const auto since_1970 = genesis_.time.wall.time_since_epoch();
    return NodeView{slot_, head_, std::chrono::duration_cast<std::chrono::seconds>(since_1970)};
}

void Node::listen() {
    const asio::ip::tcp::endpoint here{asio::ip::address_v4::loopback(), port()};
    auto handler = [this](http::ServerExchange& exchange) { return handle(exchange); };
    server_ = std::make_unique<http::Server>(executor_, here, std::move(handler));
    if (fault(FaultKind::kRefuse) != nullptr) {
        server_->close_listener();
    }
}

base::Task<void> Node::run() {
    return base::run_all(play(), serve());
}

/// The server exists while the node is not down; with it go its connections.
base::Task<void> Node::serve() {
    while (true) {
        co_await until_down_is(false);
        for (int tries = 1; server_ == nullptr; ++tries) {
            try {
                listen();
            } catch (const boost::system::system_error&) {
                if (tries == kBindTries) {
                    throw;
                }
            }
            if (server_ == nullptr) {
                co_await clock_.sleep_until(clock_.now() + kBindPause);
            }
        }
        co_await base::run_first(server_->run(), until_down_is(true));
        server_.reset();
    }
}

base::Task<void> Node::until_down_is(bool is_down) {
    while ((fault(FaultKind::kDown) != nullptr) != is_down) {
        const base::MonoTime next = genesis_.start_of(slot_ + 1);
        // `play` moves the slot at the same moment, and may be woken after us.
        co_await clock_.sleep_until(std::max(next, clock_.now() + std::chrono::milliseconds{1}));
    }
}

base::Task<void> Node::play() {
    co_await clock_.sleep_until(genesis_.start_of(0));
    while (true) {
        const base::MonoTime next = genesis_.start_of(slot_ + 1);
        while (!due_.empty() && due_.front().when < next) {
            co_await clock_.sleep_until(due_.front().when);
            const Due due = std::move(due_.front());
            due_.erase(due_.begin());
            if (due.is_cut) {
                cut_streams();
            } else {
                deliver(due.emission);
            }
        }
        co_await clock_.sleep_until(next);
        start_slot(slot_ + 1);
    }
}

void Node::start_slot(std::uint64_t slot) {
    slot_ = slot;
    const Branch branch = plan_.branch_at(slot);
    if (slot == 0 || branch.is_other_network != branch_.is_other_network) {
        // What the node had when the slot began.
        const std::uint64_t before = std::max<std::uint64_t>(plan_.network_slot(slot).value, 1) - 1;
        head_ = plan_.chain().block_at_or_before(branch, chain::Slot{before});
    }
    branch_ = branch;
    if (const auto synced_to = plan_.synced_to(slot)) {
        head_ = plan_.chain().block_at_or_before(branch, *synced_to);
    }
    for (Emission& emission : plan_.emissions(slot)) {
        const base::MonoTime when = genesis_.start_of(slot) + emission.after;
        schedule(Due{when, std::move(emission)});
    }
    if (const Fault* const cut = fault(FaultKind::kCut)) {
        schedule(Due{genesis_.start_of(slot) + cut->delay, {}, true});
    }
    if (server_ != nullptr) {
        if (fault(FaultKind::kRefuse) != nullptr || fault(FaultKind::kDown) != nullptr) {
            server_->close_listener();
        } else {
            server_->open_listener();
        }
    }
    for (EventStream* const stream : streams_) {
        apply_faults(*stream);
        if (fault(FaultKind::kBadGateway) != nullptr ||
            fault(FaultKind::kStreamStatus) != nullptr) {
            stream->end(EventStream::Ending::kCut);
        } else if (fault(FaultKind::kClose) != nullptr) {
            stream->end(EventStream::Ending::kClean);
        }
        stream->slot_started();
    }
}

void Node::apply_faults(EventStream& stream) const {
    stream.set_silent(fault(FaultKind::kHangMidStream) != nullptr);
    stream.set_stalled(fault(FaultKind::kStalled) != nullptr);
    const Fault* const buffered = fault(FaultKind::kBuffered);
    stream.set_buffered(buffered == nullptr ? std::nullopt : std::optional{buffered->bytes});
}

void Node::schedule(Due due) {
    const auto place = std::upper_bound(
        due_.begin(), due_.end(), due.when,
        [](base::MonoTime moment, const Due& other) { return moment < other.when; });
    due_.insert(place, std::move(due));
}

void Node::cut_streams() {
    for (EventStream* const stream : streams_) {
        stream->end(EventStream::Ending::kCut);
    }
}

void Node::deliver(const Emission& emission) {
    if (emission.head) {
        head_ = *emission.head;
    }
    using Delivery = EventStream::Delivery;
    const bool is_head = emission.topic == "head" || emission.topic == "head_v2";
    Delivery delivery = Delivery::kWhole;
    if (fault(FaultKind::kResetMidEvent) != nullptr && is_head) {
        delivery = Delivery::kHalfThenReset;
    } else if (fault(FaultKind::kSlowDrip) != nullptr) {
        delivery = Delivery::kDrip;
    }
    const Fault* const extra = fault(FaultKind::kExtraEvent);
    for (EventStream* const stream : streams_) {
        if (extra != nullptr && is_head && stream->has_topic(emission.topic)) {
            stream->push_unasked(extra->topic, "{}");
        }
        stream->push(emission.topic, emission.data, delivery, slot_ % kCommentInsideSlots == 0);
    }
}

http::Header Node::date() const {
    const auto offset =
        std::chrono::duration_cast<base::WallTime::duration>(plan_.clock_offset(slot_));
    return http::Header{"Date", http::format_date(clock_.wall_now() + offset)};
}

base::Task<void> Node::respond(http::ServerExchange& exchange, RestAnswer answer,
                               std::vector<http::Header> headers) {
    headers.push_back(date());
    std::string type = answer.body.empty() ? "" : std::move(answer.content_type);
    co_await exchange.respond(answer.status, std::move(type), std::move(answer.body),
                              std::move(headers));
}

base::Task<void> Node::handle(http::ServerExchange& exchange) {
    if (on_request_) {
        on_request_(exchange.request().target);
    }
    if (fault(FaultKind::kHangBeforeHeaders) != nullptr) {
        co_await exchange.peer_gone();
        co_return;
    }
    if (fault(FaultKind::kBadGateway) != nullptr) {
        RestAnswer page{502, std::string{kBadGatewayPage}, "text/html"};
        co_await respond(exchange, std::move(page));
        co_return;
    }
    const std::string& target = exchange.request().target;
    const Fault* const spoilt = find_endpoint_fault(plan_.script(), target, slot_);
    if (spoilt != nullptr && spoilt->answer != EndpointAnswer::kOddMember) {
        co_await handle_spoilt(exchange, *spoilt);
        co_return;
    }
    if (target.substr(0, target.find('?')) == "/eth/v1/events") {
        co_await handle_events(exchange);
    } else {
        co_await handle_rest(exchange);
    }
}

base::Task<void> Node::handle_spoilt(http::ServerExchange& exchange, const Fault& spoilt) {
    if (spoilt.answer == EndpointAnswer::kHang) {
        co_await exchange.peer_gone();
        co_return;
    }
    std::vector<http::Header> headers;
    RestAnswer answer{200, "\x01 no beacon node", "text/html"};
    if (spoilt.answer == EndpointAnswer::kGarbage && spoilt.endpoint == "events") {
        answer.content_type = "text/event-stream";
        answer.body = "\xff\xfe no event\n\n";
    } else if (spoilt.answer == EndpointAnswer::kStatus) {
        answer = RestAnswer{spoilt.status, error_json(spoilt.status, "Refused")};
        if (spoilt.retry_after.count() > 0) {
            headers.push_back(
                http::Header{"Retry-After", std::to_string(spoilt.retry_after.count())});
        }
    }
    co_await respond(exchange, std::move(answer), std::move(headers));
}

base::Task<void> Node::handle_rest(http::ServerExchange& exchange) {
    std::vector<http::Header> headers;
    RestAnswer answer;
    const Fault* const down = fault(FaultKind::kRestDown);
    const Fault* const refused = fault(FaultKind::kRetryAfter);
    const std::string& method = exchange.request().method;
    if (down != nullptr && down->status == 0) {
        co_await exchange.peer_gone();
        co_return;
    }
    if (down != nullptr) {
        answer = RestAnswer{down->status, error_json(down->status, "Internal error")};
    } else if (refused != nullptr) {
        headers.push_back(
            http::Header{"Retry-After", std::to_string(refused->retry_after.count())});
        answer = RestAnswer{refused->status, error_json(refused->status, "Too many requests")};
    } else if (method != "GET" && method != "HEAD") {
        headers.push_back(http::Header{"Allow", "GET, HEAD"});
        answer = RestAnswer{405, error_json(405, "Method not allowed")};
    } else {
        const std::string& target = exchange.request().target;
        answer = rest_answer(plan_, view(), target);
        // Those that answer otherwise do not come here.
        if (const Fault* const odd = find_endpoint_fault(plan_.script(), target, slot_)) {
            answer.body = with_odd_member(std::move(answer.body), odd->endpoint);
        }
    }
    co_await respond(exchange, std::move(answer), std::move(headers));
}

/// What becomes of the request depends on its topics: a refusal, silence, or a stream.
base::Task<void> Node::handle_events(http::ServerExchange& exchange) {
    if (const Fault* const refused = fault(FaultKind::kStreamStatus)) {
        RestAnswer answer{refused->status, error_json(refused->status, "No streams now")};
        std::vector<http::Header> headers;
        if (refused->retry_after.count() > 0) {
            headers.push_back({"Retry-After", std::to_string(refused->retry_after.count())});
        }
        co_await respond(exchange, std::move(answer), std::move(headers));
        co_return;
    }
    const ClientProfile& profile = plan_.profile();
    std::vector<std::string> topics = topics_of(profile, exchange.request().target);
    const auto asks_for = [&](const Fault* topic_fault) {
        return topic_fault != nullptr &&
               std::find(topics.begin(), topics.end(), topic_fault->topic) != topics.end();
    };
    std::string bad_topic;
    if (asks_for(fault(FaultKind::kRefuseTopic))) {
        bad_topic = fault(FaultKind::kRefuseTopic)->topic;
    }
    bool is_silent = asks_for(fault(FaultKind::kSilentTopic));
    const Fault* const forgotten = fault(FaultKind::kUnknownTopic);
    const auto unknown = std::find_if(topics.begin(), topics.end(), [&](const std::string& topic) {
        return !knows_topic(profile, topic) || (forgotten != nullptr && forgotten->topic == topic);
    });
    const bool has_unknown = unknown != topics.end() || topics.empty();
    if (has_unknown && profile.unknown_topic == UnknownTopic::kBadRequest && bad_topic.empty()) {
        bad_topic = topics.empty() ? "(none)" : *unknown;
    }
    if (!bad_topic.empty()) {
        RestAnswer refusal{400, error_json(400, "Invalid topic: " + bad_topic)};
        co_await respond(exchange, std::move(refusal));
        co_return;
    }
    if (has_unknown && profile.unknown_topic == UnknownTopic::kSilence) {
        topics.erase(unknown, topics.end());
        is_silent = is_silent || topics.empty();
    }
    if (has_unknown && profile.unknown_topic == UnknownTopic::kEndAtOnce) {
        topics.clear();
    }
    co_await stream(exchange, std::move(topics), is_silent);
}

base::Task<void> Node::stream(http::ServerExchange& exchange, std::vector<std::string> topics,
                              bool is_silent) {
    if (is_silent) {
        if (plan_.profile().headers == HeadersSent::kAtOnce) {
            std::vector<http::Header> headers{date()};
            static_cast<void>(
                co_await exchange.start_stream("text/event-stream", std::move(headers)));
        }
        co_await exchange.peer_gone();
        exchange.close();
        co_return;
    }
    const bool ends_at_once = topics.empty() || fault(FaultKind::kClose) != nullptr;
    EventStream stream{executor_, clock_, plan_.profile(), genesis_.slot_duration,
                       std::move(topics)};
    apply_faults(stream);
    if (ends_at_once) {
        stream.end(EventStream::Ending::kClean);
    }
    const Listed listed{streams_, stream};
    const auto make_headers = [this] {
        return std::vector<http::Header>{date(), {"Cache-Control", "no-cache"}};
    };
    co_await stream.run(exchange, make_headers);
}

}  // namespace simulator
