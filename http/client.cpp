#include "http/client.hpp"

#include <unordered_set>
#include <utility>

#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include "base/end_reason.hpp"
#include "http/call.hpp"
#include "http/curl_loop.hpp"
#include "http/inbox.hpp"

namespace http {

namespace asio = boost::asio;

namespace {

/// One whole answer as it comes in; `ended` is cancelled when there is no more to wait for.
class Gathering final : public TransferListener {
  public:
    /// Is in `all` while it lives.
    Gathering(const asio::any_io_executor& executor, std::size_t body_bytes_max,
              std::unordered_set<Gathering*>& all)
        : ended{executor}, body_bytes_max_{body_bytes_max}, all_{all} {
        all_.insert(this);
    }
    Gathering(const Gathering&) = delete;
    Gathering& operator=(const Gathering&) = delete;
    ~Gathering() override { all_.erase(this); }

    void on_connected() override {}
    [[nodiscard]] std::optional<Failure> on_head(const ResponseHead& head) override {
        if (head.content_length.value_or(0) > body_bytes_max_) {
            return Failure{base::EndReason::kTooLarge, "body"};
        }
        response.head = head;
        return std::nullopt;
    }
    void on_bytes(std::string_view bytes, base::Instant /*arrived*/) override {
        if (failure) {
            return;
        }
        if (bytes.size() > body_bytes_max_ - response.body.size()) {
            on_end(Failure{base::EndReason::kTooLarge, "body"});
            return;
        }
        response.body.append(bytes);
    }
    void on_end(const Failure& why) override {
        if (!failure) {
            failure = why;
            ended.cancel();
        }
    }

    asio::steady_timer ended;
    Response response;
    std::optional<Failure> failure;

  private:
    std::size_t body_bytes_max_;
    std::unordered_set<Gathering*>& all_;
};

base::Error error_of(const Failure& failure) {
    const auto code = failure.reason == base::EndReason::kTooLarge ? base::ErrorCode::kTooLong
                                                                   : base::ErrorCode::kUnreachable;
    return {code, std::string{base::to_string(failure.reason)} + ": " + failure.detail};
}

}  // namespace

class Client::Impl final : public CurlLoop::Owner, public std::enable_shared_from_this<Impl> {
  public:
    Impl(asio::any_io_executor executor, base::Clock& clock, ClientLimits limits)
        : executor_{std::move(executor)},
          clock_{clock},
          limits_{limits},
          loop_{std::make_shared<CurlLoop>(executor_, *this)} {}
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;
    ~Impl() override = default;

    void close();
    [[nodiscard]] std::shared_ptr<Call> start(const Request& request, Call::Kind kind,
                                              TransferListener& listener);
    void drop(Call& call);
    [[nodiscard]] std::uint64_t wake_ups() const { return loop_->wake_ups(); }

    [[nodiscard]] static base::Task<base::Result<Response>> fetch(
        std::shared_ptr<Impl> self, Request request, std::chrono::milliseconds deadline);

    void transfer_done(void* easy, int code) override;
    void curl_returned() override;
    void curl_broke() override;

  private:
    void add(Call& call, const std::optional<Failure>& refused);
    void deliver(const Inbox::Note& note);
    void end(Call& call, const Failure& why);
    void deliver_soon();

    asio::any_io_executor executor_;
    base::Clock& clock_;
    ClientLimits limits_;
    Inbox inbox_;
    std::shared_ptr<CurlLoop> loop_;
    /// Those whose handle is curl's now.
    std::unordered_set<Call*> calls_;
    std::unordered_set<Gathering*> gatherings_;
    bool closed_ = false;
};

namespace {

/// What the opener holds: cancels the call when it goes.
template <class Owner>
class Handle final : public Transfer {
  public:
    Handle(std::weak_ptr<Owner> owner, std::shared_ptr<Call> call)
        : owner_{std::move(owner)}, call_{std::move(call)} {}
    Handle(const Handle&) = delete;
    Handle& operator=(const Handle&) = delete;
    ~Handle() override {
        call_->listener = nullptr;
        if (const auto owner = owner_.lock()) {
            owner->drop(*call_);
        }
    }

