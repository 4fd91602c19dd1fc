#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "api/merged_head.hpp"
#include "api/node_board.hpp"
#include "base/clock.hpp"

namespace api {

/// An answer of the API: JSON, as docs/openapi.yaml has it.
struct Answer {
    int status = 200;
    std::string body;
};

/// `{"code":404,"message":"…"}`.
[[nodiscard]] Answer error_answer(int status, std::string_view message);

/// `GET /v1/head`.
[[nodiscard]] Answer head_answer(const MergedHead& merged, const NodeBoard& board,
                                 base::Instant now);
/// `GET /v1/nodes`, and `/v1/nodes/{name}`: 404 for a name that no node of the run has.
[[nodiscard]] Answer nodes_answer(const NodeBoard& board, base::Instant now);
[[nodiscard]] Answer node_answer(const NodeBoard& board, std::string_view name, base::Instant now);
/// `GET /v1/nodes/{name}/ready`: 503 with the reasons.
[[nodiscard]] Answer node_ready_answer(const NodeBoard& board, std::string_view name,
                                       base::MonoTime now);
/// `GET /v1/slots?last=N`: the last `last` slots that are kept, newest first.
[[nodiscard]] Answer slots_answer(const NodeBoard& board, std::size_t last);
/// `GET /v1/services`: those of `names`, and whatever else updates have reported.
[[nodiscard]] Answer services_answer(const NodeBoard& board, const std::vector<std::string>& names);
/// `GET /v1/best-node`: 503 with the reason while no node can be used.
[[nodiscard]] Answer best_node_answer(const NodeBoard& board, base::MonoTime now);
/// `GET /readyz`: 503 with the reasons.
[[nodiscard]] Answer ready_answer(const NodeBoard& board, base::Instant now);
/// `GET /healthz`: whoever gets it knows that the loop turns.
[[nodiscard]] Answer health_answer();
/// `GET /v1/version`.
[[nodiscard]] Answer version_answer(std::string_view version);

}  // namespace api
