#include "api/agent_server.hpp"

#include <array>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "api/agent_check.hpp"
#include "base/text.hpp"

namespace api {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

/// The pause after an accept that failed, for lack of descriptors for example.
constexpr std::chrono::milliseconds kAcceptPause{100};

}  // namespace

AgentServer::AgentServer(asio::any_io_executor executor, const tcp::endpoint& endpoint,
                         Answer answer, std::chrono::milliseconds time)
    : executor_{std::move(executor)},
      acceptor_{executor_, endpoint},
      endpoint_{acceptor_.local_endpoint()},
      answer_{std::move(answer)},
      time_{time} {}

base::Task<void> AgentServer::run() {
    base::TaskGroup connections{executor_};
    co_await base::run_all(accept(connections), connections.run());
}

base::Task<void> AgentServer::accept(base::TaskGroup& connections) {
    while (true) {
        boost::system::error_code error;
        tcp::socket socket{executor_};
        co_await acceptor_.async_accept(socket, asio::redirect_error(asio::use_awaitable, error));
        co_await base::throw_if_cancelled();
        if (error) {
            asio::steady_timer pause{executor_, kAcceptPause};
            co_await pause.async_wait(asio::use_awaitable);
        } else if (connections.size() >= kConnectionsMax) {
            ++limits_met_.connections;
        } else {
            connections.spawn(serve(std::move(socket)));
        }
    }
}

base::Task<void> AgentServer::serve(tcp::socket socket) {
    try {
        co_await base::run_first(answer(socket), time_out());
    } catch (const boost::system::system_error&) {
        // The client is gone, or our side ends the connection.
    }
    co_await base::throw_if_cancelled();
}

base::Task<void> AgentServer::answer(tcp::socket& socket) {
    std::array<char, kAgentLineBytesMax> buffer{};
    std::size_t size = 0;
    std::string_view line;
    while (line.find('\n') == std::string_view::npos) {
        if (size == buffer.size()) {
            ++limits_met_.line_bytes;
            co_return;
        }
        const auto space = asio::buffer(buffer.data() + size, buffer.size() - size);
        size += co_await socket.async_read_some(space, asio::use_awaitable);
        line = std::string_view{buffer.data(), size};
    }
    const std::string_view name = base::trimmed(line.substr(0, line.find('\n')));
    const std::string text = answer_(name);
    co_await asio::async_write(socket, asio::buffer(text), asio::use_awaitable);
    boost::system::error_code ignored;
    socket.shutdown(tcp::socket::shutdown_send, ignored);
}

base::Task<void> AgentServer::time_out() {
    asio::steady_timer timer{executor_, time_};
    co_await timer.async_wait(asio::use_awaitable);
    ++limits_met_.time;
}

}  // namespace api
