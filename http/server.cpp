#include "http/server.hpp"

#include <array>
#include <ctime>
#include <exception>
#include <list>
#include <utility>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/rfc7230.hpp>
#include <boost/beast/http/status.hpp>
#include <boost/beast/http/string_body.hpp>

#include "base/notify.hpp"

namespace http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using asio::ip::tcp;
using Parser = beast::http::request_parser<beast::http::string_body>;

/// How long a connection that we end may take to read our last bytes and to close its side.
constexpr std::chrono::seconds kDrainTime{1};
/// What is read and thrown away meanwhile.
constexpr std::size_t kDrainBytesMax = std::size_t{1024} * 1024;
/// The pause after an accept that failed for want of descriptors or memory.
constexpr std::chrono::milliseconds kAcceptPause{100};

/// Now, as the `Date:` header has it: "Sat, 21 Nov 2026 20:56:39 GMT".
std::string http_date() {
    const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
    std::tm parts{};
    gmtime_r(&now, &parts);
    std::array<char, 64> text{};
    const std::size_t size =
        std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
    return std::string{text.data(), size};
}

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

bool may_retry_accept(const boost::system::error_code& error) {
    return error == asio::error::connection_aborted || error == asio::error::no_descriptors ||
           error == asio::error::no_memory || error == asio::error::no_buffer_space ||
           error == boost::system::errc::too_many_files_open_in_system ||
           error == boost::system::errc::protocol_error || error == asio::error::connection_reset ||
           error == asio::error::interrupted;
}

base::Task<void> throw_if_cancelled() {
    const auto state = co_await asio::this_coro::cancellation_state;
    if (state.cancelled() != asio::cancellation_type::none) {
        throw boost::system::system_error{asio::error::operation_aborted};
    }
}

/// One client's connection: requests one after the other, each with its handler's answer.
class Connection final : public Exchange {
  public:
    Connection(tcp::socket socket, const Handler& handler, const ServerLimits& limits)
        : stream_{std::move(socket)},
          // What the parser has not taken yet; it is asked after each read, so one header block
          // and a bit is all that can gather.
          buffer_{limits.header_bytes_max + 4096},
          handler_{handler},
          limits_{limits} {}

    [[nodiscard]] base::Task<void> serve();
    void cancel() { cancel_.emit(asio::cancellation_type::terminal); }
    [[nodiscard]] asio::cancellation_slot slot() { return cancel_.slot(); }

    [[nodiscard]] const ServerRequest& request() const override { return request_; }
    [[nodiscard]] base::Task<void> respond(int status, std::string content_type, std::string body,
                                           std::vector<Header> headers) override;
    [[nodiscard]] base::Task<void> write_raw(std::string bytes) override;
    [[nodiscard]] base::Task<void> peer_gone() override;
    void reset() override;
    void close() override { keep_alive_ = false; }

  private:
    [[nodiscard]] base::Task<bool> read_request();
    [[nodiscard]] base::Task<void> handle();
    [[nodiscard]] base::Task<void> end();
    [[nodiscard]] base::Task<void> write_all(std::string bytes);
    void take_request(Parser& parser);

    beast::tcp_stream stream_;
    beast::flat_buffer buffer_;
    const Handler& handler_;
    const ServerLimits& limits_;
    asio::cancellation_signal cancel_;
    ServerRequest request_;
    bool is_http_1_0_ = false;
    bool keep_alive_ = true;
    bool answered_ = false;
};

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
    co_await throw_if_cancelled();
    if (!error) {
        take_request(parser);
        co_return true;
    }
    if (const int status = status_for(error); status != 0) {
        request_ = ServerRequest{};
        is_http_1_0_ = false;
        keep_alive_ = false;
        co_await respond(status, "text/plain", "bad request\n", {});
    }
    co_return false;
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
    text += "\r\nDate: " + http_date() + "\r\n";
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
        written += co_await stream_.async_write_some(
            asio::buffer(bytes.data() + written, bytes.size() - written), asio::use_awaitable);
    }
}

base::Task<void> Connection::peer_gone() {
    if (buffer_.size() > 0) {
        co_return;
    }
    boost::system::error_code ignored;
    co_await stream_.socket().async_wait(tcp::socket::wait_read,
                                         asio::redirect_error(asio::use_awaitable, ignored));
    co_await throw_if_cancelled();
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
    std::size_t drained = 0;
    while (!error && drained < kDrainBytesMax) {
        std::array<char, 4096> bytes;
        drained += co_await stream_.async_read_some(
            asio::buffer(bytes), asio::redirect_error(asio::use_awaitable, error));
    }
}

}  // namespace

