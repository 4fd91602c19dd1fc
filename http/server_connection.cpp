#include "http/server_connection.hpp"

#include <algorithm>
#include <cassert>
#include <charconv>
#include <exception>
#include <utility>

#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/rfc7230.hpp>

#include "http/answer_head.hpp"
#include "http/request_error.hpp"

namespace http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using asio::ip::tcp;

/// How long a connection that we end may take to read our last bytes and to close its side.
constexpr std::chrono::seconds kDrainTime{1};
/// Of what is read and thrown away meanwhile.
constexpr std::size_t kDrainBytesMax = std::size_t{1024} * 1024;
/// What one read takes at most.
constexpr std::size_t kReadBytes = 4096;
/// What one write gives the kernel at most: it copies them while the loop waits.
constexpr std::size_t kWriteBytes = std::size_t{64} * 1024;
/// The end of a chunked body.
constexpr std::string_view kLastChunk = "0\r\n\r\n";

using Parts = std::array<asio::const_buffer, 3>;

/// Of what is to be written, as much as one write gives the kernel.
Parts first_piece(const Parts& parts) {
    std::size_t room = kWriteBytes;
    Parts piece;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        piece[i] = asio::buffer(parts[i], room);
        room -= piece[i].size();
    }
    return piece;
}

void drop_front(Parts& parts, std::size_t bytes) {
    for (asio::const_buffer& part : parts) {
        const std::size_t taken = std::min(bytes, part.size());
        part += taken;
        bytes -= taken;
    }
}

}  // namespace

Connection::Connection(tcp::socket socket, const Shared& shared)
    : stream_{std::move(socket)},
      // What the parser has not taken yet; it is offered each read, so one header block and a read
      // is all that can gather.
      buffer_{shared.options.limits.header_bytes_max + kReadBytes},
      shared_{shared},
      limits_{shared.options.limits},
      idle_deadline_{std::chrono::steady_clock::now() + limits_.idle_timeout},
      stream_started_{stream_.get_executor()} {
    boost::system::error_code ignored;
    // A write that finds no room returns, and is waited for.
    stream_.socket().non_blocking(true, ignored);
    enter_waiting();
}

Connection::~Connection() {
    leave_waiting();
}

void Connection::enter_waiting() {
    if (!waiting_place_) {
        waiting_place_ = shared_.waiting.insert(shared_.waiting.end(), this);
    }
}

void Connection::leave_waiting() {
    if (waiting_place_) {
        shared_.waiting.erase(*waiting_place_);
        waiting_place_.reset();
    }
}

void Connection::make_room() {
    leave_waiting();
    has_made_room_ = true;
    cancel();
}

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
        // The client is gone, or our side ends the connection: either way it is over.
    }
}

base::Task<void> Connection::handle() {
    bool failed = false;
    is_streaming_ = false;
    is_cut_ = false;
    has_left_ = false;
    static_cast<void>(stream_started_.take());
    try {
        co_await base::run_first(shared_.handler(*this), watch_peer());
    } catch (const boost::system::system_error&) {
        throw;
    } catch (const std::exception&) {
        // A fault in one answer is that answer's end, never the server's.
        failed = true;
    }
    if (has_left_) {
        keep_alive_ = false;
        co_return;
    }
    if (failed) {
        keep_alive_ = false;
    }
    if (failed && !answered_) {
        co_await respond_error(500, "internal error", {});
    } else if (failed && is_streaming_ && is_http_1_0_) {
        // A close would be the end of a complete answer.
        reset();
    } else if (!failed && is_streaming_ && !is_cut_ && !is_http_1_0_ && !is_head_request()) {
        co_await write_text(std::string{kLastChunk});
    }
}

