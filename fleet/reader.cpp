#include "fleet/reader.hpp"

#include <nats/nats.h>

#include <algorithm>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <utility>

#include <boost/asio/post.hpp>

#include "fleet/broker.hpp"
#include "fleet/handles.hpp"
#include "fleet/thread.hpp"

namespace fleet {
namespace {

/// So soon an end from outside is noticed.
constexpr std::chrono::milliseconds kLook{100};
/// No answer of the broker is waited for any longer; it sends a heartbeat every five seconds.
constexpr std::chrono::milliseconds kQuietMax{15'000};

struct FreeMetaData {
    void operator()(jsMsgMetaData* data) const { jsMsgMetaData_Destroy(data); }
};

/// The message as it is handed over; nothing for one that is none of a fleet.
std::optional<Received> read_message(natsMsg* message) {
    jsMsgMetaData* made = nullptr;
    if (natsMsg_GetMetaData(&made, message) != NATS_OK) {
        return std::nullopt;
    }
    const std::unique_ptr<jsMsgMetaData, FreeMetaData> data{made};
    auto subject = parse_subject(natsMsg_GetSubject(message));
    Received received;
    received.place = data->Sequence.Stream;
    received.left = data->NumPending;
    received.stored_at = base::WallTime{std::chrono::nanoseconds{data->Timestamp}};
    if (!subject) {
        return received;
    }
    received.subject = std::move(*subject);
    const char* header = nullptr;
    if (natsMsgHeader_Get(message, kMessageIdHeader, &header) == NATS_OK && header != nullptr) {
        received.id = parse_message_id(header);
        // Whoever may write a subject may not speak for another instance.
        if (received.id && received.id->instance != received.subject.instance) {
            received.id.reset();
        }
    }
    received.body.assign(natsMsg_GetData(message),
                         static_cast<std::size_t>(natsMsg_GetDataLength(message)));
    return received;
}

}  // namespace

/// What the thread and the event loop share. The thread may outlive the reader.
class Reader::Work : public std::enable_shared_from_this<Work> {
  public:
    Work(boost::asio::any_io_executor executor, Options options, ReadRequest request,
         std::function<void()> on_events)
        : executor_{std::move(executor)},
          options_{std::move(options)},
          request_{std::move(request)},
          on_events_{std::move(on_events)} {}

    /// The thread.
    void read_until_stopped();

    /// On the event loop.
    void stop() {
        const std::lock_guard lock{mutex_};
        is_stopped_ = true;
        on_events_ = nullptr;
        changed_.notify_all();
    }
    std::vector<ReaderEvent> take() {
        const std::lock_guard lock{mutex_};
        bytes_ = 0;
        changed_.notify_all();
        return std::exchange(events_, {});
    }

  private:
    enum class Outcome : std::uint8_t {
        kTryAgain,
        /// The state has been read; what came since is read as it came.
        kGoOn,
        kEnded,
    };

    void put(ReaderEvent event, std::size_t bytes = 0);
    [[nodiscard]] bool is_stopped() {
        const std::lock_guard lock{mutex_};
        return is_stopped_;
    }
    void sleep(std::chrono::milliseconds time) {
        std::unique_lock lock{mutex_};
        (void)changed_.wait_for(lock, time, [this] { return is_stopped_; });
    }
    /// On a thread of libnats.
    void lose(const base::Error& error) {
        const std::lock_guard lock{mutex_};
        if (!lost_) {
            lost_ = error;
        }
    }
    [[nodiscard]] std::optional<base::Error> take_lost() {
        const std::lock_guard lock{mutex_};
        return std::exchange(lost_, std::nullopt);
    }

    [[nodiscard]] Outcome read_once();
    [[nodiscard]] base::Result<Handle<natsSubscription>> subscribe(Broker& broker);
    [[nodiscard]] base::Result<void> find_stream(jsCtx* context);
    [[nodiscard]] Outcome read_messages(natsSubscription* subscription);
    [[nodiscard]] Outcome fail(base::Error error);
    /// Whether that was all that was in the stream at the beginning.
    [[nodiscard]] bool hand_over(natsMsg* message);
    [[nodiscard]] std::optional<Outcome> catch_up();

    boost::asio::any_io_executor executor_;
    Options options_;
    ReadRequest request_;

    // Of the thread alone.
    bool has_connected_ = false;
    bool has_caught_up_ = false;
    bool is_other_stream_ = false;
    /// The last message that was handed over, once the state has been; 0: none.
    std::uint64_t place_ = 0;
    /// The last one that was in the stream at the beginning.
    std::optional<std::uint64_t> end_place_;
    std::string last_error_;
    std::chrono::milliseconds backoff_ = kBackoffMin;

