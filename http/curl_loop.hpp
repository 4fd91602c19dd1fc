#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <unordered_map>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/system/error_code.hpp>

namespace http {

/// libcurl's multi handle driven by Asio: calls curl when a socket or its timer is due, and its
/// owner with the results. Internal to http/. curl's handles are `void*` here, as they are in
/// curl's own header, so that only sources include that header. Lives on the event loop.
class CurlLoop : public std::enable_shared_from_this<CurlLoop> {
  public:
    /// None of the calls comes from inside curl, so each may add and remove transfers.
    class Owner {
      public:
        virtual ~Owner() = default;
        /// curl is done with `easy`, with this CURLcode. The handle still has to be removed.
        virtual void transfer_done(void* easy, int code) = 0;
        /// One call into curl is over, and so are the `transfer_done` calls that came of it. The
        /// owner may end in it.
        virtual void curl_returned() = 0;
        /// The loop's multi handle failed: remove every transfer of it, a new one follows.
        virtual void multi_failed(const CurlLoop& loop) = 0;
    };

    CurlLoop(boost::asio::any_io_executor executor, Owner& owner);
    CurlLoop(const CurlLoop&) = delete;
    CurlLoop& operator=(const CurlLoop&) = delete;
    ~CurlLoop();

    /// Whether curl accepted the handle.
    [[nodiscard]] bool add(void* easy);
    void remove(void* easy);
    /// A copy of the socket on which the answer to a request comes in; below zero when there is
    /// none.
    [[nodiscard]] int copy_socket(void* easy) const;
    /// No call to the owner comes after this. Every transfer was removed before.
    void close();

    [[nodiscard]] std::uint64_t wake_ups() const { return wake_ups_; }

  private:
    struct Watch;
    using WatchPtr = std::shared_ptr<Watch>;

    static int on_socket(void* easy, int fd, int what, void* self, void* socket_data);
    static int on_timer(void* multi, long timeout_ms, void* self);

    void make_multi();
    void drop_multi();
    [[nodiscard]] bool watch(int fd, int what);
    void forget(int fd);
    void arm(const WatchPtr& watch);
    void wait(const WatchPtr& watch, int direction);
    void set_timer(long timeout_ms);
    void socket_ready(const WatchPtr& watch, int mask);
    void timer_due();
    void act(int fd, int mask);

    boost::asio::any_io_executor executor_;
    Owner* owner_;
    boost::asio::steady_timer timer_;
    void* multi_ = nullptr;
    std::map<int, WatchPtr> watches_;
    /// curl itself tells the socket of a handle only once its transfer is over.
    std::unordered_map<void*, int> sockets_;
    std::uint64_t wake_ups_ = 0;
};

}  // namespace http
