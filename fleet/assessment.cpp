#include "fleet/assessment.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "base/printable.hpp"
#include "base/time_text.hpp"
#include "chain/root.hpp"

namespace fleet {
namespace {

constexpr std::size_t kBranchesMax = 64;

std::string shown_name(const std::string& text) {
    return base::printable(text, 64);
}

std::string list_of(const std::vector<std::string>& names) {
    constexpr std::size_t kListed = 5;
    std::string text;
    for (std::size_t i = 0; i < std::min(names.size(), kListed); ++i) {
        text += (text.empty() ? "" : ", ") + shown_name(names[i]);
    }
    return names.size() > kListed ? fmt::format("{} and {} more", text, names.size() - kListed)
                                  : text;
}

bool is_gone(const InstanceView& instance, const Thresholds& thresholds, base::WallTime now) {
    return now - instance.last_stored > thresholds.gone_after;
}

void assess_instance(const std::string& name, const InstanceView& instance,
                     const Thresholds& thresholds, base::WallTime now, std::vector<Finding>& out) {
    const std::string shown = shown_name(name);
    const auto quiet = std::chrono::floor<std::chrono::seconds>(now - instance.last_stored).count();
    if (is_gone(instance, thresholds, now)) {
        out.push_back({FindingCode::kGone, Level::kOk,
                       fmt::format("{} has sent nothing for {} h", shown, quiet / 3600),
                       "nothing, where it was taken down; its messages go with their age", name});
        return;
    }
    if (now - instance.last_stored > thresholds.silent_after) {
        out.push_back({FindingCode::kSilent, Level::kCritical,
                       fmt::format("{} has sent nothing for {} s", shown, quiet),
                       "look whether headmon runs there and reaches the broker: "
                       "systemctl status headmon",
                       name});
    }
    if (instance.origins.are_two(now)) {
        out.push_back(
            {FindingCode::kTwice, Level::kCritical, fmt::format("two headmons send as {}", shown),
             "give each its own [fleet] instance: their updates cannot be told apart", name});
    }
    if (instance.gaps > 0 || instance.lost > 0) {
        std::string problem = shown;
        if (instance.gaps > 0) {
            problem += fmt::format(" reports {} gaps, the last one: {}", instance.gaps,
                                   shown_name(instance.last_gap));
        }
        if (instance.lost > 0) {
            problem += fmt::format("{} {} of its messages are missing",
                                   instance.gaps > 0 ? ";" : ":", instance.lost);
        }
        out.push_back({FindingCode::kGaps, Level::kWarning, std::move(problem),
                       "look into its log; keep a history, so that a broker that is away costs "
                       "nothing",
                       name});
    }
    if (instance.malformed > 0) {
        out.push_back({FindingCode::kMalformed, Level::kWarning,
                       fmt::format("{} messages of {} cannot be read", instance.malformed, shown),
                       "update headmon here and there; see who else may write its subjects", name});
    }
    const ClockReading clock = instance.clock.reading();
    const auto& skew = instance.clock.skew();
    if ((skew && skew->level != updates::ClockSkew::Level::kNone) ||
        (clock.basis == ClockBasis::kBroker && clock.offset > SiteClock::kKept)) {
        out.push_back({FindingCode::kClock, Level::kWarning,
                       fmt::format("the clock of {} is off by {:+.3f} s or more", shown,
                                   base::seconds(clock.offset)),
                       "start chrony or systemd-timesyncd there", name});
    }
}

void assess_nodes(const std::string& name, const InstanceView& instance,
                  std::vector<Finding>& out) {
    for (const auto& [node, state] : instance.nodes) {
        const std::string shown = shown_name(node) + " at " + shown_name(name);
        if (!state.status) {
            out.push_back({FindingCode::kNodeUnknown, Level::kUnknown,
                           fmt::format("no status of {} was read", shown),
                           "wait for its next one, within an hour", name});
            continue;
        }
        if (state.status->health == updates::NodeHealth::kGood) {
            continue;
        }
        std::string issues;
        for (const updates::NodeIssue issue : updates::kNodeIssues) {
            if (updates::has_issue(state.status->issues, issue)) {
                issues.append(issues.empty() ? "" : ", ").append(updates::label(issue));
            }
        }
        const bool is_unusable = state.status->health == updates::NodeHealth::kUnusable;
        out.push_back({is_unusable ? FindingCode::kNodeUnusable : FindingCode::kNodeDegraded,
                       Level::kWarning,
                       fmt::format("{} is {}: {}", shown, to_string(state.status->health),
                                   issues.empty() ? "it does not say why" : issues),
                       "headmon doctor says more, there", name});
    }
}

void assess_branches(const View& view, const Thresholds& thresholds, base::WallTime now,
                     std::vector<Finding>& out) {
    const Branches found = find_branches(view, thresholds, now);
    if (found.branches.size() > 1) {
        std::string text;
        for (const auto& branch : found.branches) {
            text += fmt::format("{}{} of slot {} at {}", text.empty() ? "" : "; ",
                                chain::short_string(branch.head.block), branch.head.slot.value,
                                list_of(branch.instances));
        }
        out.push_back({FindingCode::kSplit, Level::kCritical,
                       "the sites' heads are on different branches: " + text,
                       "compare with an explorer, and keep validators off the nodes of the other "
                       "branch",
                       ""});
    }
    if (found.is_unknown) {
        out.push_back({FindingCode::kSplitUnknown, Level::kUnknown,
                       "whether all heads are on one line is not known: blocks between them are "
                       "not proven",
                       "wait some slots, or read a longer time with --since", ""});
    }
}

}  // namespace

std::string_view to_string(FindingCode code) {
    switch (code) {
        case FindingCode::kSplit:
            return "split";
        case FindingCode::kSilent:
            return "silent";
        case FindingCode::kTwice:
            return "twice";
        case FindingCode::kSiteLate:
            return "site_late";
        case FindingCode::kNodeUnusable:
            return "node_unusable";
        case FindingCode::kNodeDegraded:
            return "node_degraded";
        case FindingCode::kGaps:
            return "gaps";
        case FindingCode::kClock:
            return "clock";
        case FindingCode::kMalformed:
            return "malformed";
        case FindingCode::kNoInstance:
            return "no_instance";
        case FindingCode::kSiteUnknown:
            return "site_unknown";
        case FindingCode::kSplitUnknown:
            return "split_unknown";
        case FindingCode::kNodeUnknown:
            return "node_unknown";
        case FindingCode::kGone:
            break;
    }
    return "gone";
}

std::string_view to_string(Level level) {
    switch (level) {
        case Level::kOk:
            return "OK";
        case Level::kUnknown:
            return "UNKNOWN";
        case Level::kWarning:
            return "WARNING";
        case Level::kCritical:
            break;
    }
    return "CRITICAL";
}

Branches find_branches(const View& view, const Thresholds& thresholds, base::WallTime now) {
    const base::Duration patience = view.slot_duration().value_or(std::chrono::seconds{12}) / 6;
    std::map<chain::Root, Branches::Branch> heads;
    for (const auto& [name, instance] : view.instances()) {
        if (thresholds.filter.admits(name, instance.labels) && instance.best &&
            now - instance.last_stored <= thresholds.silent_after &&
            now - instance.best_stored > patience) {
            auto& head = heads[instance.best->block];
            head.head = *instance.best;
            head.instances.push_back(name);
        }
    }
    Branches found;
    std::vector<Branches::Branch> sorted;
    sorted.reserve(heads.size());
    for (auto& [root, head] : heads) {
        sorted.push_back(std::move(head));
    }
    std::sort(sorted.begin(), sorted.end(),
              [](const auto& a, const auto& b) { return b.head.slot < a.head.slot; });
    if (sorted.size() > kBranchesMax) {
        sorted.resize(kBranchesMax);
        found.is_unknown = true;
    }
    for (Branches::Branch& head : sorted) {
        bool is_held = false;
        bool is_unknown = false;
        for (const Branches::Branch& branch : found.branches) {
            const Relation relation = view.ancestry().relation(branch.head, head.head);
            is_unknown = is_unknown || relation == Relation::kUnknown;
            // A lower head may be below several branches; any of them holds it.
            is_held = is_held || relation == Relation::kAbove;
        }
        found.is_unknown = found.is_unknown || (is_unknown && !is_held);
        if (!is_held && !is_unknown) {
            found.branches.push_back(std::move(head));
        }
    }
    return found;
}

std::vector<Finding> assess_state(const View& view, const Thresholds& thresholds,
                                  base::WallTime now) {
    std::vector<Finding> findings;
    bool has_instance = false;
    for (const auto& [name, instance] : view.instances()) {
        if (!thresholds.filter.admits(name, instance.labels)) {
            continue;
        }
        assess_instance(name, instance, thresholds, now, findings);
        if (!is_gone(instance, thresholds, now)) {
            has_instance = true;
            // What a silent headmon said last is no news of its nodes.
            if (now - instance.last_stored <= thresholds.silent_after) {
                assess_nodes(name, instance, findings);
            }
        }
    }
    if (!has_instance) {
        findings.push_back({FindingCode::kNoInstance, Level::kUnknown,
                            "no headmon has sent anything to this stream",
                            "check [fleet] stream, --instance and --label, and [fleet] servers of "
                            "each headmon",
                            ""});
    }
    assess_branches(view, thresholds, now, findings);
    sort_findings(findings);
    return findings;
}

std::vector<Finding> assess_sites(const Summary& summary, const Thresholds& thresholds) {
    std::vector<Finding> findings;
    for (const SiteSummary& site : summary.sites) {
        const SlotTally& slots = site.slots;
        const bool is_compared = summary.sites.size() > 1;
        const std::uint64_t of =
            is_compared ? slots.compared : slots.on_time + slots.late + slots.missed;
        const std::uint64_t bad = is_compared ? slots.worse_than_others : slots.late;
        const std::string shown = shown_name(site.name);
        if (of < thresholds.slots_min) {
            findings.push_back({FindingCode::kSiteUnknown, Level::kUnknown,
                                fmt::format("{} slots of site {} can be judged, of {} at least", of,
                                            shown, thresholds.slots_min),
                                "read a longer time with --since", site.name});
            continue;
        }
        const double share = 100.0 * static_cast<double>(bad) / static_cast<double>(of);
        if (share < thresholds.late_warning || bad == 0) {
            continue;
        }
        const bool is_critical = share >= thresholds.late_critical;
        findings.push_back(
            {FindingCode::kSiteLate, is_critical ? Level::kCritical : Level::kWarning,
             fmt::format("site {} was late in {} of {} slots ({:.1f} %){}", shown, bad, of, share,
                         is_compared ? " that another site saw in time" : ""),
             "compare its nodes with headmon fleet report: peers, bandwidth, disks", site.name});
    }
    return findings;
}

Level worst(const std::vector<Finding>& findings) {
    Level level = Level::kOk;
    for (const Finding& finding : findings) {
        level = std::max(level, finding.level);
    }
    return level;
}

void sort_findings(std::vector<Finding>& findings) {
    std::stable_sort(findings.begin(), findings.end(), [](const Finding& a, const Finding& b) {
        return std::make_pair(b.level, a.code) < std::make_pair(a.level, b.code);
    });
}

}  // namespace fleet
