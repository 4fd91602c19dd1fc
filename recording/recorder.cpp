#include "recording/recorder.hpp"

#include <algorithm>
#include <string_view>
#include <utility>
#include <variant>

#include "recording/entry_json.hpp"

namespace recording {
namespace {

/// The path of the Beacon API in a URL; what the operator has before it is a secret.
std::string api_path(const http::Url& url) {
    const std::string& text = url.secret_text();
    const std::size_t end = std::min(text.find('?'), text.size());
    const std::size_t begin = text.rfind("/eth/v", end);
    return begin == std::string::npos ? "" : text.substr(begin, end - begin);
}

std::unique_ptr<WriterThread> start_writer(const RecorderOptions& options) {
    auto writer = WriterThread::start(options.directory, options.limits);
    if (!writer) {
        throw DirectoryError{writer.error().detail};
    }
    return std::move(*writer);
}

}  // namespace

/// A stream as the recorder hears it. Each call of the listener may destroy it, and is the last
/// thing that is done here.
class Recorder::Transfer final : public http::TransferListener, public http::TransferHandle {
  public:
    Transfer(Recorder& recorder, std::uint64_t stream, const http::Request& request,
             http::TransferListener& listener)
        : recorder_{recorder},
          stream_{stream},
          listener_{listener},
          handle_{recorder.transport_.open(request, *this)} {}
    Transfer(const Transfer&) = delete;
    Transfer& operator=(const Transfer&) = delete;
    ~Transfer() override {
        if (!has_ended_) {
            recorder_.note(StreamClosed{stream_});
        }
    }

    void on_connected() override {
        recorder_.look();
        recorder_.note(StreamConnected{stream_});
        listener_.on_connected();
    }

    [[nodiscard]] std::optional<http::TransferError> on_head(
        const http::ResponseHead& head) override {
        recorder_.look();
        recorder_.note(StreamHead{stream_, head});
        return listener_.on_head(head);
    }

    void on_bytes(std::string_view bytes, base::Instant arrived) override {
        recorder_.look();
        recorder_.note(StreamBytes{stream_, arrived, std::string{bytes}});
        listener_.on_bytes(bytes, arrived);
    }

    void on_end(const http::TransferError& why) override {
        has_ended_ = true;
        recorder_.look();
        recorder_.note(StreamEnd{stream_, why});
        listener_.on_end(why);
    }

  private:
    Recorder& recorder_;
    std::uint64_t stream_;
    http::TransferListener& listener_;
    bool has_ended_ = false;
    std::unique_ptr<http::TransferHandle> handle_;
};

/// What goes to one node and comes from it.
class Recorder::NodeTransport final : public http::Transport {
  public:
    NodeTransport(Recorder& recorder, updates::NodeId node) : recorder_{recorder}, node_{node} {}

    /// Of the stream that is opened next.
    void set_topics(std::string_view topics) { topics_ = topics; }

    [[nodiscard]] std::unique_ptr<http::TransferHandle> open(
        const http::Request& request, http::TransferListener& listener) override {
        const std::uint64_t stream = recorder_.next_stream_++;
        recorder_.note(StreamOpening{stream, node_.name(), topics_});
        return std::make_unique<Transfer>(recorder_, stream, request, listener);
    }

    [[nodiscard]] base::Task<http::FetchResult> fetch(http::Request request,
                                                      std::chrono::milliseconds deadline) override {
        const std::uint64_t number = recorder_.next_request_++;
        recorder_.note(Requested{number, node_.name(), api_path(request.endpoint.url)});
        http::FetchResult result =
            co_await recorder_.transport_.fetch(std::move(request), deadline);
        recorder_.look();
        recorder_.note(Answered{number, result});
        co_return result;
    }

  private:
    Recorder& recorder_;
    updates::NodeId node_;
    std::string topics_;
};

class Recorder::Access final : public monitor::NodeAccess {
  public:
    explicit Access(Recorder& recorder) : recorder_{recorder} {}

    std::unique_ptr<OpenedStream> open(const monitor::Candidate& candidate, std::string_view topics,
                                       sse::StreamOptions options,
                                       beacon_api::EventStreamListener& listener) override {
        Node& node = find(candidate.id);
        node.transport.set_topics(topics);
        return node.access.open(candidate, topics, options, listener);
    }

