#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/task.hpp"
#include "beacon_api/responses.hpp"
#include "http/client.hpp"
#include "http/request.hpp"

namespace beacon_api {

/// REST questions to one node, each with its own deadline. Fails as `http::Client::fetch` does,
/// with kHttpStatus for any status but 200, or as the decoders do. Lives on the event loop; not
/// thread-safe. Must outlive its tasks.
class NodeClient {
  public:
    NodeClient(http::Client& client, http::Endpoint endpoint, std::chrono::milliseconds deadline);

    [[nodiscard]] base::Task<base::Result<Genesis>> genesis();
    [[nodiscard]] base::Task<base::Result<Spec>> spec();
    [[nodiscard]] base::Task<base::Result<Syncing>> syncing();
    [[nodiscard]] base::Task<base::Result<std::string>> version();
    /// `block_id` is "head" or a root; anything else fails with kBadValue.
    [[nodiscard]] base::Task<base::Result<BlockHeader>> header(std::string block_id);

  private:
    http::Client& client_;
    http::Endpoint endpoint_;
    std::chrono::milliseconds deadline_;
};

/// The request for `path` (begins with '/') of a node's REST API, within `deadline`.
[[nodiscard]] http::Request rest_request(const http::Endpoint& node, std::string_view path,
                                         std::chrono::milliseconds deadline);

/// What an answer holds: the body of a 200. Fails with kHttpStatus for any other status, or as the
/// answer failed.
[[nodiscard]] base::Result<std::string> body_of(base::Result<http::Response> answer);

/// The URL of a node's event stream with `topics` as one comma-separated parameter.
[[nodiscard]] http::Url events_url(const http::Url& node, std::string_view topics);

}  // namespace beacon_api
