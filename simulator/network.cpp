#include "simulator/network.hpp"

#include <stdexcept>
#include <utility>

#include <boost/system/system_error.hpp>

#include "simulator/node.hpp"

namespace simulator {
namespace {

/// Who starts the network has at least this long until slot 0.
constexpr std::chrono::milliseconds kBeforeGenesis{300};

/// The next whole second of wall time, for genesis times have no fractions on the wire.
Genesis next_genesis(const base::Clock& clock, std::chrono::milliseconds slot_duration) {
    const base::Instant now = clock.instant();
    const base::WallTime wall = std::chrono::ceil<std::chrono::seconds>(now.wall + kBeforeGenesis);
    const auto wait = std::chrono::duration_cast<base::MonoTime::duration>(wall - now.wall);
    return Genesis{base::Instant{now.mono + wait, wall}, slot_duration};
}

}  // namespace

class Network::Impl {
  public:
    Impl(const boost::asio::any_io_executor& executor, base::Clock& clock, Scenario scenario)
        : scenario_{std::move(scenario)},
          chain_{scenario_.seed, scenario_.skipped_percent, scenario_.skipped_slots},
          genesis_{next_genesis(clock, scenario_.slot_duration)} {
        if (scenario_.nodes.empty()) {
            throw std::invalid_argument{"a network needs a node"};
        }
        for (std::size_t i = 0; i < scenario_.nodes.size(); ++i) {
            add_node(executor, clock, i);
            addresses_.push_back(
                NodeAddress{scenario_.nodes[i].name,
                            "http://127.0.0.1:" + std::to_string(nodes_.back()->port())});
        }
    }

    [[nodiscard]] const std::vector<NodeAddress>& addresses() const { return addresses_; }

    [[nodiscard]] const Genesis& genesis() const { return genesis_; }

    void on_request(const std::function<void(std::size_t, std::string_view)>& observer) {
        for (std::size_t i = 0; i < nodes_.size(); ++i) {
            std::function<void(std::string_view)> of_node;
            if (observer) {
                of_node = [observer, i](std::string_view target) { observer(i, target); };
            }
            nodes_[i]->on_request(std::move(of_node));
        }
    }

    [[nodiscard]] base::Task<void> run() { return run_nodes(0, nodes_.size()); }

  private:
    void add_node(const boost::asio::any_io_executor& executor, base::Clock& clock,
                  std::size_t index) {
        try {
            nodes_.push_back(
                std::make_unique<Node>(executor, clock, genesis_, scenario_, index, chain_));
        } catch (const boost::system::system_error& error) {
            const NodeScript& node = scenario_.nodes[index];
            throw std::runtime_error{"node " + node.name + ": port " + std::to_string(node.port) +
                                     ": " + error.code().message() +
                                     "; choose another port, or 0 for a free one"};
        }
    }

    /// Those from `begin` up to `end`, halved until one is left.
    [[nodiscard]] base::Task<void> run_nodes(std::size_t begin, std::size_t end) {
        if (end - begin == 1) {
            return nodes_[begin]->run();
        }
        const std::size_t middle = begin + (end - begin) / 2;
        return base::run_all(run_nodes(begin, middle), run_nodes(middle, end));
    }

    Scenario scenario_;
    Chain chain_;
    Genesis genesis_;
    std::vector<std::unique_ptr<Node>> nodes_;
    std::vector<NodeAddress> addresses_;
};

Network::Network(const boost::asio::any_io_executor& executor, base::Clock& clock,
                 Scenario scenario)
    : impl_{std::make_unique<Impl>(executor, clock, std::move(scenario))} {}

Network::~Network() = default;

const std::vector<NodeAddress>& Network::nodes() const {
    return impl_->addresses();
}

const Genesis& Network::genesis() const {
    return impl_->genesis();
}

void Network::on_request(
    const std::function<void(std::size_t node, std::string_view target)>& observer) {
    impl_->on_request(observer);
}

base::Task<void> Network::run() {
    return impl_->run();
}

}  // namespace simulator
