#pragma once

#include <chrono>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/any_io_executor.hpp>

#include "base/clock.hpp"
#include "http/transport.hpp"
#include "monitor/node_access.hpp"
#include "recording/entry.hpp"
#include "updates/node_map.hpp"

namespace recording {

/// The nodes of a recording, in the place of real ones: what the monitor opens and asks is bound to
/// what was recorded. A stream that the monitor opens at another time than the one that recorded
/// joins the node's stream that stands then, or the next one; a request that was not recorded is
/// answered at its deadline, with what the node has said of the same before where that lasts, else
/// as one that got no answer. Lives on the replay's loop.
class ReplayNodes final : public monitor::NodeAccess {
  public:
    /// `begins_late`: the recording's first entries are missing. Then what lasts is answered at
    /// once, as it was asked before.
    ReplayNodes(boost::asio::any_io_executor executor, base::Clock& clock,
                std::vector<std::string> extra_topics, bool begins_late);
    ~ReplayNodes() override;

    std::unique_ptr<OpenedStream> open(const monitor::Candidate& candidate, std::string_view topics,
                                       sse::StreamOptions options,
                                       beacon_api::EventStreamListener& listener) override;
    [[nodiscard]] base::Task<monitor::RestAnswer> request(monitor::Candidate candidate,
                                                          monitor::RestRequest request) override;

    void apply(const StreamOpening& event);
    void apply(const StreamConnected& event);
    void apply(const StreamHead& event);
    void apply(const StreamBytes& event);
    void apply(const StreamEnd& event);
    void apply(const StreamClosed& event);
    void apply(const Requested& event);
    void apply(const Answered& event);

    /// What no entry says: streams that the monitor has opened join those that stand, and requests
    /// of which nothing was recorded end at their deadline.
    void settle();

  private:
    class NodeTransport;
    class OpenTransfer;
    struct Fetch;
    struct Node;
    /// A stream of the recording that stands.
    struct Recorded {
        updates::NodeId node;
        bool is_connected = false;
        std::optional<http::ResponseHead> head;
        /// The monitor's, where it has joined.
        OpenTransfer* transfer = nullptr;
    };

    [[nodiscard]] Node& find(updates::NodeId id);
    [[nodiscard]] Recorded* find_stream(std::uint64_t stream);
    void join(std::uint64_t stream, Recorded& recorded, OpenTransfer& transfer);
    [[nodiscard]] std::optional<http::Response> find_lasting(updates::NodeId node,
                                                             const std::string& path) const;
    /// The monitor has closed it.
    void drop(OpenTransfer& transfer);

    boost::asio::any_io_executor executor_;
    base::Clock& clock_;
    std::vector<std::string> extra_topics_;
    bool begins_late_;
    updates::NodeMap<std::unique_ptr<Node>> nodes_;
    std::map<std::uint64_t, Recorded> streams_;
    std::map<std::uint64_t, std::shared_ptr<Fetch>> fetches_;
    /// What was asked and not bound yet, and the last answers that last, by node and path.
    std::map<std::uint64_t, Requested> asked_;
    std::map<std::pair<std::string, std::string>, http::Response> lasting_;
};

}  // namespace recording
