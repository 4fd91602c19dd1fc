#pragma once

#include <chrono>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
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
/// left unanswered until its deadline. Lives on the replay's loop.
class ReplayNodes final : public monitor::NodeAccess {
  public:
    ReplayNodes(boost::asio::any_io_executor executor, base::Clock& clock,
                std::vector<std::string> extra_topics);
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
    /// The monitor has closed it.
    void drop(OpenTransfer& transfer);

    boost::asio::any_io_executor executor_;
    base::Clock& clock_;
    std::vector<std::string> extra_topics_;
    updates::NodeMap<std::unique_ptr<Node>> nodes_;
    std::map<std::uint64_t, Recorded> streams_;
    std::map<std::uint64_t, std::shared_ptr<Fetch>> fetches_;
};

}  // namespace recording
