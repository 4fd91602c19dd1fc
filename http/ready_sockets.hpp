#pragma once

#include <sys/epoll.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

namespace http {

/// Sockets that are watched for bytes, in an epoll set of their own, which the event loop watches
/// in turn. Asio arms each socket anew behind each event: one system call of three, and a fifth of
/// what a burst of heads costs. Internal to http/. Lives on the event loop.
class ReadySockets : public std::enable_shared_from_this<ReadySockets> {
  public:
    /// What one read of a socket gave.
    enum class Read : std::uint8_t {
        /// There was nothing, or nothing more will be read.
        kNothing,
        kAll,
        /// As much as fits into the buffer: there may be more.
        kPart,
    };
    class Listener {
      public:
        virtual ~Listener() = default;
        /// There may be bytes, or the end: read once. May remove this listener, and others.
        virtual Read socket_ready() = 0;
    };

    /// Sockets that are read before anything else has its turn.
    static constexpr std::size_t kSocketsPerTurn = 64;

    explicit ReadySockets(boost::asio::any_io_executor executor);
    ReadySockets(const ReadySockets&) = delete;
    ReadySockets& operator=(const ReadySockets&) = delete;
    ~ReadySockets();

    /// Whether the socket is watched now; false when the system has no room for it.
    [[nodiscard]] bool add(int fd, Listener& listener);
    /// No call to the listener comes after this. Comes before its socket is closed.
    void remove(Listener& listener);
    /// No call to any listener comes after this.
    void close();

  private:
    struct Watched {
        int fd;
        /// Null: removed.
        Listener* listener;
        /// The other side has closed, or the connection has failed: once all is read, no event
        /// follows that would tell.
        bool is_over = false;
        bool is_unread = false;
    };

    [[nodiscard]] bool open();
    void wait();
    void take_turn();
    void call_ready();
    void call(Watched& watched);
    void call_unread();

    boost::asio::any_io_executor executor_;
    /// The epoll set; closed before the first socket.
    boost::asio::posix::stream_descriptor set_;
    std::unordered_map<const Listener*, std::unique_ptr<Watched>> watched_;
    /// Those that were removed in this turn, which may still be known to it.
    std::vector<std::unique_ptr<Watched>> removed_;
    std::array<epoll_event, kSocketsPerTurn> events_{};
    /// To be read once more, in the next turn.
    std::vector<Watched*> unread_;
    std::vector<Watched*> taken_;
    bool is_in_turn_ = false;
    /// A turn for `unread_`, of which no event tells.
    bool is_turn_posted_ = false;
};

}  // namespace http
