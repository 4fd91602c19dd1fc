#include "terminal/output.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <utility>

#include <boost/asio/redirect_error.hpp>

namespace terminal {
namespace {

/// What a burst took beyond this goes back.
constexpr std::size_t kBytesKept = std::size_t{64} * 1024;

}  // namespace

// A descriptor of our own, so that closing it leaves standard output open. It stays blocking, for
// O_NONBLOCK would reach everyone who shares it: a pipe that is writable takes PIPE_BUF bytes
// without blocking.
Output::Output(const boost::asio::any_io_executor& executor, int descriptor)
    : descriptor_{descriptor}, watched_{executor}, more_{executor}, done_{executor} {
    const int own = ::fcntl(descriptor, F_DUPFD_CLOEXEC, 3);
    failed_ = own < 0;
    if (!failed_) {
        watched_.assign(own);
    }
}

void Output::append(std::string_view bytes) {
    if (failed_ || bytes.empty()) {
        return;
    }
    pending_ += bytes;
    more_.notify();
}

void Output::wrote(std::size_t count) {
    written_ += count;
    // Moving the rest down pays only when it is the smaller part.
    if (written_ * 2 >= pending_.size()) {
        pending_.erase(0, written_);
        written_ = 0;
    }
    if (pending_.empty()) {
        if (pending_.capacity() > kBytesKept) {
            pending_.shrink_to_fit();
        }
        done_.notify();
    }
}

void Output::write_failed() {
    if (errno == EINTR || errno == EAGAIN || failed_) {
        return;
    }
    failed_ = true;
    reader_gone_ = errno == EPIPE;
    done_.notify();
}

void Output::write_some() {
    const std::size_t count = std::min<std::size_t>(pending(), PIPE_BUF);
    const ssize_t done = ::write(descriptor_, pending_.data() + written_, count);
    if (done < 0) {
        write_failed();
        return;
    }
    wrote(static_cast<std::size_t>(done));
}

Output::Written Output::write_into_room() {
    const iovec bytes{pending_.data() + written_, pending()};
    const ssize_t done = ::pwritev2(descriptor_, &bytes, 1, -1, RWF_NOWAIT);
    if (done >= 0) {
        wrote(static_cast<std::size_t>(done));
        return done > 0 ? Written::kSome : Written::kNothing;
    }
    if (errno == EOPNOTSUPP || errno == ENOSYS || errno == EINVAL) {
        return Written::kCannotSay;
    }
    write_failed();
    return Written::kNothing;
}

void Output::write_now() {
    pollfd asked{descriptor_, POLLOUT, 0};
    while (!failed_ && pending() > 0) {
        const Written written = write_into_room();
        if (written == Written::kNothing) {
            return;
        }
        if (written == Written::kCannotSay) {
            if (::poll(&asked, 1, 0) != 1) {
                return;
            }
            write_some();
        }
    }
}

base::Task<void> Output::wait_written() {
    while (!failed_ && pending() > 0) {
        co_await done_.wait();
        (void)done_.take();
    }
}

void Output::brake(std::chrono::milliseconds time) {
    using Time = std::chrono::steady_clock;
    const auto end = Time::now() + time;
    pollfd waited{descriptor_, POLLOUT, 0};
    while (!failed_ && pending() > 0) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Time::now()).count();
        if (left <= 0 || ::poll(&waited, 1, static_cast<int>(left)) != 1) {
            return;
        }
        write_some();
    }
}

base::Task<void> Output::flush() {
    while (!failed_ && pending() > 0) {
        boost::system::error_code error;
        co_await watched_.async_wait(
            boost::asio::posix::descriptor_base::wait_write,
            boost::asio::redirect_error(boost::asio::use_awaitable, error));
        if (error == boost::asio::error::operation_aborted) {
            throw boost::system::system_error{error};
        }
        if (error && !failed_ && pending() > 0) {
            // A regular file, which needs no waiting.
            write_some();
        }
        // Somebody else may have filled the room that was waited for: it is asked for again.
        write_now();
    }
}

base::Task<void> Output::run() {
    while (!failed_) {
        co_await more_.wait();
        (void)more_.take();
        co_await flush();
    }
}

}  // namespace terminal
