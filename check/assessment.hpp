#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "check/node_report.hpp"
#include "monitor/network_guard.hpp"
#include "monitor/slots/clock_estimate.hpp"
#include "updates/chain_facts.hpp"
#include "updates/node_status.hpp"

namespace check {

/// Whether a node, or all of them together, can be used. From best to worst; for an issue that
/// `headmon run` knows too it follows updates::severity.
enum class Severity : std::uint8_t {
    kGood,
    /// Can be used, and something is wrong.
    kDegraded,
    /// Its heads cannot be relied on.
    kUnusable,
    /// There was nothing to assess.
    kCouldNotCheck,
};

/// "good", "degraded", "unusable", "could_not_check".
[[nodiscard]] std::string_view to_string(Severity severity);
/// "OK", "WARNING", "CRITICAL", "UNKNOWN": the states of monitoring plugins.
/// https://www.monitoring-plugins.org/doc/guidelines.html
[[nodiscard]] std::string_view plugin_status(Severity severity);

// `check` and `doctor` exit with the codes of monitoring plugins.
/// All nodes are good.
inline constexpr int kExitGood = 0;
/// A node is degraded, or unusable while another one can be used.
inline constexpr int kExitDegraded = 1;
/// No node can be used.
inline constexpr int kExitUnusable = 2;
/// Wrong usage or configuration, or the probe did not come to its end.
inline constexpr int kExitCouldNotCheck = 3;

/// 0, 1, 2, 3.
[[nodiscard]] int exit_code_of(Severity severity);

/// One thing to report of a node or of this machine.
struct Finding {
    /// A stable word: "el_offline". docs/health.md and docs/checks.md list them.
    std::string_view code;
    /// kGood: good to know, and changes no verdict.
    Severity severity = Severity::kGood;
    /// One sentence; fit to be printed.
    std::string problem;
    /// What to do, one sentence; fit to be printed.
    std::string advice;
};

struct NodeAssessment {
    Severity severity = Severity::kGood;
    /// Worst first.
    std::vector<Finding> findings;
    updates::NetworkCheck network = updates::NetworkCheck::kUnchecked;
    /// Slots from the head to the clock, when the node answered with its head; negative for a head
    /// of a slot to come. Absent before genesis and while the chain is not known.
    std::optional<std::int64_t> head_age;
    /// Our clock minus the node's.
    std::optional<updates::ClockSkew> clock;
};

struct Assessment {
    Severity severity = Severity::kCouldNotCheck;
    /// In the order of the reports.
    std::vector<NodeAssessment> nodes;
    /// Of this machine.
    std::vector<Finding> findings;
    /// Over all nodes; absent while none sent a date.
    std::optional<updates::ClockSkew> clock;
    /// The chain that is ours.
    std::optional<monitor::ChainIdentity> chain;
    /// Whether the kernel synchronises this machine's clock; absent where it cannot be asked.
    std::optional<bool> kernel_synchronised;
};

/// What is known besides the reports.
struct CheckContext {
    /// As configured; else the majority of the nodes decides.
    std::optional<monitor::ConfiguredNetwork> network;
    std::optional<base::KernelClock> kernel;
};

/// Heads that are so many slots old, or more, say that something is wrong.
inline constexpr std::int64_t kHeadOldSlots = updates::kHeadAgeMax + 1;
/// Accepted headers that come later than this, of a client that sends them at once, were held back.
inline constexpr base::Duration kHeadersLate = std::chrono::seconds{1};

/// All rules of docs/checks.md. Pure.
[[nodiscard]] Assessment assess(const std::vector<NodeReport>& reports,
                                const CheckContext& context);

/// The nodes as they were found, and whether they can be used.
struct Checked {
    /// In the configured order; as many as `assessment.nodes`.
    std::vector<NodeReport> reports;
    Assessment assessment;
};

}  // namespace check
