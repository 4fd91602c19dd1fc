#pragma once

#include <memory>
#include <string>
#include <vector>

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>

#include "base/system_clock.hpp"
#include "simulator/network.hpp"
#include "tests/support/loop.hpp"
#include "tests/support/raw_client.hpp"

namespace tests {

/// A network of the simulator that runs on a loop of its own, in real time.
class NetworkFixture {
  public:
    explicit NetworkFixture(simulator::Scenario scenario);
    NetworkFixture(const NetworkFixture&) = delete;
    NetworkFixture& operator=(const NetworkFixture&) = delete;
    ~NetworkFixture();

    void stop();
    void run(base::Task<void> task) { tests::run(loop_, std::move(task)); }
    [[nodiscard]] unsigned short port(std::size_t node) const;
    [[nodiscard]] simulator::Network& network() { return *network_; }
    [[nodiscard]] boost::asio::io_context& loop() { return loop_; }

    [[nodiscard]] std::unique_ptr<RawClient> client();
    /// A client that has asked for the node's events.
    [[nodiscard]] std::unique_ptr<RawClient> stream(std::size_t node,
                                                    const std::string& topics = "topics=head");
    /// The whole answer to one GET.
    [[nodiscard]] std::string get(std::size_t node, const std::string& target);
    [[nodiscard]] bool is_refused(std::size_t node);
    /// Reads `stream` until it has a head of this slot.
    void read_to_slot(RawClient& stream, std::uint64_t slot);

  private:
    boost::asio::io_context loop_;
    base::SystemClock clock_{loop_.get_executor()};
    std::unique_ptr<simulator::Network> network_;
    boost::asio::cancellation_signal stop_;
    bool ended_ = false;
};

/// One node, and a fault that it has in slots 3 to 5 of 100 ms.
[[nodiscard]] simulator::Scenario scenario_with(const std::string& client,
                                                simulator::FaultKind kind);

/// Whether the answer holds a whole head event of this slot.
[[nodiscard]] bool has_slot(const RawClient& stream, std::uint64_t slot);

/// The body of a chunked answer, as far as its chunks are whole.
[[nodiscard]] std::string body_of(const std::string& answer);

/// The data of each whole event in a body, with `event` in front: `head {…}`.
[[nodiscard]] std::vector<std::string> events_of(const std::string& body);

}  // namespace tests
