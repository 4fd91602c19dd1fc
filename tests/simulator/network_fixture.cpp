#include "tests/simulator/network_fixture.hpp"

#include <charconv>
#include <sstream>
#include <stdexcept>
#include <utility>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>

namespace tests {
namespace asio = boost::asio;

NetworkFixture::NetworkFixture(simulator::Scenario scenario)
    : network_{
          std::make_unique<simulator::Network>(loop_.get_executor(), clock_, std::move(scenario))} {
    asio::co_spawn(
        loop_, network_->run(),
        asio::bind_cancellation_slot(stop_.slot(), [this](const std::exception_ptr& error) {
            ended_ = true;
            if (error && !base::is_cancellation(error)) {
                std::rethrow_exception(error);
            }
        }));
}

NetworkFixture::~NetworkFixture() {
    stop();
}

void NetworkFixture::stop() {
    if (!ended_) {
        stop_.emit(asio::cancellation_type::terminal);
        run_until(loop_, [this] { return ended_; });
    }
}

unsigned short NetworkFixture::port(std::size_t node) const {
    const std::string& url = network_->nodes().at(node).url;
    return static_cast<unsigned short>(std::stoul(url.substr(url.rfind(':') + 1)));
}

std::unique_ptr<RawClient> NetworkFixture::client() {
    return std::make_unique<RawClient>(loop_.get_executor());
}

std::unique_ptr<RawClient> NetworkFixture::stream(std::size_t node, const std::string& topics) {
    auto it = client();
    run(it->connect(port(node)));
    run(it->get("/eth/v1/events?" + topics));
    return it;
}

std::string NetworkFixture::get(std::size_t node, const std::string& target) {
    const auto it = client();
    run(it->connect(port(node)));
    run(it->get(target));
    run(it->read_to_end());
    return it->received();
}

bool NetworkFixture::is_refused(std::size_t node) {
    const auto it = client();
    try {
        run(it->connect(port(node)));
    } catch (const boost::system::system_error& error) {
        return error.code() == asio::error::connection_refused;
    }
    return false;
}

bool has_slot(const RawClient& stream, std::uint64_t slot) {
    // An event may come in several chunks.
    const std::string text = body_of(stream.received());
    const std::size_t at = text.find("{\"slot\":\"" + std::to_string(slot) + "\"");
    return at != std::string::npos && text.find('}', at) != std::string::npos;
}

void NetworkFixture::read_to_slot(RawClient& stream, std::uint64_t slot) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{20};
    while (!has_slot(stream, slot) && !stream.ended()) {
        if (std::chrono::steady_clock::now() > deadline) {
            throw std::runtime_error{"no head of slot " + std::to_string(slot)};
        }
        run(stream.read_some());
    }
}

simulator::Scenario scenario_with(const std::string& client, simulator::FaultKind kind) {
    simulator::Scenario scenario;
    scenario.slot_duration = std::chrono::milliseconds{100};
    simulator::NodeScript node;
    node.name = "a";
    node.client = client;
    node.delay = std::chrono::milliseconds{20};
    simulator::Fault fault;
    fault.kind = kind;
    fault.from_slot = 3;
    fault.to_slot = 5;
    node.faults.push_back(fault);
    scenario.nodes.push_back(node);
    return scenario;
}

std::string body_of(const std::string& answer) {
    std::string body;
    std::size_t at = answer.find("\r\n\r\n");
    while (at != std::string::npos) {
        const std::size_t begin = at + (body.empty() && answer.find("\r\n\r\n") == at ? 4 : 2);
        const std::size_t line = answer.find("\r\n", begin);
        std::size_t size = 0;
        if (line == std::string::npos ||
            std::from_chars(answer.data() + begin, answer.data() + line, size, 16).ec !=
                std::errc{} ||
            size == 0 || line + 2 + size + 2 > answer.size()) {
            break;
        }
        body += answer.substr(line + 2, size);
        at = line + 2 + size;
    }
    return body;
}

std::vector<std::string> events_of(const std::string& body) {
    std::vector<std::string> events;
    std::istringstream lines{body};
    std::string topic;
    for (std::string line; std::getline(lines, line);) {
        if (line.ends_with('\r')) {
            line.pop_back();
        }
        const std::size_t colon = line.find(':');
        if (colon == 0 || colon == std::string::npos) {
            continue;
        }
        std::string value = line.substr(colon + 1);
        if (value.starts_with(' ')) {
            value.erase(0, 1);
        }
        if (line.starts_with("event")) {
            topic = value;
        } else if (line.starts_with("data")) {
            events.push_back(topic + " " + value);
        }
    }
    return events;
}

}  // namespace tests
