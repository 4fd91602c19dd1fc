#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>

#include <boost/asio/any_io_executor.hpp>

#include "base/notify.hpp"
#include "base/task.hpp"
#include "http/server_exchange.hpp"
#include "recording/entry.hpp"

namespace recording {

/// One node of a recording as a server: its stream for whoever reads it, and by REST the answer
/// that it gave last to the same path. Lives on the event loop.
class NodePlayer {
  public:
    /// Bytes that a client has not taken; one with more is cut off.
    static constexpr std::size_t kWaitingBytesMax = std::size_t{4} * 1024 * 1024;

    explicit NodePlayer(boost::asio::any_io_executor executor) : executor_{std::move(executor)} {}
    NodePlayer(const NodePlayer&) = delete;
    NodePlayer& operator=(const NodePlayer&) = delete;

    /// Its stream stands: new clients are accepted. It has ended: all clients' are too.
    void stream_began();
    void stream_ended();
    void stream_bytes(std::string_view bytes);
    void answered(const std::string& path, const http::Response& answer);

    [[nodiscard]] base::Task<void> handle(http::ServerExchange& exchange);

  private:
    struct Client {
        explicit Client(const boost::asio::any_io_executor& executor) : changed{executor} {}

        base::Notify changed;
        std::deque<std::shared_ptr<const std::string>> waiting;
        std::size_t waiting_bytes = 0;
        bool is_over = false;
        /// It has begun at an event's beginning.
        bool has_begun = false;
    };

    [[nodiscard]] base::Task<void> serve_stream(http::ServerExchange& exchange);

    boost::asio::any_io_executor executor_;
    bool is_open_ = false;
    /// What was sent last ended an event.
    bool is_between_events_ = true;
    std::set<Client*> clients_;
    std::map<std::string, http::Response> answers_;
};

}  // namespace recording
