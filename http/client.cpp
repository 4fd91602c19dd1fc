#include "http/client.hpp"

#include <array>
#include <cstddef>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include "http/body_collector.hpp"
#include "http/callback_queue.hpp"
#include "http/curl_error.hpp"
#include "http/curl_loop.hpp"
#include "http/failure_reason.hpp"
#include "http/fetch_places.hpp"
#include "http/socket_reader.hpp"
#include "http/transfer.hpp"

namespace http {

namespace asio = boost::asio;

namespace {

/// Of the body of an answer that is rejected, so much is kept, and it is waited for no longer.
constexpr std::size_t kRejectedBytesMax = std::size_t{4} * 1024;
constexpr std::chrono::seconds kRejectedTime{1};

/// An answer that its listener rejected, while the reason that the node gives for it comes in.
struct Rejected {
    Rejected(const asio::any_io_executor& executor, TransferError why)
        : error{std::move(why)}, deadline{executor, kRejectedTime} {}

    TransferError error;
    asio::steady_timer deadline;
};

/// What one read of a stream's socket takes at most.
constexpr std::size_t kReadBytes = std::size_t{16} * 1024;

constexpr int kBadRequest = 400;
constexpr int kTooManyRequests = 429;
constexpr int kServiceUnavailable = 503;

}  // namespace

class Client::Impl final : public CurlLoop::Owner,
                           public SocketReader::Owner,
                           public std::enable_shared_from_this<Impl> {
  public:
    Impl(asio::any_io_executor executor, base::Clock& clock, ClientLimits limits)
        : executor_{std::move(executor)},
          clock_{clock},
          limits_{limits},
          callbacks_{limits.undelivered_bytes_max},
          places_{executor_, limits.fetches_max},
          streams_{std::make_shared<CurlLoop>(executor_, *this)},
          fetches_{std::make_shared<CurlLoop>(executor_, *this)} {}
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;
    ~Impl() override = default;

    void close();
    [[nodiscard]] std::shared_ptr<Transfer> start(const Request& request, Transfer::Kind kind,
                                                  TransferListener& listener);
    void drop(Transfer& transfer);
    [[nodiscard]] std::uint64_t wake_ups() const {
        return streams_->wake_ups() + fetches_->wake_ups() + reads_;
    }

    [[nodiscard]] ClientLimitsMet limits_met() const { return {paused_, places_.waits()}; }

    [[nodiscard]] static base::Task<FetchResult> fetch(std::shared_ptr<Impl> self, Request request,
                                                       std::chrono::milliseconds deadline);

    void transfer_done(void* easy, int code) override;
    void curl_returned() override;
    void multi_failed(const CurlLoop& loop) override;
    [[nodiscard]] std::span<char> read_buffer() override { return read_buffer_; }
    void socket_read(Transfer& transfer, std::string_view bytes, int error) override;

  private:
    [[nodiscard]] CurlLoop& loop_of(const Transfer& transfer) const {
        return transfer.kind() == Transfer::Kind::kStream ? *streams_ : *fetches_;
    }
    void add(Transfer& transfer, const std::optional<TransferError>& refused);
    void deliver_all();
    void deliver(const CallbackQueue::Entry& entry);
    void deliver_head(const std::shared_ptr<Transfer>& transfer);
    void deliver_bytes(Transfer& transfer, std::string_view bytes, base::Instant arrived);
    void hand_on(Transfer& transfer, std::string_view body, base::Instant arrived);
    /// Takes a stream from curl, where that can be done.
    void read_without_curl(const std::shared_ptr<Transfer>& transfer);
    /// A rejected answer ends as it was rejected.
    void end(Transfer& transfer, TransferError why);
    void deliver_soon();

    asio::any_io_executor executor_;
    base::Clock& clock_;
    ClientLimits limits_;
    std::uint64_t paused_ = 0;
    CallbackQueue callbacks_;
    FetchPlaces places_;
    /// Apart, because curl looks at every connection of a multi handle when one of them is given
    /// back to be reused.
    std::shared_ptr<CurlLoop> streams_;
    std::shared_ptr<CurlLoop> fetches_;
    /// Those whose handle is curl's now.
    std::unordered_set<Transfer*> transfers_;
    /// Those that are read without it.
    std::unordered_map<const Transfer*, std::shared_ptr<SocketReader>> readers_;
    std::array<char, kReadBytes> read_buffer_{};
    /// Of bodies that come in more than one chunk.
    std::string joined_;
    std::uint64_t reads_ = 0;
    std::unordered_map<const Transfer*, std::unique_ptr<Rejected>> rejected_;
    std::unordered_set<BodyCollector*> collectors_;
    bool closed_ = false;
};

namespace {

/// What the opener holds: cancels the transfer when it goes.
template <class Owner>
class Handle final : public TransferHandle {
  public:
    Handle(std::weak_ptr<Owner> owner, std::shared_ptr<Transfer> transfer)
        : owner_{std::move(owner)}, transfer_{std::move(transfer)} {}
    Handle(const Handle&) = delete;
    Handle& operator=(const Handle&) = delete;
    ~Handle() override {
        transfer_->listener = nullptr;
        if (const auto owner = owner_.lock()) {
            owner->drop(*transfer_);
        }
    }

