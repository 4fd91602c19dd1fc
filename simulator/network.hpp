#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/any_io_executor.hpp>

#include "base/clock.hpp"
#include "base/task.hpp"
#include "simulator/genesis.hpp"
#include "simulator/scenario.hpp"

namespace simulator {

/// A node as others reach it.
struct NodeAddress {
    std::string name;
    /// `http://127.0.0.1:PORT`; stays the same while the node is down.
    std::string url;
};

/// A scripted network of beacon nodes: real HTTP on 127.0.0.1. Everything random comes from the
/// scenario's seed. Lives on the event loop; not thread-safe.
class Network {
  public:
    /// Binds every node's port; throws std::runtime_error, fit to be shown, with the
    /// node and its port when one cannot be bound.
    Network(const boost::asio::any_io_executor& executor, base::Clock& clock, Scenario scenario);
    Network(const Network&) = delete;
    Network& operator=(const Network&) = delete;
    ~Network();

    [[nodiscard]] const std::vector<NodeAddress>& nodes() const;
    /// When slot 0 began or begins.
    [[nodiscard]] const Genesis& genesis() const;

    /// `observer` is called for each request as it comes: the node's place in `nodes()`, and the
    /// target. An empty one takes it away.
    void on_request(const std::function<void(std::size_t node, std::string_view target)>& observer);

    /// Plays the scenario, slot after slot, until cancelled.
    [[nodiscard]] base::Task<void> run();

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace simulator
