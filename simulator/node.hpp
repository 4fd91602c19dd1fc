#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "base/clock.hpp"
#include "base/task.hpp"
#include "http/server.hpp"
#include "simulator/event_stream.hpp"
#include "simulator/genesis.hpp"
#include "simulator/node_plan.hpp"
#include "simulator/rest.hpp"

namespace simulator {

/// One beacon node: its HTTP server, its streams and its script. Lives on the event loop.
class Node {
  public:
    /// Binds the node's port and keeps it. Throws boost::system::system_error when it cannot.
    Node(boost::asio::any_io_executor executor, base::Clock& clock, Genesis genesis,
         const Scenario& scenario, std::size_t index, const Chain& chain);
    Node(const Node&) = delete;
    Node& operator=(const Node&) = delete;
    ~Node() = default;

    /// `observer` is called with the target of each request as it comes, before it is answered.
    void on_request(std::function<void(std::string_view target)> observer) {
        on_request_ = std::move(observer);
    }

    [[nodiscard]] std::uint16_t port() const { return reserved_.local_endpoint().port(); }

    /// Plays the script until cancelled.
    [[nodiscard]] base::Task<void> run();

  private:
    /// An event on its way, in the order of moments and, at one moment, of plans.
    struct Due {
        base::MonoTime when;
        Emission emission;
        /// In place of an event: all streams are cut.
        bool is_cut = false;
    };

    [[nodiscard]] base::Task<void> play();
    [[nodiscard]] base::Task<void> serve();
    [[nodiscard]] base::Task<void> until_down_is(bool is_down);
    [[nodiscard]] base::Task<void> handle(http::ServerExchange& exchange);
    /// An endpoint that answers otherwise than it should.
    [[nodiscard]] base::Task<void> handle_spoilt(http::ServerExchange& exchange,
                                                 const Fault& spoilt);
    [[nodiscard]] base::Task<void> handle_rest(http::ServerExchange& exchange);
    /// A whole answer with the node's own `Date`.
    [[nodiscard]] base::Task<void> respond(http::ServerExchange& exchange, RestAnswer answer,
                                           std::vector<http::Header> headers = {});
    [[nodiscard]] base::Task<void> handle_events(http::ServerExchange& exchange);
    [[nodiscard]] base::Task<void> stream(http::ServerExchange& exchange,
                                          std::vector<std::string> topics, bool is_silent);
    /// `Date`, by the node's own clock.
    [[nodiscard]] http::Header date() const;
    void start_slot(std::uint64_t slot);
    void apply_faults(EventStream& stream) const;
    void schedule(Due due);
    void deliver(const Emission& emission);
    void cut_streams();
    void listen();
    [[nodiscard]] const Fault* fault(FaultKind kind) const;
    [[nodiscard]] NodeView view() const;

    boost::asio::any_io_executor executor_;
    base::Clock& clock_;
    Genesis genesis_;
    NodePlan plan_;
    /// Bound for the node's whole life and never listening, so that its port stays its own.
    boost::asio::ip::tcp::socket reserved_;
    std::unique_ptr<http::Server> server_;
    std::list<EventStream*> streams_;
    std::function<void(std::string_view)> on_request_;
    std::vector<Due> due_;
    std::uint64_t slot_ = 0;
    Branch branch_;
    Block head_;
};

}  // namespace simulator
