#pragma once

#include <string>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>

#include "http/server.hpp"
#include "tests/support/loop.hpp"
#include "tests/support/raw_client.hpp"

namespace tests {

namespace asio = boost::asio;

inline const asio::ip::tcp::endpoint kAnyPort{asio::ip::address_v4::loopback(), 0};

/// A running server with its loop.
struct ServerFixture {
    explicit ServerFixture(http::Handler handler, http::ServerLimits limits = {})
        : ServerFixture{std::move(handler), http::ServerOptions{"test", limits}} {}
    ServerFixture(http::Handler handler, http::ServerOptions options)
        : server{loop.get_executor(), kAnyPort, std::move(handler), std::move(options)} {
        asio::co_spawn(loop, server.run(),
                       asio::bind_cancellation_slot(stop.slot(), [this](std::exception_ptr error) {
                           ended = true;
                           cancelled = error && base::is_cancellation(error);
                       }));
    }
    ~ServerFixture() {
        if (!ended) {
            stop_and_wait();
        }
    }
    ServerFixture(const ServerFixture&) = delete;
    ServerFixture& operator=(const ServerFixture&) = delete;

    void stop_and_wait() {
        stop.emit(asio::cancellation_type::terminal);
        run_until(loop, [this] { return ended; });
    }
    [[nodiscard]] unsigned short port() const { return server.endpoint().port(); }
    [[nodiscard]] RawClient client() { return RawClient{loop.get_executor()}; }
    /// Sends `bytes` on a new connection and returns all that comes until it ends.
    std::string answer_to(std::string bytes) {
        RawClient it = client();
        run(loop, it.connect(port()));
        run(loop, it.send(std::move(bytes)));
        run(loop, it.read_to_end());
        return it.received();
    }

    asio::io_context loop;
    http::Server server;
    asio::cancellation_signal stop;
    bool ended = false;
    bool cancelled = false;
};

inline std::string get(const std::string& target) {
    return "GET " + target + " HTTP/1.1\r\nHost: a\r\n\r\n";
}

}  // namespace tests
