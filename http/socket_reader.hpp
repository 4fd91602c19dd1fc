#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "http/ready_sockets.hpp"

namespace http {

class Transfer;

/// Reads the rest of a plain answer from its socket, without curl: for each event of a quiet stream
/// curl makes one system call more, and takes a fifth of all time. One read a turn, so that no
/// socket keeps the others waiting. Internal to http/. Lives on the event loop.
class SocketReader final : public ReadySockets::Listener,
                           public std::enable_shared_from_this<SocketReader> {
  public:
    class Owner {
      public:
        virtual ~Owner() = default;
        /// Memory to read into; one for all sockets.
        [[nodiscard]] virtual std::span<char> read_buffer() = 0;
        /// What was read; nothing at its end, or when it failed with this `errno`. The owner may
        /// end in it.
        virtual void socket_read(Transfer& transfer, std::string_view bytes, int error) = 0;
    };

    /// Takes a socket, which is closed with the reader or by `close`.
    SocketReader(std::shared_ptr<ReadySockets> sockets, int fd, std::shared_ptr<Transfer> transfer,
                 std::weak_ptr<Owner> owner);
    SocketReader(const SocketReader&) = delete;
    SocketReader& operator=(const SocketReader&) = delete;
    ~SocketReader() override;

    /// Whether the socket is read from now on.
    [[nodiscard]] bool begin() { return sockets_->add(fd_, *this); }
    /// No call to the owner comes after this.
    void close();

    ReadySockets::Read socket_ready() override;

  private:
    std::shared_ptr<ReadySockets> sockets_;
    /// Below zero: closed.
    int fd_;
    std::shared_ptr<Transfer> transfer_;
    std::weak_ptr<Owner> owner_;
};

}  // namespace http