/// Once the answer is a stream: returns when the client has closed its side. What it sends
/// meanwhile is the beginning of its next request; more than a header block of it ends the stream.
base::Task<void> Connection::watch_peer() {
    co_await stream_started_.wait();
    boost::system::error_code error;
    while (!error && buffer_.size() < limits_.header_bytes_max) {
        const auto space = buffer_.prepare(kReadBytes);
        // Not through Beast's stream: its deadlines are those of the writes.
        buffer_.commit(co_await stream_.socket().async_read_some(
            space, asio::redirect_error(asio::use_awaitable, error)));
    }
    has_left_ = error != asio::error::operation_aborted;
    co_await base::throw_if_cancelled();
}

/// Whether there is a request to handle; otherwise the connection is to be ended.
base::Task<bool> Connection::read_request() {
    answered_ = false;
    enter_waiting();
    Parser parser;
    parser.header_limit(static_cast<std::uint32_t>(limits_.header_bytes_max));
    parser.body_limit(limits_.body_bytes_max);
    boost::system::error_code error = co_await read_first_byte();
    if (!error) {
        error = co_await read_message(parser);
        count_limit(error);
    }
    co_await base::throw_if_cancelled();
    leave_waiting();
    if (!error) {
        take_request(parser);
        has_asked_ = true;
        co_return true;
    }
    if (const int status = status_for(error); status != 0) {
        request_ = ServerRequest{};
        is_http_1_0_ = false;
        keep_alive_ = false;
        co_await respond_error(status, std::string{message_for(status)}, {});
    }
    co_return false;
}

base::Task<boost::system::error_code> Connection::read_first_byte() {
    boost::system::error_code error;
    if (buffer_.size() > 0) {
        co_return error;
    }
    if (has_asked_) {
        stream_.expires_after(limits_.keep_alive_timeout);
    } else {
        stream_.expires_at(idle_deadline_);
    }
    const auto space = buffer_.prepare(kReadBytes);
    buffer_.commit(
        co_await stream_.async_read_some(space, asio::redirect_error(asio::use_awaitable, error)));
    if (error == beast::error::timeout && !has_asked_) {
        ++shared_.limits_met.idle_time;
    }
    co_return error;
}

base::Task<boost::system::error_code> Connection::read_message(Parser& parser) {
    const auto deadline = std::chrono::steady_clock::now() + limits_.request_timeout;
    boost::system::error_code error;
    stream_.expires_at(has_asked_ ? deadline : std::min(deadline, idle_deadline_));
    co_await beast::http::async_read_header(stream_, buffer_, parser,
                                            asio::redirect_error(asio::use_awaitable, error));
    if (error || parser.is_done()) {
        co_return error;
    }
    if (beast::iequals(parser.get()[beast::http::field::expect], "100-continue")) {
        co_await write_text("HTTP/1.1 100 Continue\r\n\r\n");
    }
    stream_.expires_at(deadline);
    co_await beast::http::async_read(stream_, buffer_, parser,
                                     asio::redirect_error(asio::use_awaitable, error));
    co_return error;
}

