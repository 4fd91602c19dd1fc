#include "http/curl_loop.hpp"

#include <curl/curl.h>
#include <fcntl.h>

#include <chrono>
#include <new>
#include <utility>
#include <vector>

#include <boost/asio/error.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

namespace http {

namespace asio = boost::asio;

/// A socket that curl asked us to watch. The number is curl's and may come back for another
/// socket, so handlers know a socket by this object; `released`: curl is done with it.
struct CurlLoop::Watch {
    explicit Watch(const asio::any_io_executor& executor) : descriptor{executor} {}

    asio::posix::stream_descriptor descriptor;
    int fd = -1;
    int wanted = CURL_POLL_NONE;
    /// The directions (CURL_POLL_IN, CURL_POLL_OUT) with a wait in flight: at most one each.
    int waiting = CURL_POLL_NONE;
    bool released = false;
};

CurlLoop::CurlLoop(asio::any_io_executor executor, Owner& owner)
    : executor_{std::move(executor)}, owner_{&owner}, timer_{executor_} {
    static const CURLcode global = curl_global_init(CURL_GLOBAL_DEFAULT);
    if (global != CURLE_OK) {
        throw std::bad_alloc{};
    }
    make_multi();
}

CurlLoop::~CurlLoop() {
    close();
}

void CurlLoop::close() {
    owner_ = nullptr;
    drop_multi();
    timer_.cancel();
}

namespace {

/// Connections that curl keeps for the next request. Requests to a node are rare, so more of them
/// would only hold memory here and sockets there.
constexpr long kIdleConnectionsMax = 16;

}  // namespace

void CurlLoop::make_multi() {
    multi_ = curl_multi_init();
    if (multi_ == nullptr) {
        throw std::bad_alloc{};
    }
    curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &CurlLoop::on_socket);
    curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
    curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &CurlLoop::on_timer);
    curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
    curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, kIdleConnectionsMax);
}

void CurlLoop::drop_multi() {
    if (multi_ != nullptr) {
        // Still calls back for the connections it keeps.
        curl_multi_cleanup(std::exchange(multi_, nullptr));
    }
    sockets_.clear();
    while (!watches_.empty()) {
        forget(watches_.begin()->first);
    }
}

bool CurlLoop::add(void* easy) {
    return multi_ != nullptr && curl_multi_add_handle(multi_, easy) == CURLM_OK;
}

void CurlLoop::remove(void* easy) {
    if (multi_ != nullptr) {
        curl_multi_remove_handle(multi_, easy);
    }
    sockets_.erase(easy);
}

int CurlLoop::copy_socket(void* easy) const {
    const auto found = sockets_.find(easy);
    return found == sockets_.end() ? -1 : ::fcntl(found->second, F_DUPFD_CLOEXEC, 0);
}

int CurlLoop::on_socket(void* easy, int fd, int what, void* self, void* /*socket_data*/) {
    auto& loop = *static_cast<CurlLoop*>(self);
    if (what == CURL_POLL_REMOVE) {
        loop.forget(fd);
        const auto found = loop.sockets_.find(easy);
        if (found != loop.sockets_.end() && found->second == fd) {
            loop.sockets_.erase(found);
        }
        return 0;
    }
    // Of two that are tried at once, only one is read from.
    if ((what & CURL_POLL_IN) != 0) {
        loop.sockets_[easy] = fd;
    }
    return loop.watch(fd, what) ? 0 : -1;
}

int CurlLoop::on_timer(void* /*multi*/, long timeout_ms, void* self) {
    static_cast<CurlLoop*>(self)->set_timer(timeout_ms);
    return 0;
}

bool CurlLoop::watch(int fd, int what) {
    WatchPtr& watch = watches_[fd];
    if (!watch) {
        auto made = std::make_shared<Watch>(executor_);
        made->fd = fd;
        boost::system::error_code refused;
        made->descriptor.assign(fd, refused);
        if (refused) {
            watches_.erase(fd);
            return false;
        }
        watch = std::move(made);
    }
    watch->wanted = what;
    arm(watch);
    return true;
}

void CurlLoop::forget(int fd) {
    const auto found = watches_.find(fd);
    if (found == watches_.end()) {
        return;
    }
    const WatchPtr watch = found->second;
    watches_.erase(found);
    watch->released = true;
    // The socket is curl's to close; an owning descriptor would close it here.
    watch->descriptor.release();
}

void CurlLoop::arm(const WatchPtr& watch) {
    for (const int direction : {CURL_POLL_IN, CURL_POLL_OUT}) {
        if ((watch->wanted & direction) != 0 && (watch->waiting & direction) == 0) {
            wait(watch, direction);
        }
    }
}

void CurlLoop::wait(const WatchPtr& watch, int direction) {
    watch->waiting |= direction;
    const auto kind = direction == CURL_POLL_IN ? asio::posix::descriptor_base::wait_read
                                                : asio::posix::descriptor_base::wait_write;
    watch->descriptor.async_wait(
        kind, [self = weak_from_this(), watch, direction](const boost::system::error_code& error) {
            watch->waiting &= ~direction;
            const auto loop = self.lock();
            if (!loop || watch->released || error == asio::error::operation_aborted) {
                return;
            }
            if (error) {
                loop->socket_ready(watch, CURL_CSELECT_ERR);
            } else if ((watch->wanted & direction) != 0) {
                loop->socket_ready(watch,
                                   direction == CURL_POLL_IN ? CURL_CSELECT_IN : CURL_CSELECT_OUT);
            }
        });
}

void CurlLoop::set_timer(long timeout_ms) {
    if (timeout_ms < 0) {
        timer_.cancel();
        return;
    }
    // Zero is due at once, but not from inside this call: curl is still working. The timer defers
    // it.
    timer_.expires_after(std::chrono::milliseconds{timeout_ms});
    timer_.async_wait([self = weak_from_this()](const boost::system::error_code& error) {
        const auto loop = self.lock();
        if (loop && !error) {
            loop->timer_due();
        }
    });
}

void CurlLoop::socket_ready(const WatchPtr& watch, int mask) {
    act(watch->fd, mask);
    if (!watch->released) {
        arm(watch);
    }
    if (owner_ != nullptr) {
        owner_->curl_returned();
    }
}

void CurlLoop::timer_due() {
    act(CURL_SOCKET_TIMEOUT, 0);
    if (owner_ != nullptr) {
        owner_->curl_returned();
    }
}

void CurlLoop::act(int fd, int mask) {
    if (owner_ == nullptr || multi_ == nullptr) {
        return;
    }
    ++wake_ups_;
    int running = 0;
    if (curl_multi_socket_action(multi_, fd, mask, &running) != CURLM_OK) {
        // Every transfer of this handle is undefined now.
        owner_->multi_failed(*this);
        drop_multi();
        make_multi();
        return;
    }
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
        if (message->msg == CURLMSG_DONE) {
            owner_->transfer_done(message->easy_handle, message->data.result);
        }
    }
}

}  // namespace http
