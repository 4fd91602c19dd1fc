#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/asio/cancellation_signal.hpp>

#include "http/client.hpp"
#include "monitor/monitor_context.hpp"
#include "monitor/node_access.hpp"
#include "monitor/run_state.hpp"
#include "simulator/chain.hpp"
#include "simulator/client_profile.hpp"
#include "simulator/network.hpp"
#include "supervisor/supervisor.hpp"
#include "tests/scenarios/scenario_clock.hpp"
#include "tests/support/update_recorder.hpp"
#include "updates/broadcast.hpp"
#include "updates/chain_facts.hpp"

namespace tests {

/// A request that a simulated node got.
struct SeenRequest {
    std::uint64_t slot = 0;
    std::string node;
    std::string target;

    [[nodiscard]] bool is_stream() const { return target.starts_with("/eth/v1/events"); }
};

/// A fact, and when it was published: the simulation's slot, and how long after its start.
template <class Fact>
struct Published {
    std::uint64_t slot = 0;
    base::Duration into{};
    Fact fact;
};

/// Beacon nodes over HTTP, with requests that wait on virtual time: a client's own deadlines
/// are kept by the machine's clock, which hardly moves here.
class VirtualTimeAccess final : public monitor::NodeAccess {
  public:
    VirtualTimeAccess(http::Client& client, base::Clock& clock,
                      std::vector<std::string> extra_topics)
        : nodes_{client, std::move(extra_topics)}, clock_{clock} {}

    std::unique_ptr<OpenedStream> open(const monitor::Candidate& candidate, std::string_view topics,
                                       sse::StreamOptions options,
                                       beacon_api::EventStreamListener& listener) override {
        return nodes_.open(candidate, topics, options, listener);
    }
    base::Task<monitor::RestAnswer> request(monitor::Candidate candidate,
                                            monitor::RestRequest request) override;

  private:
    monitor::HttpNodeAccess nodes_;
    base::Clock& clock_;
};

/// The monitor over a simulated network: real sockets, virtual time, and all that was published.
class ScenarioFixture {
  public:
    /// headmon's wall clock is `clock_off` ahead of everybody's.
    explicit ScenarioFixture(simulator::Scenario scenario, monitor::MonitorOptions options = {},
                             base::Duration clock_off = {});
    ScenarioFixture(const ScenarioFixture&) = delete;
    ScenarioFixture& operator=(const ScenarioFixture&) = delete;
    ~ScenarioFixture();

    /// Plays on to the start of this slot of the simulation, or to `into` behind it.
    void play_to(std::uint64_t slot, base::Duration into = {});

    /// Puts a list of these nodes in force; at first all are in it.
    void follow(const std::vector<std::string>& names);

    /// The facts of one kind, in order.
    template <class Fact>
    [[nodiscard]] std::vector<Published<Fact>> published() const {
        std::vector<Published<Fact>> out;
        recorder_.each<Fact>([&](const Fact& fact, const updates::Update& update) {
            const std::uint64_t slot = slot_at(update.at.mono);
            out.push_back({slot, update.at.mono - network_->genesis().start_of(slot), fact});
        });
        return out;
    }
    /// Those of one node, for facts that have a candidate.
    template <class Fact>
    [[nodiscard]] std::vector<Published<Fact>> published(std::string_view node) const {
        auto out = published<Fact>();
        std::erase_if(out, [&](const auto& one) { return one.fact.node.name() != node; });
        return out;
    }
    /// The first fact of a kind that `is_it` says yes to; fails the test where there is none.
    template <class Fact, class IsIt>
    [[nodiscard]] Published<Fact> first(const IsIt& is_it) const {
        for (auto& one : published<Fact>()) {
            if (is_it(one.fact)) {
                return one;
            }
        }
        fail("a fact was expected that nobody published");
    }
    template <class Fact, class IsIt>
    [[nodiscard]] std::size_t count(const IsIt& is_it) const {
        std::size_t count = 0;
        for (const auto& one : published<Fact>()) {
            count += is_it(one.fact) ? 1U : 0U;
        }
        return count;
    }
    /// The last status of a node.
    [[nodiscard]] updates::NodeStatus status(std::string_view node) const;
    /// The verdict on a slot; nothing when it was not judged.
    [[nodiscard]] std::optional<updates::SlotVerdict> verdict(std::uint64_t slot) const;
    /// Why a node's streams ended, in order.
    [[nodiscard]] std::vector<updates::StreamEndReason> ends(std::string_view node) const;
    /// The head of `slot` as a node reported it first by stream or poll.
    [[nodiscard]] std::optional<updates::NodeHead> head(std::string_view node,
                                                        std::uint64_t slot) const;
    /// The root of a slot's block, on the main branch or on one that forks from it.
    [[nodiscard]] chain::Root root(std::uint64_t slot, std::uint64_t fork_slot = 0) const;

