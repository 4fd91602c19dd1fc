// Private to the server: pulls in Beast.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include "http/server.hpp"

namespace http {

/// Throws operation_aborted when the coroutine that awaits this was cancelled: for operations whose
/// error was taken as a value.
[[nodiscard]] base::Task<void> throw_if_cancelled();

/// One client's connection: requests one after the other, each with its handler's answer.
class Connection final : public ServerExchange {
  public:
    Connection(boost::asio::ip::tcp::socket socket, const Handler& handler,
               const ServerLimits& limits, LimitsMet& limits_met)
        : stream_{std::move(socket)},
          // What the parser has not taken yet; it is asked after each read, so one header block
          // and a bit is all that can gather.
          buffer_{limits.header_bytes_max + 4096},
          handler_{handler},
          limits_{limits},
          limits_met_{limits_met} {}

    [[nodiscard]] base::Task<void> serve();
    void cancel() { cancel_.emit(boost::asio::cancellation_type::terminal); }
    [[nodiscard]] boost::asio::cancellation_slot slot() { return cancel_.slot(); }

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
    using Parser = boost::beast::http::request_parser<boost::beast::http::string_body>;

    void take_request(Parser& parser);
    /// `has_begun`: bytes of a request came, or this connection has asked for nothing yet.
    void count_limit(const boost::system::error_code& error, bool has_begun);

    boost::beast::tcp_stream stream_;
    boost::beast::flat_buffer buffer_;
    const Handler& handler_;
    const ServerLimits& limits_;
    LimitsMet& limits_met_;
    boost::asio::cancellation_signal cancel_;
    ServerRequest request_;
    bool is_http_1_0_ = false;
    bool keep_alive_ = true;
    bool answered_ = false;
    bool has_asked_ = false;
};

}  // namespace http
