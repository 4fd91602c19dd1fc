#include "http/socket_reader.hpp"

#include <sys/socket.h>

#include <cerrno>
#include <cstddef>
#include <utility>

#include <boost/system/error_code.hpp>

namespace http {

namespace asio = boost::asio;

SocketReader::SocketReader(const asio::any_io_executor& executor, int fd,
                           std::shared_ptr<Transfer> transfer, std::weak_ptr<Owner> owner)
    : descriptor_{executor, fd}, transfer_{std::move(transfer)}, owner_{std::move(owner)} {}

void SocketReader::begin() {
    descriptor_.async_wait(asio::posix::descriptor_base::wait_read,
                           [self = shared_from_this()](const boost::system::error_code& /*error*/) {
                               // What is wrong with a socket its next read tells.
                               if (self->descriptor_.is_open()) {
                                   self->read();
                               }
                           });
}

void SocketReader::close() {
    boost::system::error_code ignored;
    descriptor_.close(ignored);
}

void SocketReader::read() {
    const auto owner = owner_.lock();
    if (!owner) {
        return;
    }
    const std::span<char> buffer = owner->read_buffer();
    const auto count =
        ::recv(descriptor_.native_handle(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (count > 0) {
        owner->socket_read(*transfer_, {buffer.data(), static_cast<std::size_t>(count)}, 0);
    } else if (count == 0 || (errno != EAGAIN && errno != EINTR)) {
        owner->socket_read(*transfer_, {}, count == 0 ? 0 : errno);
    }
    if (descriptor_.is_open()) {
        begin();
    }
}

}  // namespace http
