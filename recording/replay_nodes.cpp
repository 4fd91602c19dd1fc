#include "recording/replay_nodes.hpp"

#include <algorithm>
#include <utility>

#include <boost/asio/error.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include "recording/standing.hpp"

namespace recording {

namespace asio = boost::asio;

/// A request of the monitor.
struct ReplayNodes::Fetch {
    Fetch(const asio::any_io_executor& executor, std::string asked, base::MonoTime ends)
        : path{std::move(asked)}, deadline{ends}, ended{executor} {
        ended.expires_at(asio::steady_timer::time_point::max());
    }

    std::string path;
    base::MonoTime deadline;
    asio::steady_timer ended;
    bool is_bound = false;
    std::optional<http::FetchResult> result;
};

/// A stream of the monitor. A call of its listener may destroy it.
class ReplayNodes::OpenTransfer final : public http::TransferHandle {
  public:
    OpenTransfer(ReplayNodes& nodes, updates::NodeId node, http::TransferListener& listener)
        : nodes_{nodes}, node_{node}, listener_{listener} {}
    OpenTransfer(const OpenTransfer&) = delete;
    OpenTransfer& operator=(const OpenTransfer&) = delete;
    ~OpenTransfer() override { nodes_.drop(*this); }

    [[nodiscard]] updates::NodeId node() const { return node_; }
    [[nodiscard]] http::TransferListener& listener() { return listener_; }

    /// The recorded stream that it has joined.
    std::optional<std::uint64_t> stream;
    bool was_connected = false;
    bool had_head = false;

  private:
    ReplayNodes& nodes_;
    updates::NodeId node_;
    http::TransferListener& listener_;
};

class ReplayNodes::NodeTransport final : public http::Transport {
  public:
    NodeTransport(ReplayNodes& nodes, updates::NodeId node) : nodes_{nodes}, node_{node} {}

    [[nodiscard]] std::unique_ptr<http::TransferHandle> open(
        const http::Request& /*request*/, http::TransferListener& listener) override;
    [[nodiscard]] base::Task<http::FetchResult> fetch(http::Request request,
                                                      std::chrono::milliseconds deadline) override;

    OpenTransfer* opened = nullptr;
    std::list<std::shared_ptr<Fetch>> fetches;

  private:
    ReplayNodes& nodes_;
    updates::NodeId node_;
};

struct ReplayNodes::Node {
    Node(ReplayNodes& nodes, updates::NodeId id)
        : transport{nodes, id}, access{transport, nodes.extra_topics_} {}

