#pragma once

#include <array>
#include <string>
#include <string_view>

#include <boost/asio/ip/tcp.hpp>

#include "base/task.hpp"

namespace tests {

/// A TCP client that sends and shows bytes as they are, so that a test sees what really went over
/// the wire. Bounded by the time limit of the `run` around it.
class RawClient {
  public:
    explicit RawClient(boost::asio::any_io_executor executor) : socket_{std::move(executor)} {}

    /// Connects to 127.0.0.1. Throws boost::system::system_error when refused.
    [[nodiscard]] base::Task<void> connect(unsigned short port);
    [[nodiscard]] base::Task<void> send(std::string bytes);
    /// `GET target` with `Connection: close`.
    [[nodiscard]] base::Task<void> get(std::string target);

    /// Reads until `text` was seen `times` times or the connection ended.
    [[nodiscard]] base::Task<void> read_until(std::string text, std::size_t times = 1);
    [[nodiscard]] base::Task<void> read_to_end();
    [[nodiscard]] base::Task<void> read_some();

    /// All that came so far.
    [[nodiscard]] const std::string& received() const { return received_; }
    /// Drops what came so far.
    void clear() { received_.clear(); }
    [[nodiscard]] std::size_t count(std::string_view text) const;
    [[nodiscard]] bool ended() const { return error_.failed(); }
    [[nodiscard]] bool was_reset() const { return error_ == boost::asio::error::connection_reset; }
    [[nodiscard]] bool was_closed() const { return error_ == boost::asio::error::eof; }
    [[nodiscard]] boost::asio::ip::tcp::socket& socket() { return socket_; }

  private:
    boost::asio::ip::tcp::socket socket_;
    std::array<char, 16384> buffer_{};
    std::string received_;
    boost::system::error_code error_;
};

}  // namespace tests