class Server::Impl : public std::enable_shared_from_this<Server::Impl> {
  public:
    Impl(asio::any_io_executor executor, const tcp::endpoint& endpoint, Handler handler,
         ServerLimits limits)
        : executor_{std::move(executor)},
          handler_{std::move(handler)},
          limits_{limits},
          acceptor_{executor_, endpoint},
          endpoint_{acceptor_.local_endpoint()},
          listener_changed_{executor_},
          connection_ended_{executor_} {}

    [[nodiscard]] base::Task<void> accept();
    [[nodiscard]] base::Task<void> all_ended();
    void close_all();

    void close_listener() {
        boost::system::error_code ignored;
        acceptor_.close(ignored);
        listener_changed_.notify();
    }
    void open_listener() {
        if (!acceptor_.is_open()) {
            acceptor_ = tcp::acceptor{executor_, endpoint_};
            listener_changed_.notify();
        }
    }

    [[nodiscard]] const tcp::endpoint& endpoint() const { return endpoint_; }
    [[nodiscard]] std::size_t connections() const { return connections_.size(); }
    [[nodiscard]] std::uint64_t connections_refused() const { return connections_refused_; }

  private:
    void serve(tcp::socket socket);

    asio::any_io_executor executor_;
    Handler handler_;
    ServerLimits limits_;
    tcp::acceptor acceptor_;
    tcp::endpoint endpoint_;
    base::Notify listener_changed_;
    base::Notify connection_ended_;
    std::list<std::shared_ptr<Connection>> connections_;
    std::uint64_t connections_refused_ = 0;
};

base::Task<void> Server::Impl::accept() {
    while (true) {
        while (!acceptor_.is_open()) {
            co_await listener_changed_.wait();
            static_cast<void>(listener_changed_.take());
        }
        boost::system::error_code error;
        tcp::socket socket{executor_};
        co_await acceptor_.async_accept(socket, asio::redirect_error(asio::use_awaitable, error));
        co_await throw_if_cancelled();
        if (!error) {
            serve(std::move(socket));
            continue;
        }
        if (may_retry_accept(error)) {
            asio::steady_timer pause{executor_, kAcceptPause};
            co_await pause.async_wait(asio::use_awaitable);
        } else if (acceptor_.is_open() && error != asio::error::operation_aborted) {
            throw boost::system::system_error{error, "accept"};
        }
    }
}

void Server::Impl::serve(tcp::socket socket) {
    if (connections_.size() >= limits_.connections_max) {
        ++connections_refused_;
        return;
    }
    boost::system::error_code ignored;
    socket.set_option(tcp::no_delay{true}, ignored);
    const auto connection = std::make_shared<Connection>(std::move(socket), handler_, limits_);
    const auto place = connections_.insert(connections_.end(), connection);
    auto ended = [self = shared_from_this(), place](const std::exception_ptr& failure) {
        self->connections_.erase(place);
        self->connection_ended_.notify();
        if (failure) {
            std::rethrow_exception(failure);
        }
    };
    asio::co_spawn(executor_, connection->serve(),
                   asio::bind_cancellation_slot(connection->slot(), std::move(ended)));
}

void Server::Impl::close_all() {
    // A copy: connections leave the list as they end.
    const std::vector<std::shared_ptr<Connection>> all{connections_.begin(), connections_.end()};
    for (const auto& connection : all) {
        connection->cancel();
    }
}

base::Task<void> Server::Impl::all_ended() {
    while (!connections_.empty()) {
        co_await connection_ended_.wait();
        static_cast<void>(connection_ended_.take());
    }
}

Server::Server(asio::any_io_executor executor, const tcp::endpoint& endpoint, Handler handler,
               ServerLimits limits)
    : impl_{std::make_shared<Impl>(std::move(executor), endpoint, std::move(handler), limits)} {}

Server::~Server() {
    impl_->close_listener();
    impl_->close_all();
}

tcp::endpoint Server::endpoint() const {
    return impl_->endpoint();
}

base::Task<void> Server::run() {
    const std::shared_ptr<Impl> impl = impl_;
    std::exception_ptr failure;
    try {
        co_await impl->accept();
    } catch (...) {
        failure = std::current_exception();
    }
    impl->close_listener();
    impl->close_all();
    // The cancellation that brought us here must not cut this wait short, nor may a second one: a
    // handler uses things that may be gone when we return. So it runs apart, without a slot.
    co_await asio::this_coro::throw_if_cancelled(false);
    const auto executor = co_await asio::this_coro::executor;
    co_await asio::co_spawn(
        executor, impl->all_ended(),
        asio::bind_cancellation_slot(asio::cancellation_slot{}, asio::use_awaitable));
    co_await asio::this_coro::throw_if_cancelled(true);
    std::rethrow_exception(failure);
}

std::size_t Server::connections() const {
    return impl_->connections();
}

std::uint64_t Server::connections_refused() const {
    return impl_->connections_refused();
}

void Server::close_listener() {
    impl_->close_listener();
}

void Server::open_listener() {
    impl_->open_listener();
}

}  // namespace http
