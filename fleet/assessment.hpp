#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "fleet/filter.hpp"
#include "fleet/summary.hpp"
#include "fleet/view.hpp"

namespace fleet {

/// What can be wrong with a fleet.
enum class FindingCode : std::uint8_t {
    /// Instances are on branches of which neither holds the other.
    kSplit,
    /// An instance sends nothing.
    kSilent,
    /// Two headmons have the same name.
    kTwice,
    /// A site sees blocks late, or not at all, that others see in time.
    kSiteLate,
    /// A node that no validator should use.
    kNodeUnusable,
    kNodeDegraded,
    /// A headmon says that it has not told all, or messages are missing.
    kGaps,
    /// A machine's clock is off.
    kClock,
    /// Messages that cannot be read.
    kMalformed,
    /// No instance is in the stream.
    kNoInstance,
    /// Too few slots were judged to say whether a site is late.
    kSiteUnknown,
    /// Whether two heads are on one line is not known.
    kSplitUnknown,
    /// No status of a node was read.
    kNodeUnknown,
    /// An instance that has sent nothing for so long that it is no part of the fleet any more.
    kGone,
};

/// "split", "silent", …: stable, docs/fleet.md lists them.
[[nodiscard]] std::string_view to_string(FindingCode code);

/// The states of monitoring plugins, from best to worst. What is known to be wrong is worse than
/// what is not known, and that is never good.
enum class Level : std::uint8_t { kOk, kUnknown, kWarning, kCritical };

/// "OK", "UNKNOWN", "WARNING", "CRITICAL".
[[nodiscard]] std::string_view to_string(Level level);

struct Finding {
    FindingCode code = FindingCode::kNoInstance;
    Level level = Level::kOk;
    /// Fit to be printed.
    std::string problem;
    /// What to do; fit to be printed.
    std::string advice;
    /// The instance or site that it is about; empty for the fleet.
    std::string subject;
};

struct Thresholds {
    /// An instance that sent nothing for so long is silent, and for so long is gone.
    base::Duration silent_after = std::chrono::seconds{90};
    base::Duration gone_after = std::chrono::hours{24};
    /// Of a hundred slots that others saw in time; of all, where there is one site.
    double late_warning = 10;
    double late_critical = 50;
    /// With fewer judged slots a site is unknown.
    std::uint64_t slots_min = 5;
    Filter filter{};
};

/// The instances' best heads, as far as they are on different branches.
struct Branches {
    struct Branch {
        BestReport head;
        std::vector<std::string> instances;
    };
    /// Heads of which none holds another: one where all are on one line; highest slot first.
    std::vector<Branch> branches;
    /// Whether two heads are on one line is not known for some of them.
    bool is_unknown = false;
};

/// Heads of instances that are not silent and had the same best head for longer than a sixth of a
/// slot: between two reports of a reorg they need not agree.
[[nodiscard]] Branches find_branches(const View& view, const Thresholds& thresholds,
                                     base::WallTime now);

/// What is wrong now, worst first; `now` is the broker's time as far as it is known.
[[nodiscard]] std::vector<Finding> assess_state(const View& view, const Thresholds& thresholds,
                                                base::WallTime now);
/// Whether sites are late, of a time.
[[nodiscard]] std::vector<Finding> assess_sites(const Summary& summary,
                                                const Thresholds& thresholds);

[[nodiscard]] Level worst(const std::vector<Finding>& findings);
void sort_findings(std::vector<Finding>& findings);

/// One line in the manner of plugins, then one for each finding; ends with a line end.
[[nodiscard]] std::string findings_text(const std::vector<Finding>& findings, const View& view,
                                        const Thresholds& thresholds);
/// The same as one JSON object with a line end.
[[nodiscard]] std::string findings_json(const std::vector<Finding>& findings, const View& view,
                                        const Thresholds& thresholds);

}  // namespace fleet
