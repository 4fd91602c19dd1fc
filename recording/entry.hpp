#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/clock.hpp"
#include "http/request.hpp"
#include "http/transport.hpp"
#include "monitor/monitor_options.hpp"
#include "monitor/node/liveness.hpp"
#include "monitor/turns.hpp"
#include "updates/service_facts.hpp"

namespace recording {

/// A file begins: with what a replay that begins there needs to know.
struct Started {
    /// Of the headmon that recorded.
    std::string version;
    /// False: headmon has started. True: it has been running.
    bool is_continuation = false;
    /// So many entries follow that only repeat what earlier files have, for a replay that begins
    /// here.
    std::uint64_t repeats = 0;
    /// Entries that are missing before this one, as the disk did not take them.
    std::uint64_t lost = 0;
    monitor::MonitorOptions options;

    friend bool operator==(const Started&, const Started&);
};

/// A node of a list. Its URL is not recorded; another `place` is another URL, or other headers.
struct ListedNode {
    std::string name;
    std::uint64_t place = 0;
    monitor::LivenessOverride liveness{};
    bool checks_network = true;

    friend bool operator==(const ListedNode&, const ListedNode&) = default;
};

/// The list of candidates that is in force.
struct Listed {
    std::vector<ListedNode> nodes;

    friend bool operator==(const Listed&, const Listed&) = default;
};

/// The driver's turn: monitor::Turns.
struct TurnBegan {
    monitor::Turns::Kind kind = monitor::Turns::Kind::kGoesOn;
    std::optional<base::KernelClock> kernel{};

    friend bool operator==(const TurnBegan&, const TurnBegan&) = default;
};

struct Stopping {
    monitor::Turns::Stop why = monitor::Turns::Stop::kBroadcastCloses;

    friend bool operator==(const Stopping&, const Stopping&) = default;
};

/// The monitor opened a node's event stream. Numbers of streams grow by one over the whole
/// recording of one start.
struct StreamOpening {
    std::uint64_t stream = 0;
    std::string node;
    std::string topics;

    friend bool operator==(const StreamOpening&, const StreamOpening&) = default;
};

struct StreamConnected {
    std::uint64_t stream = 0;

    friend bool operator==(const StreamConnected&, const StreamConnected&) = default;
};

struct StreamHead {
    std::uint64_t stream = 0;
    http::ResponseHead head;

    friend bool operator==(const StreamHead&, const StreamHead&);
};

/// Bytes of a stream as they came.
struct StreamBytes {
    std::uint64_t stream = 0;
    base::Instant arrived{};
    std::string bytes;

    friend bool operator==(const StreamBytes&, const StreamBytes&) = default;
};

struct StreamEnd {
    std::uint64_t stream = 0;
    http::TransferError why;

    friend bool operator==(const StreamEnd&, const StreamEnd&);
};

/// The monitor closed it.
struct StreamClosed {
    std::uint64_t stream = 0;

    friend bool operator==(const StreamClosed&, const StreamClosed&) = default;
};

/// A request by REST. `path` is that of the Beacon API, whatever comes before it in the node's URL.
struct Requested {
    std::uint64_t request = 0;
    std::string node;
    std::string path;

    friend bool operator==(const Requested&, const Requested&) = default;
};

struct Answered {
    std::uint64_t request = 0;
    http::FetchResult result;

    friend bool operator==(const Answered&, const Answered&);
};

/// headmon's own services, whose updates stand among those of the monitor.
struct ServiceFact {
    std::variant<updates::ServiceEnded, updates::ServiceHealth> fact;

    friend bool operator==(const ServiceFact&, const ServiceFact&) = default;
};

using Event =
    std::variant<Started, Listed, TurnBegan, Stopping, StreamOpening, StreamConnected, StreamHead,
                 StreamBytes, StreamEnd, StreamClosed, Requested, Answered, ServiceFact>;

/// Something that came to the monitor from outside, in the order in which it did, with the moment
/// that the monitor took it for.
struct Entry {
    base::Instant at{};
    Event event;

    friend bool operator==(const Entry&, const Entry&) = default;
};

/// Whether what follows does not go on where the entries before have ended: headmon was started
/// anew, or something is missing. The clocks may be others, and the time between is not known.
[[nodiscard]] bool begins_anew(const Entry& entry);

}  // namespace recording
