#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "beacon_api/events.hpp"
#include "monitor/node_access.hpp"
#include "simulator/chain.hpp"
#include "simulator/node_plan.hpp"
#include "simulator/scenario.hpp"
#include "tests/support/manual_clock.hpp"

namespace tests {

/// The simulator's nodes without sockets: what they plan to send and to answer, decoded as
/// headmon's own client does, on virtual time. Thousands of schedules take seconds.
class SimulatedNodes final : public monitor::NodeAccess {
  public:
    /// Genesis is now, in whole seconds; `scenario` outlives the nodes. Faults of connections are
    /// not played.
    SimulatedNodes(boost::asio::io_context& loop, ManualClock& clock,
                   const simulator::Scenario& scenario);

    std::unique_ptr<OpenedStream> open(const monitor::Candidate& candidate, std::string_view topics,
                                       sse::StreamOptions options,
                                       beacon_api::EventStreamListener& listener) override;
    base::Task<monitor::RestAnswer> request(monitor::Candidate candidate,
                                            monitor::RestRequest request) override;

    /// The server ends the node's stream, as some do now and then.
    void end_stream(std::string_view node);

    /// Lets a slot pass: the nodes' events come, each at its moment.
    void play(std::uint64_t slot);

  private:
    struct Opening;
    class Live;
    struct Due;

    [[nodiscard]] std::size_t index_of(const monitor::Candidate& candidate) const;
    /// What a GET of `target` gives, decoded.
    template <class Decode>
    [[nodiscard]] auto get(std::size_t node, const std::string& target, const Decode& decode) const;
    [[nodiscard]] base::Result<monitor::RestAnswer::Value> value_of(
        std::size_t node, const monitor::RestRequest& request) const;
    void deliver(std::size_t node, const simulator::Emission& emission);
    /// Once a slot: the comments of those that send some.
    void keep_alive();

    boost::asio::io_context& loop_;
    ManualClock& clock_;
    const simulator::Scenario& scenario_;
    simulator::Chain chain_;
    std::vector<simulator::NodePlan> plans_;
    std::vector<simulator::Block> heads_;
    std::vector<std::shared_ptr<Opening>> openings_;
    beacon_api::EventDecoder decoder_;
    base::Instant genesis_;
    std::uint64_t slot_ = 0;
};

}  // namespace tests
