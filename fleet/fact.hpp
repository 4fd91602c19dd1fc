#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/clock.hpp"
#include "chain/root.hpp"
#include "chain/slot.hpp"
#include "updates/chain_facts.hpp"
#include "updates/node_health.hpp"

namespace fleet {

// What is used of the messages of other headmons. Names are texts here, not updates::NodeId: that
// table only grows, and these names come from outside. Members are those of docs/updates.md.

/// "I am here", twice a minute.
struct InstanceStatus {
    std::string version;
    std::uint64_t origin = 0;
    std::map<std::string, std::string> labels;
    std::vector<std::string> nodes;
    std::optional<base::Duration> slot_duration;
    std::optional<base::WallTime> genesis;
};

/// What a headmon knows that it has not told.
struct Gap {
    std::optional<base::WallTime> from;
    std::string reason;
    std::uint64_t dropped = 0;
};

/// `node_head`.
struct HeadReport {
    chain::Slot slot;
    chain::Root block;
    updates::HeadTimeliness timeliness = updates::HeadTimeliness::kLive;
    bool is_first = false;
    bool is_repeat = false;
    bool is_payload = false;
    std::optional<base::Duration> lag;
    std::optional<base::Duration> delay;
    std::optional<bool> is_late;

    /// Whether it is the node's first and timed report of the block, by its stream: what is
    /// counted.
    [[nodiscard]] bool counts() const {
        return timeliness == updates::HeadTimeliness::kLive && !is_repeat && !is_payload;
    }
};

/// `best_head`.
struct BestReport {
    chain::Slot slot;
    chain::Root block;
};

/// `node_status`.
struct NodeReport {
    std::string state;
    std::string version;
    updates::NodeHealth health = updates::NodeHealth::kGood;
    /// Those that this version knows.
    updates::NodeIssues issues;
};

/// `stream_opened`, `stream_ended`.
struct StreamReport {
    bool is_open = false;
};

/// `run_started`, `run_ended`.
struct RunReport {
    bool begins = false;
    std::vector<std::string> nodes;
};

/// `head_proven`.
struct ProvenReport {
    chain::Slot slot;
    chain::Root block;
    chain::Root parent;
};

/// `slot_verdict`.
struct VerdictReport {
    chain::Slot slot;
    updates::Verdict verdict = updates::Verdict::kUnknown;
    std::optional<chain::Root> block;
    std::optional<base::Duration> delay;
};

/// A kind that is of no use here.
struct OtherReport {};

using Fact = std::variant<OtherReport, InstanceStatus, Gap, HeadReport, BestReport, NodeReport,
                          StreamReport, RunReport, ProvenReport, VerdictReport, updates::ClockSkew>;

struct Report {
    /// By the clock of the machine that sent it.
    base::WallTime at;
    Fact fact;
};

}  // namespace fleet
