#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "monitor/monitor_options.hpp"
#include "monitor/node/liveness.hpp"
#include "recording/entry.hpp"
#include "updates/update.hpp"

namespace recording {

/// What is to be otherwise than it was when it was recorded.
struct OtherSettings {
    struct Node {
        monitor::LivenessOverride liveness;
        bool checks_network = true;
    };
    /// Slot time, where the settings have one, and the tick; what was remembered stays.
    monitor::MonitorOptions monitor;
    /// By name; a node that is not among them stays as it was.
    std::map<std::string, Node> nodes;
};

struct ReplayOptions {
    /// False: the monitor takes its turns when it took them then, and publishes the same updates,
    /// byte for byte. True: whenever it wants one, as it has to with other settings.
    bool own_turns = false;
    /// Streams and requests that were not recorded stay without an answer.
    std::optional<OtherSettings> settings{};
};

/// Runs the monitor on a recording, in its time. Single-threaded, without sockets and timers.
class Replay {
  public:
    using Listener = std::function<void(const updates::Update& update)>;

    Replay(ReplayOptions options, Listener listener);
    Replay(const Replay&) = delete;
    Replay& operator=(const Replay&) = delete;
    ~Replay();

    /// The next entry. What comes before the first `Started` has no effect.
    void apply(const Entry& entry);

  private:
    class Session;

    ReplayOptions options_;
    Listener listener_;
    std::unique_ptr<Session> session_;
    /// Entries that follow and say again what is known.
    std::uint64_t repeats_ = 0;
};

}  // namespace recording
