#include "http/socket_reader.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <utility>

namespace http {

using Read = ReadySockets::Read;

SocketReader::SocketReader(std::shared_ptr<ReadySockets> sockets, int fd,
                           std::shared_ptr<Transfer> transfer, std::weak_ptr<Owner> owner)
    : sockets_{std::move(sockets)},
      fd_{fd},
      transfer_{std::move(transfer)},
      owner_{std::move(owner)} {}

SocketReader::~SocketReader() {
    close();
}

void SocketReader::close() {
    if (fd_ >= 0) {
        sockets_->remove(*this);
        ::close(std::exchange(fd_, -1));
    }
}

Read SocketReader::socket_ready() {
    // The owner may drop this in the call.
    const auto self = shared_from_this();
    const auto owner = owner_.lock();
    if (!owner) {
        return Read::kNothing;
    }
    const std::span<char> buffer = owner->read_buffer();
    const auto count = ::recv(fd_, buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (count > 0) {
        const auto bytes = static_cast<std::size_t>(count);
        owner->socket_read(*transfer_, {buffer.data(), bytes}, 0);
        return bytes == buffer.size() ? Read::kPart : Read::kAll;
    }
    if (count < 0 && errno == EINTR) {
        return Read::kPart;
    }
    if (count == 0 || errno != EAGAIN) {
        owner->socket_read(*transfer_, {}, count == 0 ? 0 : errno);
    }
    return Read::kNothing;
}

}  // namespace http
