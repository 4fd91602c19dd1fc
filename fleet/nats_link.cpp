#include "fleet/nats_link.hpp"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <utility>

#include <boost/asio/post.hpp>

#include "fleet/broker.hpp"
#include "fleet/message.hpp"
#include "fleet/thread.hpp"

namespace fleet {
namespace {

/// The sequence of a message that was sent; 0 where it had none.
std::uint64_t sequence_of(natsMsg* message) {
    const char* text = nullptr;
    if (natsMsgHeader_Get(message, kMessageIdHeader, &text) != NATS_OK || text == nullptr) {
        return 0;
    }
    const auto id = parse_message_id(text);
    return id ? id->sequence : 0;
}

}  // namespace

/// What the loop, the thread of the link and the threads of libnats share.
class NatsLink::State : public std::enable_shared_from_this<State> {
  public:
    State(boost::asio::any_io_executor loop, base::Notify& news, Options options)
        : loop_{std::move(loop)}, news_{&news}, options_{std::move(options)} {}

    // On the loop.

    void close() {
        const std::lock_guard lock{mutex_};
        news_ = nullptr;
        is_over_ = true;
        work_.notify_all();
    }

    void send(std::vector<Outgoing> messages) {
        const std::lock_guard lock{mutex_};
        for (Outgoing& message : messages) {
            queue_.push_back(std::move(message));
        }
        work_.notify_all();
    }

    [[nodiscard]] std::optional<base::Result<void>> opened() {
        const std::lock_guard lock{mutex_};
        return opened_;
    }

    /// Nothing while there are no news. What was answered comes before the end.
    [[nodiscard]] std::optional<base::Result<std::vector<Acknowledgement>>> take_answers() {
        const std::lock_guard lock{mutex_};
        if (!answers_.empty()) {
            return std::exchange(answers_, {});
        }
        return lost_ ? std::optional{base::Result<std::vector<Acknowledgement>>{*lost_}}
                     : std::nullopt;
    }

    // On the thread of the link.

    void run() {
        auto broker =
            Broker::connect(options_, [weak = weak_from_this()](const base::Error& error) {
                if (const auto self = weak.lock()) {
                    self->lose(error);
                }
            });
        if (!broker) {
            tell_opened(broker.error());
            return;
        }
        if (const auto stream = (*broker)->require_stream(options_); !stream) {
            tell_opened(stream.error());
            return;
        }
        const Registry<State>::Entry entry{shared_from_this()};
        jsOptions options;
        jsOptions_Init(&options);
        options.PublishAsync.AckHandler = on_answer;
        options.PublishAsync.AckHandlerClosure = entry.closure();
        jsCtx* made = nullptr;
        const natsStatus status = natsConnection_JetStream(&made, (*broker)->native(), &options);
        const Handle<jsCtx> context{made};
        if (status != NATS_OK) {
            tell_opened(describe_last(status));
            return;
        }
        tell_opened({});
        while (const auto message = next()) {
            if (const natsStatus failure = publish((*broker)->native(), made, *message);
                failure != NATS_OK) {
                lose(describe_last(failure));
                return;
            }
        }
    }

  private:
    static void on_answer(jsCtx* /*context*/, natsMsg* message, jsPubAck* answer,
                          jsPubAckErr* error, void* closure) {
        const Handle<natsMsg> ours{message};
        const auto self = Registry<State>::find(closure);
        if (!self) {
            return;
        }
        Acknowledgement acknowledgement{sequence_of(message)};
        if (answer != nullptr) {
            acknowledgement.is_duplicate = answer->Duplicate;
        } else {
            acknowledgement.refused = describe_stream_error(
                error->Err, error->ErrCode, error->ErrText == nullptr ? "" : error->ErrText,
                self->options_);
        }
        const std::lock_guard lock{self->mutex_};
        self->answers_.push_back(std::move(acknowledgement));
        self->tell();
    }

    [[nodiscard]] natsStatus publish(natsConnection* connection, jsCtx* context,
                                     const Outgoing& outgoing) const {
        natsMsg* message = nullptr;
        natsStatus status =
            natsMsg_Create(&message, outgoing.subject.c_str(), nullptr, outgoing.body.data(),
                           static_cast<int>(outgoing.body.size()));
        if (status != NATS_OK) {
            return status;
        }
        if (outgoing.sequence == 0) {
            const Handle<natsMsg> ours{message};
            return natsConnection_PublishMsg(connection, message);
        }
        jsPubOptions options;
        jsPubOptions_Init(&options);
        options.MsgId = outgoing.id.c_str();
        options.ExpectStream = options_.stream.c_str();
        status = js_PublishMsgAsync(context, &message, &options);
        const Handle<natsMsg> ours{message};
        return status;
    }

    /// The next message; waits for it. Nothing once it is over.
    [[nodiscard]] std::optional<Outgoing> next() {
        std::unique_lock lock{mutex_};
        work_.wait(lock, [this] { return is_over_ || lost_ || !queue_.empty(); });
        if (is_over_ || lost_) {
            return std::nullopt;
        }
        Outgoing message = std::move(queue_.front());
        queue_.pop_front();
        return message;
    }

    void tell_opened(base::Result<void> opened) {
        const std::lock_guard lock{mutex_};
        opened_ = std::move(opened);
        tell();
    }

    void lose(const base::Error& error) {
        const std::lock_guard lock{mutex_};
        if (!lost_) {
            lost_ = error;
        }
        work_.notify_all();
        tell();
    }

    /// Under the lock: so that nothing is posted to a loop that is gone.
    void tell() {
        if (is_over_ || is_told_) {
            return;
        }
        is_told_ = true;
        boost::asio::post(loop_, [self = shared_from_this()] {
            base::Notify* news = nullptr;
            {
                const std::lock_guard lock{self->mutex_};
                self->is_told_ = false;
                news = self->news_;
            }
            if (news != nullptr) {
                news->notify();
            }
        });
    }

    boost::asio::any_io_executor loop_;
    std::mutex mutex_;
    std::condition_variable work_;
    /// Null once the link is gone.
    base::Notify* news_;
    const Options options_;
    std::deque<Outgoing> queue_;
    std::optional<base::Result<void>> opened_;
    std::vector<Acknowledgement> answers_;
    std::optional<base::Error> lost_;
    bool is_over_ = false;
    bool is_told_ = false;
};

NatsLink::NatsLink(const boost::asio::any_io_executor& loop, Options options)
    : news_{loop}, state_{std::make_shared<State>(loop, news_, std::move(options))} {}

NatsLink::~NatsLink() {
    state_->close();
}

base::Task<base::Result<void>> NatsLink::open() {
    start_thread([state = state_] { state->run(); });
    while (true) {
        (void)news_.take();
        if (auto opened = state_->opened()) {
            co_return *opened;
        }
        co_await news_.wait();
    }
}

void NatsLink::send(std::vector<Outgoing> messages) {
    state_->send(std::move(messages));
}

base::Task<base::Result<std::vector<Acknowledgement>>> NatsLink::answers() {
    while (true) {
        (void)news_.take();
        if (auto answers = state_->take_answers()) {
            co_return *answers;
        }
        co_await news_.wait();
    }
}

}  // namespace fleet
