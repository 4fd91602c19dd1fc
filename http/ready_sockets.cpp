#include "http/ready_sockets.hpp"

#include <unistd.h>

#include <algorithm>
#include <span>
#include <utility>

#include <boost/asio/post.hpp>
#include <boost/system/error_code.hpp>

namespace http {

namespace asio = boost::asio;

ReadySockets::ReadySockets(asio::any_io_executor executor)
    : executor_{std::move(executor)}, set_{executor_} {}

ReadySockets::~ReadySockets() {
    close();
}

bool ReadySockets::open() {
    const int fd = ::epoll_create1(EPOLL_CLOEXEC);
    if (fd < 0) {
        return false;
    }
    boost::system::error_code refused;
    set_.assign(fd, refused);
    if (refused) {
        ::close(fd);
        return false;
    }
    wait();
    return true;
}

bool ReadySockets::add(int fd, Listener& listener) {
    if (!set_.is_open() && !open()) {
        return false;
    }
    auto watched = std::make_unique<Watched>(Watched{fd, &listener});
    epoll_event event{};
    event.events = EPOLLIN | EPOLLRDHUP | EPOLLET;
    event.data.ptr = watched.get();
    if (::epoll_ctl(set_.native_handle(), EPOLL_CTL_ADD, fd, &event) != 0) {
        return false;
    }
    watched_.emplace(&listener, std::move(watched));
    return true;
}

void ReadySockets::remove(Listener& listener) {
    const auto found = watched_.find(&listener);
    if (found == watched_.end()) {
        return;
    }
    found->second->listener = nullptr;
    ::epoll_ctl(set_.native_handle(), EPOLL_CTL_DEL, found->second->fd, nullptr);
    std::erase(unread_, found->second.get());
    if (is_in_turn_) {
        removed_.push_back(std::move(found->second));
    }
    watched_.erase(found);
}

void ReadySockets::close() {
    while (!watched_.empty()) {
        remove(*watched_.begin()->second->listener);
    }
    boost::system::error_code ignored;
    set_.close(ignored);
}

void ReadySockets::wait() {
    if (!set_.is_open()) {
        return;
    }
    set_.async_wait(asio::posix::descriptor_base::wait_read,
                    [weak = weak_from_this()](const boost::system::error_code& error) {
                        const auto self = weak.lock();
                        if (self && !error) {
                            self->take_turn();
                            // Asio arms the set anew, which tells at once of sockets that are left.
                            self->wait();
                        }
                    });
}

void ReadySockets::take_turn() {
    is_in_turn_ = true;
    call_unread();
    call_ready();
    is_in_turn_ = false;
    removed_.clear();
    if (!unread_.empty() && !std::exchange(is_turn_posted_, true)) {
        asio::post(executor_, [weak = weak_from_this()] {
            if (const auto self = weak.lock()) {
                self->is_turn_posted_ = false;
                self->take_turn();
            }
        });
    }
}

void ReadySockets::call_ready() {
    if (!set_.is_open()) {
        return;
    }
    const int count =
        ::epoll_wait(set_.native_handle(), events_.data(), static_cast<int>(events_.size()), 0);
    const auto ready = std::span{events_}.first(static_cast<std::size_t>(std::max(count, 0)));
    for (const epoll_event& event : ready) {
        Watched& watched = *static_cast<Watched*>(event.data.ptr);
        watched.is_over = (event.events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
        call(watched);
    }
}

void ReadySockets::call_unread() {
    taken_.swap(unread_);
    for (Watched* const watched : taken_) {
        watched->is_unread = false;
        call(*watched);
    }
    taken_.clear();
}

void ReadySockets::call(Watched& watched) {
    if (watched.listener == nullptr) {
        return;
    }
    const Read read = watched.listener->socket_ready();
    const bool is_more = read == Read::kPart || (read == Read::kAll && watched.is_over);
    if (watched.listener != nullptr && is_more && !std::exchange(watched.is_unread, true)) {
        unread_.push_back(&watched);
    }
}

}  // namespace http
