#include <string>
#include <utility>

#include <boost/asio/post.hpp>
#include <boost/system/error_code.hpp>

#include "http/client_impl.hpp"
#include "http/curl_error.hpp"
#include "http/failure_reason.hpp"

namespace http {

namespace asio = boost::asio;

namespace {

/// Of the body of an answer that is rejected, so much is kept.
constexpr std::size_t kRejectedBytesMax = std::size_t{4} * 1024;

constexpr int kTooManyRequests = 429;
constexpr int kServiceUnavailable = 503;

}  // namespace

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
        std::make_shared<SocketReader>(sockets_, socket, transfer, weak_from_this());
    if (!reader->begin()) {
        return;
    }
    transfers_.erase(transfer.get());
    streams_->remove(transfer->easy());
    transfer->drop_hop();
    readers_.emplace(transfer.get(), reader);
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

}  // namespace http
