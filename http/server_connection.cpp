#include "http/server_connection.hpp"

#include <algorithm>
#include <exception>

#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/rfc7230.hpp>
#include <boost/beast/http/status.hpp>

#include "http/date.hpp"

namespace http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using asio::ip::tcp;

/// How long a connection that we end may take to read our last bytes and to close its side.
constexpr std::chrono::seconds kDrainTime{1};
/// What is read and thrown away meanwhile.
constexpr std::size_t kDrainBytesMax = std::size_t{1024} * 1024;
constexpr std::size_t kDrainBytes = 4096;

/// The status for a request that Beast could not read; 0 when the client is gone or too slow and
/// an answer makes no sense.
int status_for(const boost::system::error_code& error) {
    using HttpError = beast::http::error;
    if (error == HttpError::header_limit || error == HttpError::buffer_overflow) {
        return 431;
    }
    if (error == HttpError::body_limit) {
        return 413;
    }
    if (error == HttpError::end_of_stream || error == HttpError::partial_message) {
        return 0;
    }
    const boost::system::error_code any_http_error = HttpError::bad_method;
    return error.category() == any_http_error.category() ? 400 : 0;
}

}  // namespace

base::Task<void> Connection::serve() {
    try {
        while (co_await read_request()) {
            co_await handle();
            if (!answered_ || !keep_alive_) {
                break;
            }
        }
        co_await end();
    } catch (const boost::system::system_error&) {
        // The client is gone, or the server stops: either way the connection is over.
    }
}

base::Task<void> Connection::handle() {
    bool failed = false;
    try {
        co_await handler_(*this);
    } catch (const boost::system::system_error&) {
        throw;
    } catch (const std::exception&) {
        // A fault in one answer is that answer's end, never the server's.
        failed = true;
    }
    if (failed) {
        keep_alive_ = false;
    }
    if (failed && !answered_) {
        co_await respond(500, "text/plain", "internal error\n", {});
    }
}

/// Whether there is a request to handle; otherwise the connection is to be ended.
base::Task<bool> Connection::read_request() {
    const auto deadline = std::chrono::steady_clock::now() + limits_.request_timeout;
    answered_ = false;
    Parser parser;
    parser.header_limit(static_cast<std::uint32_t>(limits_.header_bytes_max));
    parser.body_limit(limits_.body_bytes_max);

    boost::system::error_code error;
    stream_.expires_at(deadline);
    co_await beast::http::async_read_header(stream_, buffer_, parser,
                                            asio::redirect_error(asio::use_awaitable, error));
    if (!error && !parser.is_done()) {
        if (beast::iequals(parser.get()[beast::http::field::expect], "100-continue")) {
            co_await write_all("HTTP/1.1 100 Continue\r\n\r\n");
        }
        stream_.expires_at(deadline);
        co_await beast::http::async_read(stream_, buffer_, parser,
                                         asio::redirect_error(asio::use_awaitable, error));
    }
    co_await base::throw_if_cancelled();
    if (!error) {
        take_request(parser);
        has_asked_ = true;
        co_return true;
    }
    count_limit(error, !has_asked_ || parser.got_some() || buffer_.size() > 0);
    if (const int status = status_for(error); status != 0) {
        request_ = ServerRequest{};
        is_http_1_0_ = false;
        keep_alive_ = false;
        co_await respond(status, "text/plain", "bad request\n", {});
    }
    co_return false;
}

void Connection::count_limit(const boost::system::error_code& error, bool has_begun) {
    using HttpError = beast::http::error;
    if (error == HttpError::header_limit || error == HttpError::buffer_overflow) {
        ++limits_met_.header_bytes;
    } else if (error == HttpError::body_limit) {
        ++limits_met_.body_bytes;
    } else if (error == beast::error::timeout && has_begun) {
        ++limits_met_.request_time;
    }
}

void Connection::take_request(Parser& parser) {
    auto& message = parser.get();
    request_ = ServerRequest{};
    request_.method = std::string{message.method_string()};
    request_.target = std::string{message.target()};
    for (const auto& field : message) {
        request_.headers.push_back(
            Header{std::string{field.name_string()}, std::string{field.value()}});
    }
    request_.body = std::move(message.body());
    is_http_1_0_ = message.version() < 11;
    keep_alive_ = message.keep_alive();
}

base::Task<void> Connection::respond(int status, std::string content_type, std::string body,
                                     std::vector<Header> headers) {
    std::string text = "HTTP/1.1 " + std::to_string(status) + " ";
    text += beast::http::obsolete_reason(beast::http::int_to_status(static_cast<unsigned>(status)));
    text += "\r\n";
    const bool has_date = std::any_of(headers.begin(), headers.end(),
                                      [](const Header& header) { return header.name == "Date"; });
    if (!has_date) {
        text += "Date: " + format_date(std::chrono::system_clock::now()) + "\r\n";
    }
    // These two have no body and say no length (RFC 9110, section 8.6).
    const bool has_length = status != 204 && status != 304;
    if (has_length) {
        text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    }
    if (!content_type.empty()) {
        text += "Content-Type: " + content_type + "\r\n";
    }
    for (const Header& header : headers) {
        text += header.name + ": " + header.value + "\r\n";
    }
    if (!keep_alive_) {
        text += "Connection: close\r\n";
    } else if (is_http_1_0_) {
        text += "Connection: keep-alive\r\n";
    }
    text += "\r\n";
    if (has_length && request_.method != "HEAD") {
        text += body;
    }
    answered_ = true;
    co_await write_all(std::move(text));
}

base::Task<void> Connection::write_raw(std::string bytes) {
    answered_ = true;
    keep_alive_ = false;
    co_await write_all(std::move(bytes));
}

/// Each piece that the client takes gives it the whole time again: slow is fine, dead is not.
base::Task<void> Connection::write_all(std::string bytes) {
    std::size_t written = 0;
    while (written < bytes.size()) {
        stream_.expires_after(limits_.write_timeout);
        boost::system::error_code error;
        written += co_await stream_.async_write_some(
            asio::buffer(bytes.data() + written, bytes.size() - written),
            asio::redirect_error(asio::use_awaitable, error));
        if (error == beast::error::timeout) {
            ++limits_met_.write_time;
        }
        if (error) {
            throw boost::system::system_error{error};
        }
    }
}

base::Task<void> Connection::peer_gone() {
    if (buffer_.size() > 0) {
        co_return;
    }
    boost::system::error_code ignored;
    co_await stream_.socket().async_wait(tcp::socket::wait_read,
                                         asio::redirect_error(asio::use_awaitable, ignored));
    co_await base::throw_if_cancelled();
}

void Connection::reset() {
    boost::system::error_code ignored;
    stream_.socket().set_option(asio::socket_base::linger(true, 0), ignored);
    keep_alive_ = false;
    stream_.close();
}

/// Ends our side, then reads until the client has ended its own: closing with unread bytes would
/// reset the connection and could cost the client our last answer.
base::Task<void> Connection::end() {
    boost::system::error_code error;
    stream_.socket().shutdown(tcp::socket::shutdown_send, error);
    stream_.expires_after(kDrainTime);
    buffer_.clear();
    const auto waste = buffer_.prepare(kDrainBytes);
    std::size_t drained = 0;
    while (!error && drained < kDrainBytesMax) {
        drained += co_await stream_.async_read_some(
            waste, asio::redirect_error(asio::use_awaitable, error));
    }
}

}  // namespace http