  private:
    std::weak_ptr<Owner> owner_;
    std::shared_ptr<Transfer> transfer_;
};

}  // namespace

void Client::Impl::close() {
    closed_ = true;
    while (!transfers_.empty()) {
        Transfer& transfer = **transfers_.begin();
        transfer.listener = nullptr;
        drop(transfer);
    }
    for (const auto& [transfer, reader] : readers_) {
        reader->close();
    }
    readers_.clear();
    streams_->close();
    fetches_->close();
    places_.close();
    for (BodyCollector* collector : collectors_) {
        collector->ended.cancel();
    }
}

std::shared_ptr<Transfer> Client::Impl::start(const Request& request, Transfer::Kind kind,
                                              TransferListener& listener) {
    const Transfer::Context context{callbacks_, clock_, limits_.header_bytes_max};
    auto transfer = std::make_shared<Transfer>(request, kind, context, listener);
    add(*transfer, transfer->begin());
    return transfer;
}

void Client::Impl::add(Transfer& transfer, const std::optional<TransferError>& refused) {
    if (refused) {
        transfer.fail(*refused);
        deliver_soon();
        return;
    }
    // Before curl has it, as curl calls back at once.
    transfers_.insert(&transfer);
    if (!loop_of(transfer).add(transfer.easy())) {
        transfers_.erase(&transfer);
        transfer.fail(
            TransferError{http::FailureReason::kConnectFailed, "libcurl refused the request"});
        deliver_soon();
    }
}

void Client::Impl::drop(Transfer& transfer) {
    rejected_.erase(&transfer);
    if (transfers_.erase(&transfer) > 0) {
        loop_of(transfer).remove(transfer.easy());
    }
    if (const auto found = readers_.find(&transfer); found != readers_.end()) {
        found->second->close();
        readers_.erase(found);
    }
    transfer.drop_hop();
}

void Client::Impl::transfer_done(void* easy, int code) {
    Transfer* const transfer = Transfer::of(easy);
    if (transfers_.contains(transfer)) {
        transfer->hop_done(code);
    }
}

void Client::Impl::multi_failed(const CurlLoop& loop) {
    const std::vector<Transfer*> all{transfers_.begin(), transfers_.end()};
    for (Transfer* const transfer : all) {
        if (&loop_of(*transfer) == &loop) {
            transfer->fail(TransferError{http::FailureReason::kReset, "libcurl failed"});
            drop(*transfer);
        }
    }
}

void Client::Impl::deliver_soon() {
    asio::post(executor_, [weak = weak_from_this()] {
        if (const auto self = weak.lock()) {
            self->curl_returned();
        }
    });
}

void Client::Impl::curl_returned() {
    // A listener may destroy the client.
    const auto self = shared_from_this();
    deliver_all();
    // Gives the bytes that curl has kept, and reads no more of them yet.
    paused_ += callbacks_.paused();
    for (std::size_t left = callbacks_.paused(); left > 0; --left) {
        const auto transfer = callbacks_.take_paused();
        if (transfers_.contains(transfer.get())) {
            transfer->resume();
        }
        callbacks_.resumed();
        deliver_all();
    }
}

void Client::Impl::deliver_all() {
    for (const CallbackQueue::Entry& entry : callbacks_.take()) {
        deliver(entry);
    }
    callbacks_.clear_taken();
}

void Client::Impl::deliver(const CallbackQueue::Entry& entry) {
    Transfer& transfer = *entry.transfer;
    if (transfer.listener == nullptr || closed_) {
        return;
    }
    switch (entry.kind) {
        case CallbackQueue::Kind::kConnected:
            transfer.listener->on_connected();
            break;
        case CallbackQueue::Kind::kHead:
            deliver_head(entry.transfer);
            break;
        case CallbackQueue::Kind::kBytes:
            deliver_bytes(transfer, callbacks_.bytes(entry), entry.arrived);
            read_without_curl(entry.transfer);
            break;
        case CallbackQueue::Kind::kRedirect:
            if (transfers_.erase(&transfer) > 0) {
                loop_of(transfer).remove(transfer.easy());
                add(transfer, transfer.follow());
            }
            break;
        case CallbackQueue::Kind::kEnd:
            end(transfer, transfer.end());
            break;
    }
}

void Client::Impl::deliver_head(const std::shared_ptr<Transfer>& transfer) {
    const ResponseHead& head = transfer->head();
    auto unwanted = transfer->listener->on_head(head);
    if (!unwanted) {
        read_without_curl(transfer);
        return;
    }
    if (head.status == kTooManyRequests || head.status == kServiceUnavailable) {
        unwanted->retry_after = head.retry_after;
    }
    if (unwanted->reason != FailureReason::kHttpStatus || transfer->listener == nullptr) {
        end(*transfer, *unwanted);
        return;
    }
    auto rejected = std::make_unique<Rejected>(executor_, std::move(*unwanted));
    rejected->deadline.async_wait(
        [weak = weak_from_this(), transfer](const boost::system::error_code& cancelled) {
            const auto self = weak.lock();
            if (self && !cancelled && self->rejected_.contains(transfer.get())) {
                self->end(*transfer, {});
            }
        });
    rejected_.insert_or_assign(transfer.get(), std::move(rejected));
}

void Client::Impl::read_without_curl(const std::shared_ptr<Transfer>& transfer) {
    if (transfer->listener == nullptr || !transfers_.contains(transfer.get()) ||
        rejected_.contains(transfer.get()) || !transfer->may_leave_curl() ||
        callbacks_.is_paused(*transfer)) {
        return;
    }
    const int socket = streams_->copy_socket(transfer->easy());
    if (socket < 0) {
        return;
    }
    const auto reader =
        std::make_shared<SocketReader>(executor_, socket, transfer, weak_from_this());
    transfers_.erase(transfer.get());
    streams_->remove(transfer->easy());
    transfer->drop_hop();
    readers_.emplace(transfer.get(), reader);
    reader->begin();
}

void Client::Impl::socket_read(Transfer& transfer, std::string_view bytes, int error) {
    ++reads_;
    if (bytes.empty()) {
        end(transfer, transfer.plain_body()->connection_end(error));
    } else {
        deliver_bytes(transfer, bytes, clock_.instant());
    }
}

void Client::Impl::deliver_bytes(Transfer& transfer, std::string_view bytes,
                                 base::Instant arrived) {
    auto& plain = transfer.plain_body();
    if (!plain) {
        hand_on(transfer, bytes, arrived);
        return;
    }
    if (const auto body = plain->take(bytes, joined_); !body.empty()) {
        hand_on(transfer, body, arrived);
    }
    if (transfer.listener != nullptr) {
        if (auto over = plain->end()) {
            end(transfer, std::move(*over));
        }
    }
}

void Client::Impl::hand_on(Transfer& transfer, std::string_view bytes, base::Instant arrived) {
    const auto found = rejected_.find(&transfer);
    if (found == rejected_.end()) {
        transfer.listener->on_bytes(bytes, arrived);
        return;
    }
    std::string& body = found->second->error.body;
    body += bytes.substr(0, kRejectedBytesMax - body.size());
    if (body.size() == kRejectedBytesMax) {
        end(transfer, {});
    }
}

void Client::Impl::end(Transfer& transfer, TransferError why) {
    if (const auto found = rejected_.find(&transfer); found != rejected_.end()) {
        // Whatever ended its body, the answer was rejected before.
        why = std::move(found->second->error);
        if (why.status == kBadRequest && transfer.is_plain() && is_for_https(why.body)) {
            why = port_of_https();
        }
    }
    drop(transfer);
    // Nothing comes after the end. The listener may be gone already, when it destroyed its handle
    // in the call that brought us here.
    if (TransferListener* const listener = std::exchange(transfer.listener, nullptr)) {
        listener->on_end(why);
    }
}

base::Task<FetchResult> Client::Impl::fetch(std::shared_ptr<Impl> self, Request request,
                                            std::chrono::milliseconds deadline) {
    co_await self->places_.take();
    const FetchPlaces::Taken place{self->places_};
    BodyCollector collector{self->executor_, self->limits_.body_bytes_max, self->collectors_};
    collector.ended.expires_after(deadline);
    boost::system::error_code woken;
    collector.response.sent = self->clock_.now();
    const auto transfer = self->start(request, Transfer::Kind::kFetch, collector);
    const Handle<Impl> handle{self, transfer};
    co_await collector.ended.async_wait(asio::redirect_error(asio::use_awaitable, woken));
    if (!collector.failure) {
        if (woken == asio::error::operation_aborted) {
            throw boost::system::system_error{asio::error::operation_aborted};
        }
        co_return FetchError{
            std::nullopt, "no complete answer within " + std::to_string(deadline.count()) + " ms"};
    }
    const http::FailureReason reason = collector.failure->reason;
    if (reason != http::FailureReason::kEof && reason != http::FailureReason::kEmptyBody) {
        co_return FetchError{reason, collector.failure->detail};
    }
    if (collector.response.head.status == kBadRequest && transfer->is_plain() &&
        is_for_https(collector.response.body)) {
        const TransferError wrong = port_of_https();
        co_return FetchError{wrong.reason, wrong.detail};
    }
    collector.response.arrived = transfer->first_byte();
    co_return std::move(collector.response);
}

void throw_exception_from_error(const FetchError& error, const boost::source_location& where) {
    const std::string_view reason = error.reason ? to_string(*error.reason) : "deadline";
    throw std::logic_error{std::string{reason} + ": " + error.detail + " (value() at " +
                           where.to_string() + ")"};
}

Client::Client(asio::any_io_executor executor, base::Clock& clock, ClientLimits limits)
    : impl_{std::make_shared<Impl>(std::move(executor), clock, limits)} {}

Client::~Client() {
    impl_->close();
}

std::unique_ptr<TransferHandle> Client::open(const Request& request, TransferListener& listener) {
    return std::make_unique<Handle<Impl>>(impl_,
                                          impl_->start(request, Transfer::Kind::kStream, listener));
}

base::Task<FetchResult> Client::fetch(Request request, std::chrono::milliseconds deadline) {
    return Impl::fetch(impl_, std::move(request), deadline);
}

std::uint64_t Client::wake_ups() const {
    return impl_->wake_ups();
}

ClientLimitsMet Client::limits_met() const {
    return impl_->limits_met();
}

}  // namespace http
