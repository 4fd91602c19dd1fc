#include "beacon_api/event_stream.hpp"

#include <string>
#include <utility>
#include <variant>

#include "beacon_api/request_error.hpp"
#include "beacon_api/responses.hpp"

namespace beacon_api {
namespace {

http::Endpoint with_topics(http::Endpoint node, std::string_view topics) {
    node.url = events_url(node.url, topics);
    return node;
}

constexpr std::size_t kTopicBytesMax = 60;
constexpr std::size_t kDataBytesMax = 200;

}  // namespace

/// The listener may destroy this in each call, so each call is the last thing that happens here.
class EventStream::Impl final : public sse::StreamListener {
  public:
    Impl(http::Transport& transport, EventDecoder& decoder, const http::Endpoint& endpoint,
         sse::StreamOptions options, EventStreamListener& listener)
        : decoder_{decoder},
          listener_{listener},
          redactor_{endpoint},
          stream_{transport, endpoint, options, *this} {}

    void on_connected() override { listener_.on_connected(); }
    void on_open() override { listener_.on_open(); }
    void on_bytes(std::string_view bytes, base::Instant arrived) override {
        listener_.on_bytes(bytes, arrived);
    }
    void on_comment(std::string_view comment, base::Instant arrived) override {
        listener_.on_comment(comment, arrived);
    }
    void on_event(const sse::Event& event, base::Instant arrived) override {
        base::Result<ChainEvent> decoded = decoder_.decode(event.type, event.data);
        if (auto* const other = decoded ? std::get_if<OtherEvent>(&decoded.value()) : nullptr) {
            *other = OtherEvent{redactor_.show(event.type, kTopicBytesMax),
                                redactor_.show(event.data, kDataBytesMax)};
            listener_.on_event(other->topic, decoded, event, arrived);
            return;
        }
        const auto* const extra = decoded ? std::get_if<ExtraEvent>(&decoded.value()) : nullptr;
        if (extra != nullptr && redactor_.has_secret(extra->data)) {
            // It is passed on whole or not at all.
            decoded = base::Error{base::ErrorCode::kBadValue, std::string{event.type}};
        }
        listener_.on_event(event.type, decoded, event, arrived);
    }
    void on_end(const http::TransferError& why) override {
        listener_.on_end(with_reason(why, redactor_));
    }

  private:
    EventDecoder& decoder_;
    EventStreamListener& listener_;
    http::Redactor redactor_;
    sse::Stream stream_;
};

EventStream::EventStream(http::Transport& transport, EventDecoder& decoder,
                         const http::Endpoint& endpoint, sse::StreamOptions options,
                         EventStreamListener& listener)
    : impl_{std::make_unique<Impl>(transport, decoder, endpoint, options, listener)} {}

EventStream::EventStream(http::Transport& transport, EventDecoder& decoder,
                         const http::Endpoint& node, std::string_view topics,
                         sse::StreamOptions options, EventStreamListener& listener)
    : EventStream{transport, decoder, with_topics(node, topics), options, listener} {}

EventStream::~EventStream() = default;

http::TransferError with_reason(http::TransferError why, const http::Redactor& redactor) {
    if (why.status != 0) {
        why.detail = status_text(why.status, decode_refusal(why.body, redactor));
    }
    return why;
}

http::Url events_url(const http::Url& node, std::string_view topics) {
    return node.with_path("/eth/v1/events", "topics=" + std::string{topics});
}

}  // namespace beacon_api
