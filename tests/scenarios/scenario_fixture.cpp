#include "tests/scenarios/scenario_fixture.hpp"

#include <algorithm>
#include <iostream>
#include <stdexcept>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>

#include "app/service_tree.hpp"
#include "updates/broadcast.hpp"
#include "updates/chain_facts.hpp"
#include "updates/json.hpp"

namespace tests {
namespace asio = boost::asio;

base::Task<monitor::RestAnswer> VirtualTimeAccess::request(monitor::Candidate candidate,
                                                           monitor::RestRequest request) {
    monitor::RestAnswer answer{base::Error{base::ErrorCode::kDeadline, ""}, {}};
    const auto asked = [&]() -> base::Task<void> {
        answer = co_await nodes_.request(candidate, request);
    };
    const base::MonoTime deadline = clock_.now() + monitor::HttpNodeAccess::kRequestDeadline;
    co_await base::run_first(asked(), clock_.sleep_until(deadline));
    co_return answer;
}

ScenarioFixture::ScenarioFixture(simulator::Scenario scenario, monitor::MonitorOptions options,
                                 base::Duration clock_off)
    : scenario_{std::move(scenario)},
      chain_{scenario_.seed, scenario_.skipped_percent, scenario_.skipped_slots},
      headmon_clock_{clock_, clock_off},
      network_{std::make_unique<simulator::Network>(loop_.get_executor(), clock_, scenario_)},
      access_{client_, headmon_clock_, options.extra_topics},
      context_{loop_.get_executor(), headmon_clock_, access_,
               candidates_,          broadcast_,     std::move(options)} {
    network_->on_request([this](std::size_t node, std::string_view target) {
        requests_.push_back(
            SeenRequest{slot_at(clock_.now()), scenario_.nodes[node].name, std::string{target}});
    });
    listening_ = recorder_.listen_to(broadcast_);
    std::vector<std::string> all;
    for (const simulator::NodeAddress& address : network_->nodes()) {
        all.push_back(address.name);
    }
    follow(all);
    const auto ended = [this](const std::exception_ptr& error) {
        --running_;
        if (error && !base::is_cancellation(error)) {
            failure_ = error;
        }
    };
    running_ = 2;
    asio::co_spawn(loop_, network_->run(),
                   asio::bind_cancellation_slot(stop_network_.slot(), ended));
    root_ = std::make_unique<supervisor::Supervisor>("root", environment(), children());
    asio::co_spawn(loop_, root_->run(), asio::bind_cancellation_slot(stop_monitor_.slot(), ended));
}

ScenarioFixture::~ScenarioFixture() {
    stop_monitor_.emit(asio::cancellation_type::terminal);
    stop_network_.emit(asio::cancellation_type::terminal);
    for (int tries = 0; running_ > 0 && tries < 100; ++tries) {
        clock_.play_to(clock_.now() + std::chrono::seconds{1});
    }
}

void ScenarioFixture::follow(const std::vector<std::string>& names) {
    std::vector<monitor::Candidate> list;
    for (const std::string& name : names) {
        const auto& nodes = network_->nodes();
        const auto address = std::find_if(nodes.begin(), nodes.end(),
                                          [&](const auto& node) { return node.name == name; });
        http::Endpoint endpoint;
        endpoint.url = http::Url::parse(address->url).value();
        list.push_back(monitor::Candidate{updates::NodeId{name}, endpoint});
    }
    static_cast<void>(candidates_.replace(std::move(list)).value());
}

supervisor::Environment ScenarioFixture::environment() {
    supervisor::Environment made;
    made.executor = loop_.get_executor();
    made.clock = &headmon_clock_;
    return made;
}

std::vector<supervisor::Child> ScenarioFixture::children() {
    return {app::monitor_child(context_, runs_)};
}

void ScenarioFixture::play_to(std::uint64_t slot, base::Duration into) {
    clock_.play_to(network_->genesis().start_of(slot) + into);
    if (failure_) {
        std::rethrow_exception(std::exchange(failure_, nullptr));
    }
}

std::uint64_t ScenarioFixture::slot_at(base::MonoTime moment) const {
    const auto since = moment - network_->genesis().time.mono;
    return since.count() < 0 ? 0 : static_cast<std::uint64_t>(since / scenario_.slot_duration);
}

updates::NodeStatus ScenarioFixture::status(std::string_view node) const {
    const auto all = published<updates::NodeStatus>(node);
    if (all.empty()) {
        fail("no status of this node was published");
    }
    return all.back().fact;
}

std::optional<updates::SlotVerdict> ScenarioFixture::verdict(std::uint64_t slot) const {
    for (const auto& one : published<updates::SlotVerdict>()) {
        if (one.fact.slot.value == slot) {
            return one.fact;
        }
    }
    return std::nullopt;
}

std::vector<updates::StreamEndReason> ScenarioFixture::ends(std::string_view node) const {
    std::vector<updates::StreamEndReason> reasons;
    for (const auto& one : published<updates::StreamEnded>(node)) {
        reasons.push_back(one.fact.reason);
    }
    return reasons;
}

std::optional<updates::NodeHead> ScenarioFixture::head(std::string_view node,
                                                       std::uint64_t slot) const {
    for (const auto& one : published<updates::NodeHead>(node)) {
        if (one.fact.head.slot.value == slot) {
            return one.fact;
        }
    }
    return std::nullopt;
}

chain::Root ScenarioFixture::root(std::uint64_t slot, std::uint64_t fork_slot) const {
    return chain_.block(simulator::Branch{false, fork_slot}, chain::Slot{slot}).root;
}

std::size_t ScenarioFixture::rest_requests(std::string_view node, std::uint64_t slot) const {
    std::size_t count = 0;
    for (const SeenRequest& request : requests_) {
        count += request.node == node && request.slot == slot && !request.is_stream() ? 1U : 0U;
    }
    return count;
}

std::vector<std::string> ScenarioFixture::topics_asked(std::string_view node) const {
    std::vector<std::string> out;
    for (const SeenRequest& request : requests_) {
        if (request.node == node && request.is_stream()) {
            out.push_back(request.target.substr(request.target.find('=') + 1));
        }
    }
    return out;
}

std::vector<std::string> ScenarioFixture::lines() const {
    std::vector<std::string> out;
    for (const updates::Update& update : recorder_.all()) {
        out.push_back(updates::to_json(update));
    }
    return out;
}

void ScenarioFixture::print() const {
    for (const updates::Update& update : recorder_.all()) {
        const std::uint64_t slot = slot_at(update.at.mono);
        const auto into = update.at.mono - network_->genesis().start_of(slot);
        std::cerr << slot << '+'
                  << std::chrono::duration_cast<std::chrono::milliseconds>(into).count() << "ms "
                  << updates::to_json(update) << '\n';
    }
}

void ScenarioFixture::fail(const std::string& why) {
    throw std::runtime_error{why};
}

simulator::NodeScript node(std::string name, std::string client, std::int64_t delay_ms,
                           std::vector<simulator::Fault> faults) {
    simulator::NodeScript script;
    script.name = std::move(name);
    script.client = std::move(client);
    script.delay = std::chrono::milliseconds{delay_ms};
    script.faults = std::move(faults);
    return script;
}

simulator::Fault fault(simulator::FaultKind kind, std::uint64_t from, std::uint64_t to) {
    simulator::Fault made;
    made.kind = kind;
    made.from_slot = from;
    made.to_slot = to;
    return made;
}

std::vector<Published<updates::ClockSkew>> clock_levels(const ScenarioFixture& fixture) {
    std::vector<Published<updates::ClockSkew>> changes;
    auto level = updates::ClockSkew::Level::kNone;
    for (const auto& one : fixture.published<updates::ClockSkew>()) {
        if (std::exchange(level, one.fact.level) != one.fact.level) {
            changes.push_back(one);
        }
    }
    return changes;
}

simulator::Scenario scene(std::vector<simulator::NodeScript> nodes) {
    simulator::Scenario scenario;
    scenario.slot_duration = std::chrono::seconds{12};
    scenario.nodes = std::move(nodes);
    return scenario;
}

}  // namespace tests