    /// Everything that was told, in order.
    [[nodiscard]] const std::vector<updates::Update>& updates() const { return recorder_.all(); }
    [[nodiscard]] const std::vector<SeenRequest>& requests() const { return requests_; }
    /// REST requests to a node in one slot.
    [[nodiscard]] std::size_t rest_requests(std::string_view node, std::uint64_t slot) const;
    /// The `topics=` of the streams that a node was asked for, in order.
    [[nodiscard]] std::vector<std::string> topics_asked(std::string_view node) const;
    [[nodiscard]] const updates::Snapshot& snapshot() const { return broadcast_.snapshot(); }
    /// All updates as JSON, a line for each.
    [[nodiscard]] std::vector<std::string> lines() const;
    /// All updates as JSON lines, for whoever looks into a test that fails.
    void print() const;

  private:
    [[noreturn]] static void fail(const std::string& why);
    [[nodiscard]] std::uint64_t slot_at(base::MonoTime moment) const;
    [[nodiscard]] supervisor::Environment environment();
    /// As the program has it, so that scenarios run under the product's own restart rule.
    [[nodiscard]] std::vector<supervisor::Child> children();

    simulator::Scenario scenario_;
    simulator::Chain chain_;
    boost::asio::io_context loop_;
    ScenarioClock clock_{loop_};
    OffClock headmon_clock_;
    std::unique_ptr<simulator::Network> network_;
    http::Client client_{loop_.get_executor(), headmon_clock_};
    VirtualTimeAccess access_;
    monitor::CandidateList candidates_{loop_.get_executor()};
    updates::Broadcast broadcast_{loop_.get_executor()};
    monitor::MonitorContext context_;
    monitor::RunState runs_{context_.options, headmon_clock_.instant()};
    std::unique_ptr<updates::Broadcast::Subscription> listening_;
    std::unique_ptr<supervisor::Supervisor> root_;
    boost::asio::cancellation_signal stop_network_;
    boost::asio::cancellation_signal stop_monitor_;
    int running_ = 0;
    std::exception_ptr failure_;
    UpdateRecorder recorder_;
    std::vector<SeenRequest> requests_;
};

/// A node with a delay in milliseconds.
[[nodiscard]] simulator::NodeScript node(std::string name, std::string client,
                                         std::int64_t delay_ms,
                                         std::vector<simulator::Fault> faults = {});
[[nodiscard]] simulator::Fault fault(simulator::FaultKind kind, std::uint64_t from,
                                     std::uint64_t to);
/// Nodes on a chain with slots of 12 s.
[[nodiscard]] simulator::Scenario scene(std::vector<simulator::NodeScript> nodes);

/// How the level of the clock's skew changed, in order: what is published once a slot without a
/// change is left out.
[[nodiscard]] std::vector<Published<updates::ClockSkew>> clock_levels(
    const ScenarioFixture& fixture);

/// For faults that last as long as the test.
inline constexpr std::uint64_t kForEver = 1'000'000;

}  // namespace tests
