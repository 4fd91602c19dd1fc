#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/task.hpp"
#include "beacon_api/request_error.hpp"
#include "beacon_api/responses.hpp"
#include "chain/spec.hpp"
#include "chain/sync_status.hpp"
#include "http/redactor.hpp"
#include "http/request.hpp"
#include "http/transport.hpp"

namespace beacon_api {

/// What an answer holds besides its body.
struct Exchange {
    int status = 0;
    base::MonoTime sent;
    /// When the first byte of the answer was read.
    base::Instant received;
    /// The node's own clock, in whole seconds; absent when it did not say, or a cache answered.
    std::optional<base::WallTime> date;
    /// How long the node asks to be left alone.
    std::optional<base::Duration> retry_after;
};

/// REST requests to one node, each with its own deadline. Fails as `http::Transport::fetch` does,
/// with kHttpStatus for any status but 200, or as the decoders do. Lives on the event loop; not
/// thread-safe. Must outlive its tasks.
class NodeClient {
  public:
    /// `on_exchange` is called with each answer that came, of any status; may be empty.
    NodeClient(http::Transport& transport, http::Endpoint endpoint,
               std::chrono::milliseconds deadline,
               std::function<void(const Exchange&)> on_exchange = {});

    [[nodiscard]] base::Task<RequestResult<Genesis>> genesis();
    [[nodiscard]] base::Task<RequestResult<chain::Spec>> spec();
    [[nodiscard]] base::Task<RequestResult<chain::SyncStatus>> syncing();
    [[nodiscard]] base::Task<RequestResult<std::string>> version();
    /// `block_id` is "head" or a root; anything else fails with kBadValue.
    [[nodiscard]] base::Task<RequestResult<BlockHeader>> header(std::string block_id);

  private:
    http::Transport& transport_;
    http::Endpoint endpoint_;
    std::chrono::milliseconds deadline_;
    std::function<void(const Exchange&)> on_exchange_;
};

/// The request for `path` (begins with '/') of a node's REST API, within `deadline`.
[[nodiscard]] http::Request rest_request(const http::Endpoint& node, std::string_view path,
                                         std::chrono::milliseconds deadline);

/// The body of a 200. Fails with kHttpStatus for any other status, with the node's reason as
/// `redactor` shows it, or as the request failed.
[[nodiscard]] RequestResult<std::string> body_of(http::FetchResult answer,
                                                 const http::Redactor& redactor = {});

}  // namespace beacon_api
