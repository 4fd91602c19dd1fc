#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "base/task.hpp"
#include "beacon_api/event_stream.hpp"
#include "beacon_api/responses.hpp"
#include "chain/spec.hpp"
#include "http/transport.hpp"
#include "monitor/candidate.hpp"
#include "monitor/node/rest_request.hpp"
#include "sse/stream.hpp"

namespace monitor {

/// What the driver of the monitor needs of beacon nodes. Tests put their own in its place.
class NodeAccess {
  public:
    /// An open stream; destroying it cancels it without a call to its listener.
    class OpenedStream {
      public:
        OpenedStream() = default;
        OpenedStream(const OpenedStream&) = delete;
        OpenedStream& operator=(const OpenedStream&) = delete;
        virtual ~OpenedStream() = default;
    };

    NodeAccess() = default;
    NodeAccess(const NodeAccess&) = delete;
    NodeAccess& operator=(const NodeAccess&) = delete;
    virtual ~NodeAccess() = default;

    /// Opens the node's event stream. `topics` are comma-separated.
    [[nodiscard]] virtual std::unique_ptr<OpenedStream> open(
        const Candidate& candidate, std::string_view topics, sse::StreamOptions options,
        beacon_api::EventStreamListener& listener) = 0;

    /// Sends one request. Fails as beacon_api::NodeClient does. Ends with operation_aborted when
    /// cancelled.
    [[nodiscard]] virtual base::Task<RestAnswer> request(Candidate candidate,
                                                         RestRequest request) = 0;
};

/// Beacon nodes over HTTP. Each REST request has 2 s.
class HttpNodeAccess final : public NodeAccess {
  public:
    static constexpr std::chrono::milliseconds kRequestDeadline{2000};

    explicit HttpNodeAccess(http::Transport& transport, std::vector<std::string> extra_topics = {})
        : transport_{transport}, decoder_{std::move(extra_topics)} {}

    std::unique_ptr<OpenedStream> open(const Candidate& candidate, std::string_view topics,
                                       sse::StreamOptions options,
                                       beacon_api::EventStreamListener& listener) override;
    base::Task<RestAnswer> request(Candidate candidate, RestRequest request) override;

  private:
    http::Transport& transport_;
    beacon_api::EventDecoder decoder_;
};

/// The chain that a node's genesis names; its slot duration is that of the public network with this
/// genesis, else the spec's. `spec` may be null.
[[nodiscard]] ChainIdentity make_identity(const beacon_api::Genesis& genesis,
                                          const chain::Spec* spec);

}  // namespace monitor
