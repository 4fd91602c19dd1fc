#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "base/task.hpp"

namespace tests {

/// A TCP server on 127.0.0.1 that runs a script with each connection, however wrong.
class RawServer {
  public:
    /// One accepted connection. It is closed when its script returns.
    struct Peer {
        boost::asio::ip::tcp::socket socket;
        /// The request up to its blank line, as it came.
        std::string head;

        [[nodiscard]] base::Task<void> send(std::string bytes);
        /// Returns when the client has closed its side.
        [[nodiscard]] base::Task<void> closed();
        /// The connection ends with a RST when the script returns.
        void reset();
    };
    using Script = std::function<base::Task<void>(Peer&)>;
    enum class Read : std::uint8_t { kHead, kNothing };

    /// `read`: whether a request is read before the script runs.
    RawServer(boost::asio::io_context& loop, Script script, Read read = Read::kHead);
    RawServer(const RawServer&) = delete;
    RawServer& operator=(const RawServer&) = delete;
    /// Closes the port and every connection.
    ~RawServer();

    [[nodiscard]] std::uint16_t port() const;
    /// `http://127.0.0.1:port` and `path`.
    [[nodiscard]] std::string url(const std::string& path = "/") const;
    /// Every request so far.
    [[nodiscard]] const std::vector<std::string>& heads() const;
    [[nodiscard]] std::size_t accepted() const;
    /// Connections whose script has not returned.
    [[nodiscard]] std::size_t open_now() const;

  private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace tests