    std::mutex mutex_;
    std::condition_variable changed_;
    std::function<void()> on_events_;
    std::vector<ReaderEvent> events_;
    std::size_t bytes_ = 0;
    bool is_stopped_ = false;
    std::optional<base::Error> lost_;
};

void Reader::Work::put(ReaderEvent event, std::size_t bytes) {
    std::unique_lock lock{mutex_};
    changed_.wait(lock, [this] {
        return is_stopped_ || (events_.size() < kWaitingMax && bytes_ < kWaitingBytesMax);
    });
    if (is_stopped_) {
        return;
    }
    const bool is_first = events_.empty();
    events_.push_back(std::move(event));
    bytes_ += bytes;
    // Under the lock: the event loop outlives the reader, and nothing is posted behind stop().
    if (is_first) {
        boost::asio::post(executor_, [self = shared_from_this()] {
            // Set and cleared on the event loop alone.
            if (self->on_events_) {
                self->on_events_();
            }
        });
    }
}

void Reader::Work::read_until_stopped() {
    while (!is_stopped()) {
        if (read_once() == Outcome::kEnded) {
            return;
        }
        sleep(backoff_);
        backoff_ = std::min(backoff_ * 2, kBackoffMax);
    }
}

Reader::Work::Outcome Reader::Work::fail(base::Error error) {
    if (error.code == base::ErrorCode::kBadValue || request_.ends) {
        put(ReaderEnded{std::move(error)});
        return Outcome::kEnded;
    }
    if (error.detail != last_error_) {
        last_error_ = error.detail;
        put(ReaderLost{std::move(error)});
    }
    return Outcome::kTryAgain;
}

Reader::Work::Outcome Reader::Work::read_once() {
    (void)take_lost();
    // The library keeps what it calls for as long as it has the connection, this for longer.
    auto broker = Broker::connect(options_, [self = weak_from_this()](const base::Error& error) {
        if (const auto work = self.lock()) {
            work->lose(error);
        }
    });
    if (!broker) {
        return fail(broker.error());
    }
    bool is_told = false;
    while (true) {
        auto subscription = subscribe(**broker);
        if (!subscription) {
            // What the broker refuses it says apart; the request itself just has no answer.
            return fail(take_lost().value_or(subscription.error()));
        }
        if (!is_told) {
            is_told = true;
            put(ReaderConnected{has_connected_, std::exchange(is_other_stream_, false)});
        }
        has_connected_ = true;
        last_error_.clear();
        backoff_ = kBackoffMin;
        if (const Outcome outcome = read_messages(subscription->get()); outcome != Outcome::kGoOn) {
            return outcome;
        }
    }
}

base::Result<void> Reader::Work::find_stream(jsCtx* context) {
    jsErrCode code{};
    jsStreamInfo* made = nullptr;
    const natsStatus status =
        js_GetStreamInfo(&made, context, options_.stream.c_str(), nullptr, &code);
    const Handle<jsStreamInfo> info{made};
    if (status != NATS_OK) {
        const bool is_missing = status == NATS_NOT_FOUND || code == JSStreamNotFoundErr;
        const char* const text = nats_GetLastError(nullptr);
        return describe_stream_error(status, is_missing ? JSStreamNotFoundErr : code,
                                     text == nullptr ? "" : text, options_);
    }
    const std::uint64_t last = info->State.LastSeq;
    if (place_ > last) {
        // Its numbers begin again: it was deleted, and made anew.
        place_ = 0;
        is_other_stream_ = true;
        request_.from = ReadRequest::From::kMoment;
        request_.since = {};
    }
    if (!end_place_) {
        end_place_ = last;
    }
    return {};
}

base::Result<Handle<natsSubscription>> Reader::Work::subscribe(Broker& broker) {
    jsOptions waits;
    jsOptions_Init(&waits);
    waits.Wait = Broker::kTimeout.count();
    jsCtx* made = nullptr;
    if (const natsStatus status = natsConnection_JetStream(&made, broker.native(), &waits);
        status != NATS_OK) {
        return describe(status, "");
    }
    const Handle<jsCtx> context{made};
    if (const auto found = find_stream(context.get()); !found) {
        return found.error();
    }
    jsSubOptions options;
    jsSubOptions_Init(&options);
    options.Stream = options_.stream.c_str();
    options.Ordered = true;
    if (has_caught_up_ || (place_ > 0 && request_.from == ReadRequest::From::kMoment)) {
        options.Config.DeliverPolicy = js_DeliverByStartSequence;
        options.Config.OptStartSeq = place_ + 1;
    } else if (request_.from == ReadRequest::From::kState) {
        options.Config.DeliverPolicy = js_DeliverLastPerSubject;
    } else {
        options.Config.DeliverPolicy = js_DeliverByStartTime;
        options.Config.OptStartTime = std::max<std::int64_t>(
            std::chrono::nanoseconds{request_.since.time_since_epoch()}.count(), 1);
    }
    jsErrCode code{};
    natsSubscription* subscription = nullptr;
    const natsStatus status = js_SubscribeSync(&subscription, context.get(),
                                               request_.subjects.c_str(), nullptr, &options, &code);
    if (status != NATS_OK) {
        const char* const text = nats_GetLastError(nullptr);
        return describe_stream_error(status, code, text == nullptr ? "" : text, options_);
    }
    // The broker sends no more than it has leave for, so nothing is dropped here.
    (void)natsSubscription_SetPendingLimits(subscription, -1, -1);
    return Handle<natsSubscription>{subscription};
}

std::optional<Reader::Work::Outcome> Reader::Work::catch_up() {
    has_caught_up_ = true;
    place_ = std::max(place_, *end_place_);
    put(ReaderCaughtUp{});
    if (request_.ends) {
        put(ReaderEnded{});
        return Outcome::kEnded;
    }
    return request_.from == ReadRequest::From::kState ? std::optional{Outcome::kGoOn}
                                                      : std::nullopt;
}

bool Reader::Work::hand_over(natsMsg* message) {
    auto received = read_message(message);
    if (!received) {
        return false;
    }
    const std::uint64_t place = received->place;
    const bool is_last = !has_caught_up_ && (received->left == 0 || place >= *end_place_);
    const bool is_state = !has_caught_up_ && request_.from == ReadRequest::From::kState;
    // What came behind the end belongs to no time that was asked for, or is read again: the state
    // has only the last of each subject.
    if (!has_caught_up_ && (request_.ends || is_state) && place > *end_place_) {
        return true;
    }
    if (!is_state) {
        place_ = place;
    }
    if (!received->subject.instance.empty()) {
        const std::size_t bytes = received->body.size() + sizeof(Received);
        put(std::move(*received), bytes);
    }
    return is_last;
}

Reader::Work::Outcome Reader::Work::read_messages(natsSubscription* subscription) {
    std::chrono::milliseconds quiet{};
    while (!is_stopped()) {
        natsMsg* made = nullptr;
        const natsStatus status = natsSubscription_NextMsg(&made, subscription, kLook.count());
        const Handle<natsMsg> message{made};
        if (auto lost = take_lost()) {
            return fail(std::move(*lost));
        }
        if (status == NATS_OK) {
            quiet = {};
            if (hand_over(message.get())) {
                if (const auto outcome = catch_up()) {
                    return *outcome;
                }
            }
            continue;
        }
        if (status != NATS_TIMEOUT && status != NATS_MISSED_HEARTBEAT) {
            return fail(describe(status, ""));
        }
        quiet += kLook;
        if (status == NATS_MISSED_HEARTBEAT && quiet > kQuietMax) {
            return fail(describe(NATS_TIMEOUT, ""));
        }
        // Nothing that is asked for is in the stream.
        jsConsumerInfo* info = nullptr;
        if (!has_caught_up_ &&
            natsSubscription_GetConsumerInfo(&info, subscription, nullptr, nullptr) == NATS_OK) {
            const bool is_empty = info->NumPending == 0 && info->Delivered.Consumer == 0;
            jsConsumerInfo_Destroy(info);
            if (is_empty) {
                if (const auto outcome = catch_up()) {
                    return *outcome;
                }
            }
        }
    }
    return Outcome::kEnded;
}

Reader::Reader(const boost::asio::any_io_executor& executor, Options options, ReadRequest request)
    : notify_{executor},
      work_{std::make_shared<Work>(executor, std::move(options), std::move(request),
                                   [this] { notify_.notify(); })} {
    start_thread([work = work_] { work->read_until_stopped(); });
}

Reader::~Reader() {
    work_->stop();
}

base::Task<std::vector<ReaderEvent>> Reader::take() {
    co_await notify_.wait();
    (void)notify_.take();
    co_return work_->take();
}

}  // namespace fleet