    NodeTransport transport;
    monitor::HttpNodeAccess access;
};

std::unique_ptr<http::TransferHandle> ReplayNodes::NodeTransport::open(
    const http::Request& /*request*/, http::TransferListener& listener) {
    auto transfer = std::make_unique<OpenTransfer>(nodes_, node_, listener);
    opened = transfer.get();
    return transfer;
}

base::Task<http::FetchResult> ReplayNodes::NodeTransport::fetch(
    http::Request request, std::chrono::milliseconds deadline) {
    const std::string& url = request.endpoint.url.secret_text();
    const std::size_t begin = url.rfind("/eth/v");
    auto fetch = std::make_shared<Fetch>(nodes_.executor_,
                                         begin == std::string::npos ? "" : url.substr(begin),
                                         nodes_.clock_.now() + deadline);
    const auto place = fetches.insert(fetches.end(), fetch);
    boost::system::error_code ended;
    co_await fetch->ended.async_wait(asio::redirect_error(asio::use_awaitable, ended));
    fetches.erase(place);
    if (!fetch->result) {
        throw boost::system::system_error{asio::error::operation_aborted};
    }
    co_return std::move(*fetch->result);
}

ReplayNodes::ReplayNodes(asio::any_io_executor executor, base::Clock& clock,
                         std::vector<std::string> extra_topics, bool begins_late)
    : executor_{std::move(executor)},
      clock_{clock},
      extra_topics_{std::move(extra_topics)},
      begins_late_{begins_late} {}

ReplayNodes::~ReplayNodes() = default;

ReplayNodes::Node& ReplayNodes::find(updates::NodeId id) {
    const auto found = nodes_.find(id);
    if (found != nodes_.end()) {
        return *found->second;
    }
    return *nodes_.try_emplace(id, std::make_unique<Node>(*this, id)).first->second;
}

std::unique_ptr<monitor::NodeAccess::OpenedStream> ReplayNodes::open(
    const monitor::Candidate& candidate, std::string_view topics, sse::StreamOptions options,
    beacon_api::EventStreamListener& listener) {
    return find(candidate.id).access.open(candidate, topics, options, listener);
}

base::Task<monitor::RestAnswer> ReplayNodes::request(monitor::Candidate candidate,
                                                     monitor::RestRequest request) {
    Node& node = find(candidate.id);
    return node.access.request(std::move(candidate), request);
}

ReplayNodes::Recorded* ReplayNodes::find_stream(std::uint64_t stream) {
    const auto found = streams_.find(stream);
    return found == streams_.end() ? nullptr : &found->second;
}

void ReplayNodes::drop(OpenTransfer& transfer) {
    NodeTransport& transport = find(transfer.node()).transport;
    if (transport.opened == &transfer) {
        transport.opened = nullptr;
    }
    if (transfer.stream) {
        if (Recorded* const recorded = find_stream(*transfer.stream)) {
            recorded->transfer = nullptr;
        }
    }
}

void ReplayNodes::join(std::uint64_t stream, Recorded& recorded, OpenTransfer& transfer) {
    recorded.transfer = &transfer;
    transfer.stream = stream;
}

void ReplayNodes::apply(const StreamOpening& event) {
    const updates::NodeId node{event.node};
    const auto [place, is_new] =
        streams_.try_emplace(event.stream, Recorded{node, false, {}, nullptr});
    OpenTransfer* const transfer = find(node).transport.opened;
    if (is_new && transfer != nullptr && !transfer->stream) {
        join(event.stream, place->second, *transfer);
    }
}

void ReplayNodes::apply(const StreamConnected& event) {
    Recorded* const recorded = find_stream(event.stream);
    if (recorded == nullptr || std::exchange(recorded->is_connected, true)) {
        return;
    }
    OpenTransfer* const transfer = recorded->transfer;
    if (transfer != nullptr && !std::exchange(transfer->was_connected, true)) {
        transfer->listener().on_connected();
    }
}

void ReplayNodes::apply(const StreamHead& event) {
    Recorded* const recorded = find_stream(event.stream);
    if (recorded == nullptr || recorded->head) {
        return;
    }
    recorded->head = event.head;
    OpenTransfer* const transfer = recorded->transfer;
    if (transfer != nullptr && !std::exchange(transfer->had_head, true)) {
        // An answer that is rejected has its end recorded.
        (void)transfer->listener().on_head(event.head);
    }
}

void ReplayNodes::apply(const StreamBytes& event) {
    Recorded* const recorded = find_stream(event.stream);
    if (recorded != nullptr && recorded->transfer != nullptr) {
        recorded->transfer->listener().on_bytes(event.bytes, event.arrived);
    }
}

void ReplayNodes::apply(const StreamEnd& event) {
    Recorded* const recorded = find_stream(event.stream);
    if (recorded == nullptr) {
        return;
    }
    OpenTransfer* const transfer = recorded->transfer;
    streams_.erase(event.stream);
    if (transfer != nullptr) {
        transfer->stream.reset();
        transfer->listener().on_end(event.why);
    }
}

void ReplayNodes::apply(const StreamClosed& event) {
    Recorded* const recorded = find_stream(event.stream);
    if (recorded == nullptr) {
        return;
    }
    // Here the monitor has kept it: it goes on with the node's next stream.
    if (recorded->transfer != nullptr) {
        recorded->transfer->stream.reset();
    }
    streams_.erase(event.stream);
}

void ReplayNodes::apply(const Requested& event) {
    if (Standing::is_lasting(event.path)) {
        asked_.insert_or_assign(event.request, event);
    }
    for (const auto& fetch : find(updates::NodeId{event.node}).transport.fetches) {
        if (!fetch->is_bound && fetch->path == event.path) {
            fetch->is_bound = true;
            fetches_.insert_or_assign(event.request, fetch);
            return;
        }
    }
}

void ReplayNodes::apply(const Answered& event) {
    constexpr int kOk = 200;
    if (const auto asked = asked_.extract(event.request);
        asked && event.result && event.result->head.status == kOk) {
        lasting_.insert_or_assign(std::pair{asked.mapped().node, asked.mapped().path},
                                  *event.result);
    }
    const auto found = fetches_.find(event.request);
    if (found == fetches_.end()) {
        return;
    }
    const auto fetch = found->second;
    fetches_.erase(found);
    fetch->result = event.result;
    fetch->ended.cancel();
}

std::optional<http::Response> ReplayNodes::find_lasting(updates::NodeId node,
                                                        const std::string& path) const {
    const auto found = lasting_.find({node.name(), path});
    if (found == lasting_.end()) {
        return std::nullopt;
    }
    http::Response answer = found->second;
    answer.sent = clock_.now();
    answer.arrived = clock_.instant();
    // It was another moment that it names.
    answer.head.date.clear();
    return answer;
}

void ReplayNodes::settle() {
    for (auto& [number, recorded] : streams_) {
        OpenTransfer* const transfer = find(recorded.node).transport.opened;
        if (recorded.transfer == nullptr && transfer != nullptr && !transfer->stream) {
            join(number, recorded, *transfer);
        }
        // The listener may close the stream in the first call, so each is looked up anew.
        if (recorded.transfer != nullptr && recorded.is_connected &&
            !std::exchange(recorded.transfer->was_connected, true)) {
            recorded.transfer->listener().on_connected();
        }
        if (recorded.transfer != nullptr && recorded.head &&
            !std::exchange(recorded.transfer->had_head, true)) {
            (void)recorded.transfer->listener().on_head(*recorded.head);
        }
    }
    for (auto& [id, node] : nodes_) {
        for (const auto& fetch : node->transport.fetches) {
            const bool is_late = fetch->deadline <= clock_.now();
            if (fetch->is_bound || fetch->result || (!is_late && !begins_late_)) {
                continue;
            }
            if (auto lasting = find_lasting(id, fetch->path)) {
                fetch->result = std::move(*lasting);
                fetch->ended.cancel();
            } else if (is_late) {
                fetch->result = http::FetchError{std::nullopt, "not in the recording"};
                fetch->ended.cancel();
            }
        }
    }
}

}  // namespace recording
