#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "base/task.hpp"
#include "base/task_group.hpp"

namespace api {

/// How often clients have met a limit of the agent's server.
struct AgentLimitsMet {
    /// Connections closed at once, as kConnectionsMax were open.
    std::uint64_t connections = 0;
    /// Lines beyond kAgentLineBytesMax.
    std::uint64_t line_bytes = 0;
    /// Connections that did not send their line, or read the answer, in time.
    std::uint64_t time = 0;

    friend bool operator==(const AgentLimitsMet&, const AgentLimitsMet&) = default;
};

/// Answers HAProxy's agent checks: each connection sends one line, a node's name (`agent-send`),
/// and gets one line, or nothing where the answer is empty. Binds in the constructor. Lives on the
/// event loop; not thread-safe.
class AgentServer {
  public:
    using Answer = std::function<std::string(std::string_view name)>;

    static constexpr std::size_t kConnectionsMax = 256;
    static constexpr std::chrono::milliseconds kTime{2'000};

    /// A connection has `time` for all of it. Throws boost::system::system_error when `endpoint`
    /// cannot be bound. Port 0 takes a free one.
    AgentServer(boost::asio::any_io_executor executor,
                const boost::asio::ip::tcp::endpoint& endpoint, Answer answer,
                std::chrono::milliseconds time = kTime);
    AgentServer(const AgentServer&) = delete;
    AgentServer& operator=(const AgentServer&) = delete;

    [[nodiscard]] boost::asio::ip::tcp::endpoint endpoint() const { return endpoint_; }
    [[nodiscard]] const AgentLimitsMet& limits_met() const { return limits_met_; }

    /// Accepts and answers until cancelled; then every connection is closed. Between two runs
    /// connections wait.
    [[nodiscard]] base::Task<void> run();

  private:
    [[nodiscard]] base::Task<void> accept(base::TaskGroup& connections);
    [[nodiscard]] base::Task<void> serve(boost::asio::ip::tcp::socket socket);
    [[nodiscard]] base::Task<void> answer(boost::asio::ip::tcp::socket& socket);
    [[nodiscard]] base::Task<void> time_out();

    boost::asio::any_io_executor executor_;
    boost::asio::ip::tcp::acceptor acceptor_;
    boost::asio::ip::tcp::endpoint endpoint_;
    Answer answer_;
    std::chrono::milliseconds time_;
    AgentLimitsMet limits_met_;
};

}  // namespace api
