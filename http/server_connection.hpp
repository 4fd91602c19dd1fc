// Private to the server: pulls in Beast.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/buffer.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/system/error_code.hpp>

#include "base/notify.hpp"
#include "http/server_exchange.hpp"
#include "http/server_options.hpp"

namespace http {

class Connection;

/// The connections without a complete request, the one that has waited longest first.
using WaitingConnections = std::list<Connection*>;

/// One client's connection: requests one after the other, each with its handler's answer.
class Connection final : public ServerExchange {
  public:
    /// What the connections of one server share; outlives them.
    struct Shared {
        const Handler& handler;
        const ServerOptions& options;
        LimitsMet& limits_met;
        WaitingConnections& waiting;
    };

    Connection(boost::asio::ip::tcp::socket socket, const Shared& shared);
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    ~Connection() override;

    [[nodiscard]] base::Task<void> serve();
    void cancel() { cancel_.emit(boost::asio::cancellation_type::terminal); }
    /// Ends this connection, which waits, in favour of another one.
    void make_room();
    [[nodiscard]] bool has_made_room() const { return has_made_room_; }
    [[nodiscard]] boost::asio::cancellation_slot slot() { return cancel_.slot(); }

    [[nodiscard]] const ServerRequest& request() const override { return request_; }
    [[nodiscard]] base::Task<void> respond(int status, std::string content_type, std::string body,
                                           std::vector<Header> headers) override;
    [[nodiscard]] base::Task<void> respond(int status, std::string content_type,
                                           std::shared_ptr<const std::string> body,
                                           std::vector<Header> headers) override;
    [[nodiscard]] base::Task<void> respond_error(int status, std::string message,
                                                 std::vector<Header> headers) override;
    [[nodiscard]] base::Task<bool> start_stream(std::string content_type,
                                                std::vector<Header> headers) override;
    [[nodiscard]] base::Task<void> write(std::string_view bytes) override;
    [[nodiscard]] base::Task<void> write_raw(std::string bytes) override;
    [[nodiscard]] base::Task<void> peer_gone() override;
    void reset() override;
    void close() override { keep_alive_ = false; }
    void cut() override;

  private:
    using Parser = boost::beast::http::request_parser<boost::beast::http::string_body>;
    using Buffers = std::array<boost::asio::const_buffer, 3>;

    [[nodiscard]] base::Task<bool> read_request();
    [[nodiscard]] base::Task<boost::system::error_code> read_first_byte();
    [[nodiscard]] base::Task<boost::system::error_code> read_message(Parser& parser);
    [[nodiscard]] base::Task<void> handle();
    [[nodiscard]] base::Task<void> watch_peer();
    [[nodiscard]] base::Task<void> end();
    [[nodiscard]] base::Task<void> write_all(Buffers parts);
    [[nodiscard]] base::Task<void> write_text(std::string text);

    void enter_waiting();
    void leave_waiting();
    void take_request(Parser& parser);
    void count_limit(const boost::system::error_code& error);
    /// The value of the answer's `Connection` field; empty: none.
    [[nodiscard]] std::string_view connection_field() const;
    [[nodiscard]] bool is_head_request() const { return request_.method == "HEAD"; }

    boost::beast::tcp_stream stream_;
    boost::beast::flat_buffer buffer_;
    Shared shared_;
    const ServerLimits& limits_;
    /// When the first request's headers have to be complete.
    std::chrono::steady_clock::time_point idle_deadline_;
    std::optional<WaitingConnections::iterator> waiting_place_;
    boost::asio::cancellation_signal cancel_;
    base::Notify stream_started_;
    ServerRequest request_;
    bool is_http_1_0_ = false;
    bool keep_alive_ = true;
    bool answered_ = false;
    bool has_asked_ = false;
    bool has_made_room_ = false;
    /// Of the request at hand: its answer is a stream.
    bool is_streaming_ = false;
    /// The client of that stream has closed its side.
    bool has_left_ = false;
    /// No end of the stream is written.
    bool is_cut_ = false;
};

}  // namespace http
