// Many headmons at once: fleet_load URL INSTANCES NODES SLOTS. Each instance publishes, over a
// connection of its own and by the fleet's own publisher, what a headmon of that many nodes does in
// slots of one second; heads come in the first 300 ms. Prints what the broker has acknowledged when
// it is done.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include "base/system_clock.hpp"
#include "base/time_text.hpp"
#include "fleet/memory_source.hpp"
#include "fleet/message.hpp"
#include "fleet/nats_link.hpp"
#include "fleet/publisher.hpp"
#include "updates/broadcast.hpp"
#include "updates/json_writer.hpp"

namespace {

using namespace std::chrono_literals;

constexpr std::chrono::seconds kSlot{1};
constexpr std::chrono::milliseconds kSpread{300};

chain::Root root_of(std::uint64_t slot) {
    chain::Root root;
    for (std::size_t i = 0; i < sizeof slot; ++i) {
        root.bytes.at(i) = static_cast<std::uint8_t>(slot >> (8 * i));
    }
    return root;
}

/// One headmon: what it learns comes from `play`.
class Instance {
  public:
    Instance(boost::asio::io_context& loop, base::Clock& clock, const std::string& server,
             std::size_t number, std::size_t nodes)
        : clock_{clock},
          broadcast_{loop.get_executor()},
          source_{loop.get_executor(), broadcast_, number + 1} {
        fleet::Options options;
        options.servers = {server};
        options.instance = "site-" + std::to_string(number);
        for (std::size_t i = 0; i < nodes; ++i) {
            nodes_.emplace_back("node-" + std::to_string(i));
        }
        site_ = std::to_string(number % 10);
        publisher_ = std::make_unique<fleet::Publisher>(
            clock_, options.instance, source_,
            std::make_unique<fleet::NatsLink>(loop.get_executor(), options),
            [this, name = options.instance](std::uint64_t origin) {
                return status_text(name, origin);
            },
            counts_, fleet::Window::Limits{});
        boost::asio::co_spawn(loop, publisher_->run(), [number](const std::exception_ptr& error) {
            if (error) {
                try {
                    std::rethrow_exception(error);
                } catch (const std::exception& failure) {
                    std::fprintf(stderr, "site-%zu: %s\n", number, failure.what());
                }
            }
        });
        publish(updates::RunStarted{nodes_, {}});
        for (const updates::NodeId node : nodes_) {
            publish(updates::NodeStatus{node, updates::StreamState::kOpen, "Lighthouse/v7.0.0"});
        }
    }
    Instance(const Instance&) = delete;
    Instance& operator=(const Instance&) = delete;

    /// A node's part of a slot: it imports the block, and has it as its head.
    void play_node(std::uint64_t slot, std::size_t place, base::Duration delay) {
        const updates::NodeId node = nodes_.at(place);
        chain::Head head;
        head.slot = chain::Slot{slot};
        head.block = root_of(slot);
        head.state = root_of(slot + 1);
        publish(updates::NodeBlock{node, head.slot, head.block, false});
        updates::NodeHead report{node, head, true, place == 0, 0ns};
        report.timing.delay = delay;
        report.timing.deadline = chain::AttestationDeadline{333ms, false};
        publish(report);
    }
    /// What is known of a slot once its heads are there.
    void play_slot(std::uint64_t slot) {
        publish(updates::HeadProven{root_of(slot), chain::Slot{slot}, root_of(slot - 1)});
        updates::SlotVerdict verdict;
        verdict.slot = chain::Slot{slot - 1};
        publish(verdict);
        publish(updates::ClockSkew{});
    }

    [[nodiscard]] std::uint64_t published() const { return counts_.published; }
    [[nodiscard]] std::uint64_t waiting() const { return counts_.waiting; }
    [[nodiscard]] std::uint64_t failures() const { return counts_.failures; }

  private:
    [[nodiscard]] std::string status_text(const std::string& name, std::uint64_t origin) const {
        std::string body;
        updates::JsonWriter out{body};
        out.begin_object();
        out.text("update", fleet::kInstanceStatusKind);
        out.text("at", base::to_rfc3339(clock_.wall_now()));
        out.null("at_monotonic_seconds");
        out.text("instance", name);
        out.text("version", "bench");
        out.text("origin", fleet::origin_text(origin));
        out.begin_object("labels");
        out.text("site", site_);
        out.end_object();
        out.text("kept_in", "memory");
        out.begin_array("nodes");
        for (const updates::NodeId node : nodes_) {
            out.element(node.name());
        }
        out.end_array();
        out.null("genesis");
        out.seconds("slot_duration_seconds", kSlot);
        out.end_object();
        return body;
    }
    void publish(updates::Fact fact) { broadcast_.publish({std::move(fact), clock_.instant()}); }

    base::Clock& clock_;
    updates::Broadcast broadcast_;
    fleet::MemorySource source_;
    fleet::PublisherCounts counts_;
    std::vector<updates::NodeId> nodes_;
    std::string site_;
    std::unique_ptr<fleet::Publisher> publisher_;
};

using Instances = std::vector<std::unique_ptr<Instance>>;

base::Task<void> play(base::Clock& clock, Instances& instances, std::size_t nodes,
                      std::uint64_t slots) {
    const base::MonoTime begin = clock.now() + 5s;
    const std::size_t streams = instances.size() * nodes;
    for (std::uint64_t slot = 1; slot <= slots; ++slot) {
        const base::MonoTime start = begin + slot * kSlot;
        for (std::size_t i = 0; i < streams; ++i) {
            // Whoever is next comes a little later: all of them within the spread.
            const base::Duration delay = kSpread * i / streams;
            if (start + delay > clock.now()) {
                co_await clock.sleep_until(start + delay);
            }
            instances.at(i % instances.size())->play_node(slot, i / instances.size(), delay);
        }
        for (const auto& instance : instances) {
            instance->play_slot(slot);
        }
    }
}

template <class Number>
Number sum(const Instances& instances, Number (Instance::*number)() const) {
    Number all{};
    for (const auto& instance : instances) {
        all += (instance.get()->*number)();
    }
    return all;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 5) {
        std::fprintf(stderr, "fleet_load URL INSTANCES NODES SLOTS\n");
        return 2;
    }
    const auto number = [&](int place) { return std::strtoul(argv[place], nullptr, 10); };
    boost::asio::io_context loop;
    base::SystemClock clock{loop.get_executor()};
    Instances instances;
    for (std::size_t i = 0; i < number(2); ++i) {
        instances.push_back(std::make_unique<Instance>(loop, clock, argv[1], i, number(3)));
    }
    const auto run = [&]() -> base::Task<void> {
        co_await play(clock, instances, number(3), number(4));
        co_await clock.sleep_until(clock.now() + 500ms);
        for (int i = 0; i < 100 && sum(instances, &Instance::waiting) > 0; ++i) {
            co_await clock.sleep_until(clock.now() + 100ms);
        }
        std::printf("published %llu, waiting %llu, failures %llu\n",
                    static_cast<unsigned long long>(sum(instances, &Instance::published)),
                    static_cast<unsigned long long>(sum(instances, &Instance::waiting)),
                    static_cast<unsigned long long>(sum(instances, &Instance::failures)));
        // What else runs on the loop would go on for ever, and threads of the links with it.
        std::fflush(stdout);
        std::_Exit(0);
    };
    boost::asio::co_spawn(loop, run(), boost::asio::detached);
    loop.run();
    return 0;
}
