#pragma once

#include "api/candidates.hpp"
#include "base/result.hpp"
#include "http/query.hpp"
#include "http/server_exchange.hpp"

namespace api {

/// What a request for another list says besides its body. Fails with kBadValue; the detail is for
/// the client.
[[nodiscard]] base::Result<CandidateRequest> parse_candidate_request(
    const http::ServerRequest& request, const http::Query& query, CandidateRequest::Form form);

}  // namespace api
