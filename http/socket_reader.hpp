#pragma once

#include <memory>
#include <span>
#include <string_view>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

namespace http {

class Transfer;

/// Reads the rest of a plain answer from its socket, without curl: for each event of a quiet stream
/// curl makes one system call more, and takes a fifth of all time. One read a turn of the loop, so
/// that no socket keeps the others waiting. Internal to http/. Lives on the event loop.
class SocketReader : public std::enable_shared_from_this<SocketReader> {
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

    /// Takes a socket that does not block. It is closed with the reader, or by `close`.
    SocketReader(const boost::asio::any_io_executor& executor, int fd,
                 std::shared_ptr<Transfer> transfer, std::weak_ptr<Owner> owner);
    SocketReader(const SocketReader&) = delete;
    SocketReader& operator=(const SocketReader&) = delete;
    ~SocketReader() = default;

    void begin();
    /// No call to the owner comes after this.
    void close();

  private:
    void read();

    boost::asio::posix::stream_descriptor descriptor_;
    std::shared_ptr<Transfer> transfer_;
    std::weak_ptr<Owner> owner_;
};

}  // namespace http