  private:
    std::weak_ptr<Owner> owner_;
    std::shared_ptr<Call> call_;
};

}  // namespace

void Client::Impl::close() {
    closed_ = true;
    while (!calls_.empty()) {
        Call& call = **calls_.begin();
        call.listener = nullptr;
        drop(call);
    }
    loop_->close();
    for (Gathering* gathering : gatherings_) {
        gathering->ended.cancel();
    }
}

std::shared_ptr<Call> Client::Impl::start(const Request& request, Call::Kind kind,
                                          TransferListener& listener) {
    const Call::Context context{inbox_, clock_, limits_.header_bytes_max};
    auto call = std::make_shared<Call>(request, kind, context, listener);
    add(*call, call->begin());
    return call;
}

void Client::Impl::add(Call& call, const std::optional<Failure>& refused) {
    if (refused) {
        call.fail(*refused);
        deliver_soon();
        return;
    }
    // Before curl has it, as curl calls back at once.
    calls_.insert(&call);
    if (!loop_->add(call.easy())) {
        calls_.erase(&call);
        call.fail(Failure{base::EndReason::kConnectFailed, "libcurl refused the request"});
        deliver_soon();
    }
}

void Client::Impl::drop(Call& call) {
    if (calls_.erase(&call) > 0) {
        loop_->remove(call.easy());
    }
    call.drop_hop();
}

void Client::Impl::transfer_done(void* easy, int code) {
    Call* const call = Call::of(easy);
    if (calls_.contains(call)) {
        call->hop_done(code);
    }
}

void Client::Impl::curl_broke() {
    while (!calls_.empty()) {
        Call& call = **calls_.begin();
        call.fail(Failure{base::EndReason::kReset, "libcurl failed"});
        drop(call);
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
    for (const Inbox::Note& note : inbox_.take()) {
        deliver(note);
    }
    inbox_.clear_taken();
}

void Client::Impl::deliver(const Inbox::Note& note) {
    Call& call = *note.call;
    if (call.listener == nullptr || closed_) {
        return;
    }
    switch (note.kind) {
        case Inbox::Kind::kConnected:
            call.listener->on_connected();
            break;
        case Inbox::Kind::kHead:
            if (const auto unwanted = call.listener->on_head(call.head())) {
                end(call, *unwanted);
            }
            break;
        case Inbox::Kind::kBytes:
            call.listener->on_bytes(inbox_.bytes(note), note.arrived);
            break;
        case Inbox::Kind::kRedirect:
            if (calls_.erase(&call) > 0) {
                loop_->remove(call.easy());
                add(call, call.follow());
            }
            break;
        case Inbox::Kind::kEnd:
            end(call, call.end());
            break;
    }
}

void Client::Impl::end(Call& call, const Failure& why) {
    drop(call);
    // Nothing comes after the end. The listener may be gone already, when it destroyed the
    // transfer in the call that brought us here.
    if (TransferListener* const listener = std::exchange(call.listener, nullptr)) {
        listener->on_end(why);
    }
}

base::Task<base::Result<Response>> Client::Impl::fetch(std::shared_ptr<Impl> self, Request request,
                                                       std::chrono::milliseconds deadline) {
    Gathering gathering{self->executor_, self->limits_.body_bytes_max, self->gatherings_};
    gathering.ended.expires_after(deadline);
    boost::system::error_code woken;
    gathering.response.sent = self->clock_.now();
    const auto call = self->start(request, Call::Kind::kFetch, gathering);
    const Handle<Impl> handle{self, call};
    co_await gathering.ended.async_wait(asio::redirect_error(asio::use_awaitable, woken));
    if (!gathering.failure) {
        if (woken == asio::error::operation_aborted) {
            throw boost::system::system_error{asio::error::operation_aborted};
        }
        co_return base::Error{
            base::ErrorCode::kDeadline,
            "no complete answer within " + std::to_string(deadline.count()) + " ms"};
    }
    const base::EndReason reason = gathering.failure->reason;
    if (reason != base::EndReason::kEof && reason != base::EndReason::kEmptyBody) {
        co_return error_of(*gathering.failure);
    }
    gathering.response.arrived = call->first_byte();
    co_return std::move(gathering.response);
}

Client::Client(asio::any_io_executor executor, base::Clock& clock, ClientLimits limits)
    : impl_{std::make_shared<Impl>(std::move(executor), clock, limits)} {}

Client::~Client() {
    impl_->close();
}

std::unique_ptr<Transfer> Client::open(const Request& request, TransferListener& listener) {
    return std::make_unique<Handle<Impl>>(impl_,
                                          impl_->start(request, Call::Kind::kStream, listener));
}

base::Task<base::Result<Response>> Client::fetch(Request request,
                                                 std::chrono::milliseconds deadline) {
    return Impl::fetch(impl_, std::move(request), deadline);
}

std::uint64_t Client::wake_ups() const {
    return impl_->wake_ups();
}

}  // namespace http
