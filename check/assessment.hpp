#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "check/node_report.hpp"
#include "monitor/slots/clock_estimate.hpp"
#include "monitor/network_guard.hpp"
#include "updates/chain_facts.hpp"
#include "updates/node_status.hpp"

namespace check {

/// What a node is worth, from best to worst; as monitoring plugins have it.
enum class Grade : std::uint8_t {
    kGood,
    /// Can be used, and something is wrong.
    kDegraded,
    /// Its heads cannot be relied on.
    kUnusable,
    /// There was nothing to judge.
    kCouldNotCheck,
};

/// "good", "degraded", "unusable", "could_not_check".
[[nodiscard]] std::string_view to_string(Grade grade);
// `check` and `doctor` have the codes of monitoring plugins.
/// All nodes are good.
inline constexpr int kExitGood = 0;
/// A node is degraded, or unusable while another one can be used.
inline constexpr int kExitDegraded = 1;
/// No node can be used.
inline constexpr int kExitUnusable = 2;
/// Wrong usage or configuration, or the look did not come to its end.
inline constexpr int kExitCouldNotCheck = 3;

/// 0, 1, 2, 3.
[[nodiscard]] int exit_code_of(Grade grade);

/// One thing to tell of a node or of this machine.
struct Finding {
    /// A stable word: "el_offline". docs/checks.md lists them.
    std::string_view what;
    /// kGood: good to know, and changes no verdict.
    Grade grade = Grade::kGood;
    /// One sentence; fit to be printed.
    std::string problem;
    /// What to do, one sentence; fit to be printed.
    std::string advice;
};

struct NodeVerdict {
    Grade grade = Grade::kGood;
    /// Worst first.
    std::vector<Finding> findings;
    updates::NetworkCheck network = updates::NetworkCheck::kUnchecked;
    /// Slots from the head to the clock, when the node said its head; negative for a head of a slot
    /// to come. Absent before genesis and while the chain is not known.
    std::optional<std::int64_t> head_age;
    /// Our clock minus the node's.
    std::optional<updates::ClockSkew> clock;
};

struct CheckVerdict {
    Grade grade = Grade::kCouldNotCheck;
    /// In the order of the looks.
    std::vector<NodeVerdict> nodes;
    /// Of this machine.
    std::vector<Finding> findings;
    /// Over all nodes; absent while none sent a date.
    std::optional<updates::ClockSkew> clock;
    /// The chain that is ours.
    std::optional<monitor::ChainIdentity> chain;
    /// The kernel's word on this machine's clock; absent where it cannot be asked.
    std::optional<bool> kernel_synchronised;
};

/// What is known beside the looks.
struct CheckContext {
    /// What the operator has said; else the majority of the nodes decides.
    std::optional<monitor::ConfiguredNetwork> network;
    std::optional<base::KernelClock> kernel;
};

/// Heads that are so many slots old, or more, say that something is wrong.
inline constexpr std::int64_t kHeadOldSlots = 4;
/// Accepted headers that come later than this, of a client that sends them at once, were held back.
inline constexpr base::Duration kHeadersLate = std::chrono::seconds{1};

/// Judges the looks: all rules of docs/checks.md. Pure.
[[nodiscard]] CheckVerdict judge(const std::vector<NodeLook>& looks, const CheckContext& context);

/// The nodes as they were found, and what that is worth.
struct Checked {
    /// In the configured order; as many as `verdict.nodes`.
    std::vector<NodeLook> looks;
    CheckVerdict verdict;
};

}  // namespace check