void Connection::count_limit(const boost::system::error_code& error) {
    using HttpError = beast::http::error;
    if (error == HttpError::header_limit || error == HttpError::buffer_overflow) {
        ++shared_.limits_met.header_bytes;
    } else if (error == HttpError::body_limit) {
        ++shared_.limits_met.body_bytes;
    } else if (error == beast::error::timeout) {
        ++shared_.limits_met.request_time;
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

std::string_view Connection::connection_field() const {
    if (!keep_alive_) {
        return "close";
    }
    return is_http_1_0_ ? "keep-alive" : "";
}

base::Task<void> Connection::respond(int status, std::string content_type, std::string body,
                                     std::vector<Header> headers) {
    co_await respond(status, std::move(content_type),
                     std::make_shared<const std::string>(std::move(body)), std::move(headers));
}

base::Task<void> Connection::respond(int status, std::string content_type,
                                     std::shared_ptr<const std::string> body,
                                     std::vector<Header> headers) {
    const AnswerHead head{status, content_type, Framing::kLength, body->size()};
    const std::string text = write_head(head, headers, connection_field());
    Buffers parts{asio::buffer(text), asio::const_buffer{}, asio::const_buffer{}};
    if (has_body(status) && !is_head_request()) {
        parts[1] = asio::buffer(*body);
    }
    answered_ = true;
    co_await write_all(parts);
}

base::Task<void> Connection::respond_error(int status, std::string message,
                                           std::vector<Header> headers) {
    ErrorBody body = shared_.options.error_format(status, message);
    co_await respond(status, std::move(body.content_type), std::move(body.text),
                     std::move(headers));
}

base::Task<bool> Connection::start_stream(std::string content_type, std::vector<Header> headers) {
    assert(!answered_);
    if (is_http_1_0_) {
        keep_alive_ = false;
    }
    answered_ = true;
    is_streaming_ = true;
    const Framing framing = is_http_1_0_ ? Framing::kUntilClose : Framing::kChunked;
    const AnswerHead head{200, content_type, framing};
    std::string text = write_head(head, headers, connection_field());
    co_await write_text(std::move(text));
    if (is_head_request()) {
        co_return false;
    }
    stream_started_.notify();
    co_return true;
}

base::Task<void> Connection::write(std::string_view bytes) {
    assert(is_streaming_);
    // A chunk of no bytes would be the last one.
    if (bytes.empty() || is_head_request()) {
        co_return;
    }
    Buffers parts{asio::const_buffer{}, asio::buffer(bytes), asio::const_buffer{}};
    std::array<char, 20> size{};
    if (!is_http_1_0_) {
        char* end = std::to_chars(size.data(), size.data() + size.size(), bytes.size(), 16).ptr;
        *end++ = '\r';
        *end++ = '\n';
        parts.front() =
            asio::const_buffer{size.data(), static_cast<std::size_t>(end - size.data())};
        parts.back() = asio::const_buffer{"\r\n", 2};
    }
    co_await write_all(parts);
}

base::Task<void> Connection::write_raw(std::string bytes) {
    answered_ = true;
    keep_alive_ = false;
    co_await write_text(std::move(bytes));
}

base::Task<void> Connection::write_text(std::string text) {
    const Buffers parts{asio::buffer(text), asio::const_buffer{}, asio::const_buffer{}};
    co_await write_all(parts);
}

/// Each piece that the client takes gives it the whole time again: slow is fine, dead is not.
base::Task<void> Connection::write_all(Buffers parts) {
    // An event for a client that reads costs one system call, and no timer.
    boost::system::error_code refused;
    const std::size_t taken_at_once = stream_.socket().write_some(first_piece(parts), refused);
    drop_front(parts, refused ? 0 : taken_at_once);
    while (asio::buffer_size(parts) > 0) {
        const Buffers piece = first_piece(parts);
        stream_.expires_after(limits_.write_timeout);
        boost::system::error_code error;
        const std::size_t written = co_await stream_.async_write_some(
            piece, asio::redirect_error(asio::use_awaitable, error));
        if (error == beast::error::timeout) {
            ++shared_.limits_met.write_time;
        }
        if (error) {
            throw boost::system::system_error{error};
        }
        drop_front(parts, written);
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
    is_cut_ = true;
    stream_.close();
}

void Connection::cut() {
    keep_alive_ = false;
    is_cut_ = true;
}

/// Ends our side, then reads until the client has ended its own: closing with unread bytes would
/// reset the connection and could cost the client our last answer.
base::Task<void> Connection::end() {
    boost::system::error_code error;
    stream_.socket().shutdown(tcp::socket::shutdown_send, error);
    stream_.expires_after(kDrainTime);
    buffer_.clear();
    const auto waste = buffer_.prepare(kReadBytes);
    std::size_t drained = 0;
    while (!error && drained < kDrainBytesMax) {
        drained += co_await stream_.async_read_some(
            waste, asio::redirect_error(asio::use_awaitable, error));
    }
}

}  // namespace http
