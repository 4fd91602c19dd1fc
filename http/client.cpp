#include "http/client.hpp"

#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/asio/error.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include "http/client_impl.hpp"
#include "http/curl_error.hpp"

namespace http {

namespace asio = boost::asio;

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
    sockets_->close();
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

base::Task<FetchResult> Client::Impl::fetch(std::shared_ptr<Impl> self, Request request,
                                            std::chrono::milliseconds deadline) {
    const auto place = co_await self->places_.take();
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