    base::Task<monitor::RestAnswer> request(monitor::Candidate candidate,
                                            monitor::RestRequest request) override {
        Node& node = find(candidate.id);
        return node.access.request(std::move(candidate), request);
    }

  private:
    struct Node {
        Node(Recorder& recorder, updates::NodeId id)
            : transport{recorder, id}, access{transport, recorder.monitor_.extra_topics} {}

        NodeTransport transport;
        monitor::HttpNodeAccess access;
    };

    Node& find(updates::NodeId id) {
        const auto found = nodes_.find(id);
        if (found != nodes_.end()) {
            return *found->second;
        }
        return *nodes_.try_emplace(id, std::make_unique<Node>(recorder_, id)).first->second;
    }

    Recorder& recorder_;
    /// Of all nodes that were ever asked, as requests may be under way.
    updates::NodeMap<std::unique_ptr<Node>> nodes_;
};

Recorder::Recorder(base::Clock& clock, http::Transport& transport,
                   const monitor::CandidateList& candidates, monitor::MonitorOptions monitor,
                   updates::Broadcast& broadcast, RecorderOptions options)
    : clock_{clock},
      transport_{transport},
      candidates_{candidates},
      monitor_{std::move(monitor)},
      options_{std::move(options)},
      writer_{start_writer(options_)},
      access_{std::make_unique<Access>(*this)},
      now_{clock.instant()} {
    begin_file({Entry{now_, Started{options_.version, false, 0, 0, monitor_}}});
    subscription_ = broadcast.listen([this](const updates::Message& message) {
        const auto* const update = std::get_if<std::shared_ptr<const updates::Update>>(&message);
        if (update == nullptr) {
            return;
        }
        const updates::Fact& fact = (*update)->fact;
        if (const auto* ended = std::get_if<updates::ServiceEnded>(&fact)) {
            note(Entry{(*update)->at, ServiceFact{*ended}});
        } else if (const auto* health = std::get_if<updates::ServiceHealth>(&fact)) {
            note(Entry{(*update)->at, ServiceFact{*health}});
        }
    });
}

Recorder::~Recorder() = default;

monitor::NodeAccess& Recorder::access() {
    return *access_;
}

base::Task<void> Recorder::begin(Kind kind) {
    look();
    kernel_ = clock_.kernel_clock();
    note_list();
    note(TurnBegan{kind, kernel_});
    co_return;
}

void Recorder::stopping(Stop why) {
    look();
    note(Stopping{why});
}

std::uint64_t Recorder::place_of(const monitor::Candidate& candidate) {
    const auto [place, is_new] = places_.try_emplace(candidate.id, Place{candidate.endpoint, 1});
    if (!is_new && place->second.endpoint != candidate.endpoint) {
        place->second = {candidate.endpoint, place->second.number + 1};
    }
    return place->second.number;
}

void Recorder::note_list() {
    if (list_ == candidates_.in_force()) {
        return;
    }
    list_ = candidates_.in_force();
    Listed listed;
    for (const monitor::Candidate& candidate : *list_) {
        listed.nodes.push_back({candidate.id.name(), place_of(candidate), candidate.liveness,
                                candidate.checks_network});
    }
    note(std::move(listed));
}

void Recorder::begin_file(std::vector<Entry> first) {
    for (const Entry& entry : first) {
        standing_.apply(entry);
    }
    file_bytes_ = 0;
    file_began_ = now_.mono;
    writer_->begin_file([entries = std::move(first)](std::uint64_t lost) {
        std::string lines;
        Entry begin = entries.front();
        std::get<Started>(begin.event).lost = lost;
        append_line(lines, begin);
        for (std::size_t i = 1; i < entries.size(); ++i) {
            append_line(lines, entries[i]);
        }
        return lines;
    });
}

void Recorder::note(const Entry& entry) {
    const bool is_full =
        file_bytes_ >= options_.file_bytes_max || now_.mono - file_began_ >= options_.file_age_max;
    const bool needs_file = writer_->needs_new_file();
    if (needs_file ? writer_->may_begin_file() : is_full) {
        begin_file(standing_.first_entries(now_));
    }
    standing_.apply(entry);
    std::string line;
    append_line(line, entry);
    file_bytes_ += line.size();
    // What is refused is counted there.
    (void)writer_->write(std::move(line));
}

}  // namespace recording
