#pragma once

#include "check/assessment.hpp"
#include "updates/node_health.hpp"
#include "updates/node_status.hpp"

namespace check {

/// What a probe shows of a node, in the terms in which `headmon run` publishes it, so that one
/// judge serves both. What a single look cannot see is as with a good node.
[[nodiscard]] updates::NodeStatus status_of(const NodeReport& report, updates::NetworkCheck check);

[[nodiscard]] Severity severity_of(updates::NodeHealth health);

/// The finding of an issue: name and severity are those of updates/node_health; problem and advice
/// are too, where the report knows no more.
[[nodiscard]] Finding finding_of(updates::NodeIssue issue, const NodeReport& report,
                                 const CheckContext& context);

/// Whether the clock of the probe shows a time before the node's genesis.
[[nodiscard]] bool is_before_genesis(const NodeReport& report);

/// No stream gave a head while one was waited for, and none ended.
[[nodiscard]] bool is_without_head(const NodeReport& report);

}  // namespace check
