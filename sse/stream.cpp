#include "sse/stream.hpp"

#include <utility>

#include "http/failure_reason.hpp"
#include "http/redactor.hpp"

namespace sse {

namespace {

constexpr std::string_view kContentType = "text/event-stream";
constexpr int kStatusOk = 200;

std::optional<http::TransferError> find_unwanted(const http::ResponseHead& head,
                                                 const http::Redactor& redactor) {
    if (head.status != kStatusOk) {
        return http::TransferError{http::FailureReason::kHttpStatus,
                                   "status " + std::to_string(head.status), head.status,
                                   head.retry_after};
    }
    if (head.content_type != kContentType) {
        return http::TransferError{http::FailureReason::kContentType,
                                   head.content_type.empty()
                                       ? "no content type"
                                       : "content type " + redactor.show(head.content_type, 60)};
    }
    return std::nullopt;
}

}  // namespace

/// The listener may destroy the Stream in each of its calls: whatever goes on after one keeps this
/// alive.
class Stream::Impl final : public http::TransferListener,
                           public std::enable_shared_from_this<Stream::Impl> {
  public:
    Impl(const http::Endpoint& endpoint, std::size_t event_bytes_max, StreamListener& listener)
        : listener_{&listener},
          redactor_{endpoint},
          event_bytes_max_{event_bytes_max},
          parser_{event_bytes_max, [this](const Event& event) { on_event(event); },
                  [this](std::string_view comment) { on_comment(comment); }} {}

    void open(http::Transport& transport, const http::Request& request) {
        transfer_ = transport.open(request, *this);
    }
    void close() {
        listener_ = nullptr;
        transfer_.reset();
    }

    void on_connected() override { listener_->on_connected(); }

    [[nodiscard]] std::optional<http::TransferError> on_head(
        const http::ResponseHead& head) override {
        auto failure = find_unwanted(head, redactor_);
        if (!failure) {
            listener_->on_open();
        }
        return failure;
    }

    void on_bytes(std::string_view bytes, base::Instant arrived) override {
        const auto self = shared_from_this();
        arrived_ = arrived;
        listener_->on_bytes(bytes, arrived);
        if (listener_ == nullptr) {
            return;
        }
        if (!parser_.feed(bytes) && listener_ != nullptr) {
            end({http::FailureReason::kTooLarge,
                 "an event of more than " + std::to_string(event_bytes_max_) + " bytes"});
        }
    }

    void on_end(const http::TransferError& why) override {
        const auto self = shared_from_this();
        end(why);
    }

  private:
    void on_event(const Event& event) {
        if (listener_ != nullptr) {
            listener_->on_event(event, arrived_);
        }
    }
    void on_comment(std::string_view comment) {
        if (listener_ != nullptr) {
            listener_->on_comment(comment, arrived_);
        }
    }
    void end(const http::TransferError& why) {
        transfer_.reset();
        if (StreamListener* const listener = std::exchange(listener_, nullptr)) {
            listener->on_end(why);
        }
    }

    /// Null once the Stream is gone or has ended.
    StreamListener* listener_;
    http::Redactor redactor_;
    std::size_t event_bytes_max_;
    Parser parser_;
    base::Instant arrived_{};
    std::unique_ptr<http::TransferHandle> transfer_;
};

Stream::Stream(http::Transport& transport, const http::Endpoint& endpoint, StreamOptions options,
               StreamListener& listener)
    : impl_{std::make_shared<Impl>(endpoint, options.event_bytes_max, listener)} {
    http::Request request;
    request.endpoint = endpoint;
    request.accept = kContentType;
    request.connect_timeout = options.connect_timeout;
    impl_->open(transport, request);
}

Stream::~Stream() {
    impl_->close();
}

}  // namespace sse
