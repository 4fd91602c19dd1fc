#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include <boost/asio/ip/tcp.hpp>

#include "app/error_line.hpp"
#include "app/event_loop.hpp"
#include "app/exit_code.hpp"
#include "base/system_clock.hpp"
#include "base/task_group.hpp"
#include "cli/recording_reading.hpp"
#include "cli/replay.hpp"
#include "http/server.hpp"
#include "recording/node_player.hpp"
#include "recording/paced_clock.hpp"
#include "recording/standing.hpp"

namespace cli {
namespace {

/// The names of all nodes that are recorded. Throws RecordingError.
std::set<std::string> read_names(const std::string& directory) {
    std::set<std::string> names;
    recording::FileReader reader = open_recording(directory);
    while (const auto entry = next_entry(reader)) {
        if (const auto* list = std::get_if<recording::Listed>(&entry->event)) {
            for (const recording::ListedNode& node : list->nodes) {
                names.insert(node.name);
            }
        }
    }
    return names;
}

/// A node and its server.
struct Node {
    explicit Node(const boost::asio::any_io_executor& executor)
        : player{executor},
          server{executor,
                 {boost::asio::ip::address_v4::loopback(), 0},
                 [this](http::ServerExchange& exchange) { return player.handle(exchange); },
                 {}} {}

    recording::NodePlayer player;
    http::Server server;
};

class Network {
  public:
    Network(app::EventLoop& loop, const ReplayArguments& arguments,
            const std::set<std::string>& names)
        : loop_{loop},
          directory_{arguments.directory},
          real_{loop.executor()},
          clock_{real_, arguments.speed.value_or(1)},
          servers_{loop.executor()} {
        for (const std::string& name : names) {
            nodes_.emplace(name, std::make_unique<Node>(loop.executor()));
        }
    }

    [[nodiscard]] std::string describe() const {
        std::string text;
        std::string command = "headmon watch";
        for (const auto& [name, node] : nodes_) {
            const std::string url =
                "http://127.0.0.1:" + std::to_string(node->server.endpoint().port());
            text.append(name).append(" ").append(url).append("\n");
            command.append(" --beacon-node ").append(name).append("=").append(url);
        }
        return text + "\n" + command + "\n";
    }

    int run() {
        // The group runs before anything is spawned into it.
        const auto exit =
            loop_.run(real_, "replay", [this] { return base::run_first(servers_.run(), play()); });
        return app::finish(exit);
    }

  private:
    base::Task<void> play() {
        for (const auto& [name, node] : nodes_) {
            node->server.open_listener();
            servers_.spawn(node->server.run());
        }
        recording::FileReader reader = open_recording(directory_);
        while (const auto entry = next_entry(reader)) {
            if (!clock_.has_begun() || recording::begins_anew(*entry)) {
                clock_.begin(entry->at);
            }
            co_await clock_.sleep_until(entry->at.mono);
            std::visit([this](const auto& event) { play(event); }, entry->event);
            standing_.apply(*entry);
        }
    }

    [[nodiscard]] recording::NodePlayer* find(const std::string& name) {
        const auto found = nodes_.find(name);
        return found == nodes_.end() ? nullptr : &found->second->player;
    }

    void play(const recording::StreamHead& event) {
        constexpr int kOk = 200;
        if (auto* const player = find(standing_.node_of(event.stream));
            player != nullptr && event.head.status == kOk) {
            player->stream_began();
        }
    }
    void play(const recording::StreamBytes& event) {
        if (auto* const player = find(standing_.node_of(event.stream))) {
            player->stream_bytes(event.bytes);
        }
    }
    void play(const recording::StreamEnd& event) { end(event.stream); }
    void play(const recording::StreamClosed& event) { end(event.stream); }
    void play(const recording::Requested& event) {
        requests_.insert_or_assign(event.request, std::pair{event.node, event.path});
    }
    void play(const recording::Answered& event) {
        const auto asked = requests_.extract(event.request);
        if (asked && event.result) {
            if (auto* const player = find(asked.mapped().first)) {
                player->answered(asked.mapped().second, *event.result);
            }
        }
    }
    template <class Event>
    void play(const Event& /*event*/) {}

    void end(std::uint64_t stream) {
        if (auto* const player = find(standing_.node_of(stream))) {
            player->stream_ended();
        }
    }

    app::EventLoop& loop_;
    std::string directory_;
    base::SystemClock real_;
    recording::PacedClock clock_;
    std::map<std::string, std::unique_ptr<Node>> nodes_;
    base::TaskGroup servers_;
    recording::Standing standing_;
    std::map<std::uint64_t, std::pair<std::string, std::string>> requests_;
};

}  // namespace

int run_replay_serve(const ReplayArguments& arguments) {
    app::EventLoop loop;
    Network network{loop, arguments, read_names(arguments.directory)};
    if (!app::write_text(network.describe())) {
        return app::kExitFatal;
    }
    return network.run();
}

}  // namespace cli
