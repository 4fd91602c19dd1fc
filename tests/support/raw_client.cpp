#include "tests/support/raw_client.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/write.hpp>

namespace tests {
namespace asio = boost::asio;

base::Task<void> RawClient::connect(unsigned short port) {
    const asio::ip::tcp::endpoint there{asio::ip::address_v4::loopback(), port};
    co_await socket_.async_connect(there, asio::use_awaitable);
}

base::Task<void> RawClient::send(std::string bytes) {
    co_await asio::async_write(socket_, asio::buffer(bytes), asio::use_awaitable);
}

base::Task<void> RawClient::get(std::string target) {
    co_await send("GET " + target + " HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n");
}

base::Task<void> RawClient::read_until(std::string text, std::size_t times) {
    while (count(text) < times && !ended()) {
        co_await read_some();
    }
}

base::Task<void> RawClient::read_to_end() {
    while (!ended()) {
        co_await read_some();
    }
}

base::Task<void> RawClient::read_some() {
    const std::size_t size = co_await socket_.async_read_some(
        asio::buffer(buffer_), asio::redirect_error(asio::use_awaitable, error_));
    if (error_ == asio::error::operation_aborted) {
        throw boost::system::system_error{error_};
    }
    received_.append(buffer_.data(), size);
}

std::size_t RawClient::count(std::string_view text) const {
    std::size_t found = 0;
    for (std::size_t at = received_.find(text); at != std::string::npos;
         at = received_.find(text, at + text.size())) {
        ++found;
    }
    return found;
}

}  // namespace tests
