#include "fleet/table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>

#include "base/printable.hpp"
#include "base/text.hpp"
#include "base/time_text.hpp"
#include "updates/client_family.hpp"

namespace fleet {
namespace {

/// In the order in which they are shown.
enum Column : std::size_t {
    kName,
    kSite,
    kClient,
    kSeen,
    kHead,
    kBehind,
    kDelay,
    kLag,
    kClock,
    kNodes,
    kNote,
    kColumns,
};
using Row = std::array<std::string, kColumns>;

/// What is left out first where the terminal is narrow.
constexpr std::array kSpared{kClient, kClock, kSite, kBehind, kDelay, kNodes};

std::string lag_milliseconds(base::Duration duration) {
    return fmt::format("{:.1f} ms", base::seconds(duration) * 1000);
}

std::string age(base::Duration gone) {
    const auto seconds =
        std::max<std::int64_t>(0, std::chrono::floor<std::chrono::seconds>(gone).count());
    return seconds < 120    ? fmt::format("{} s", seconds)
           : seconds < 7200 ? fmt::format("{} min", seconds / 60)
                            : fmt::format("{} h", seconds / 3600);
}

/// One instance as it is shown.
struct Shown {
    const std::string* name = nullptr;
    const InstanceView* instance = nullptr;
    Level level = Level::kOk;
    bool is_silent = false;
    std::string note;
};

/// The instance's words for a finding; nodes have lines of their own.
std::string_view word_of(FindingCode code) {
    switch (code) {
        case FindingCode::kSilent:
            return "SILENT";
        case FindingCode::kTwice:
            return "TWO HEADMONS";
        case FindingCode::kGaps:
            return "gaps";
        case FindingCode::kClock:
            return "clock off";
        case FindingCode::kMalformed:
            return "malformed";
        default:
            return "";
    }
}

std::string issues_of(const NodeReport& status) {
    std::string text;
    for (const auto health : {updates::NodeHealth::kUnusable, updates::NodeHealth::kDegraded}) {
        for (const updates::NodeIssue issue : updates::kNodeIssues) {
            if (updates::has_issue(status.issues, issue) && updates::severity(issue) == health) {
                text.append(text.empty() ? "" : ", ").append(updates::label(issue));
            }
        }
    }
    return text;
}

std::string behind_text(std::optional<chain::Slot> newest, std::optional<chain::Slot> slot) {
    return newest && slot ? std::to_string(chain::distance(*slot, *newest)) : "-";
}

class Table {
  public:
    Table(const View& view, const Thresholds& thresholds, const TableOptions& options,
          base::WallTime now)
        : view_{view},
          thresholds_{thresholds},
          options_{options},
          now_{now},
          newest_{view.newest_slot()},
          findings_{assess_state(view, thresholds, now)} {}

    std::vector<std::string> lines();

  private:
    void find_instances();
    [[nodiscard]] std::string summary() const;
    [[nodiscard]] Row instance_row(const Shown& shown) const;
    [[nodiscard]] Row node_row(const Shown& shown, const std::string& name,
                               const NodeView& node) const;
    [[nodiscard]] std::vector<std::string> lay_out(const std::vector<Row>& rows) const;

    const View& view_;
    const Thresholds& thresholds_;
    const TableOptions& options_;
    base::WallTime now_;
    std::optional<chain::Slot> newest_;
    std::vector<Finding> findings_;
    std::vector<Shown> shown_;
};

void Table::find_instances() {
    std::map<std::string, std::pair<Level, std::string>> by_instance;
    for (const Finding& finding : findings_) {
        auto& [level, note] = by_instance[finding.subject];
        level = std::max(level, finding.level);
        if (const std::string_view word = word_of(finding.code); !word.empty()) {
            note.append(note.empty() ? "" : ", ").append(word);
        }
    }
    for (const auto& [name, instance] : view_.instances()) {
        const base::Duration quiet = now_ - instance.last_stored;
        if (!thresholds_.filter.admits(name, instance.labels) || quiet > thresholds_.gone_after) {
            continue;
        }
        const auto found = by_instance.find(name);
        const auto [level, note] =
            found == by_instance.end() ? std::pair<Level, std::string>{} : found->second;
        shown_.push_back({&name, &instance, level, quiet > thresholds_.silent_after, note});
    }
    std::stable_sort(shown_.begin(), shown_.end(),
                     [](const Shown& a, const Shown& b) { return b.level < a.level; });
}

std::string Table::summary() const {
    HealthTally health;
    std::uint64_t silent = 0;
    for (const Shown& shown : shown_) {
        silent += shown.is_silent ? 1 : 0;
        for (const auto& [name, node] : shown.instance->nodes) {
            if (shown.is_silent || !node.status) {
                ++health.unknown;
            } else if (node.status->health == updates::NodeHealth::kGood) {
                ++health.good;
            } else if (node.status->health == updates::NodeHealth::kDegraded) {
                ++health.degraded;
            } else {
                ++health.unusable;
            }
        }
    }
    std::string text = fmt::format("{} instances", shown_.size());
    text += silent > 0 ? fmt::format(", {} silent", silent) : "";
    text += fmt::format("   {} nodes: {} good, {} degraded, {} unusable, {} unknown",
                        health.good + health.degraded + health.unusable + health.unknown,
                        health.good, health.degraded, health.unusable, health.unknown);
    text += fmt::format("   head {}", newest_ ? std::to_string(newest_->value) : "-");
    return text;
}

Row Table::instance_row(const Shown& shown) const {
    const InstanceView& instance = *shown.instance;
    Row row;
    row.fill("-");
    row[kName] = base::printable(*shown.name, 40);
    const auto site = instance.labels.find(options_.site_label);
    row[kSite] = site == instance.labels.end() ? "-" : base::printable(site->second, 24);
    row[kSeen] = age(now_ - instance.last_stored);
    row[kClock] = clock_text(instance.clock.reading());
    row[kNote] = shown.note;
    if (instance.best) {
        row[kHead] = std::to_string(instance.best->slot.value);
        row[kBehind] = behind_text(newest_, instance.best->slot);
    }
    std::uint64_t good = 0;
    std::optional<base::Duration> delay;
    std::optional<Lag> least;
    for (const auto& [name, node] : instance.nodes) {
        good += node.status && node.status->health == updates::NodeHealth::kGood ? 1 : 0;
        if (!node.head || !instance.best || node.head->block != instance.best->block) {
            continue;
        }
        if (node.head->delay && (!delay || *node.head->delay < *delay)) {
            delay = node.head->delay;
        }
        const Lag lag = view_.lag(*shown.name, node);
        if (lag.kind != Lag::Kind::kNone && (!least || lag.behind.value < least->behind.value)) {
            least = lag;
        }
    }
    row[kDelay] = delay ? fmt::format("{:.3f} s", base::seconds(*delay)) : "-";
    row[kLag] = least ? lag_text(*least) : "-";
    row[kNodes] = shown.is_silent ? fmt::format("?/{}", instance.nodes.size())
                                  : fmt::format("{}/{}", good, instance.nodes.size());
    return row;
}

Row Table::node_row(const Shown& shown, const std::string& name, const NodeView& node) const {
    Row row;
    row.fill("");
    row[kName] = "  " + base::printable(name, 40);
    row[kClient] = "-";
    row[kNote] = "no status yet";
    if (node.status) {
        const std::string_view version = updates::short_version(node.status->version);
        row[kClient] = version.empty() ? "-" : base::printable(version, 30);
        row[kNote] = issues_of(*node.status);
        if (row[kNote].empty() && node.status->health != updates::NodeHealth::kGood) {
            row[kNote] = to_string(node.status->health);
        }
    }
    if (node.head) {
        row[kHead] = std::to_string(node.head->slot.value);
        row[kBehind] = behind_text(newest_, node.head->slot);
        row[kDelay] =
            node.head->delay ? fmt::format("{:.3f} s", base::seconds(*node.head->delay)) : "-";
        row[kLag] = lag_text(view_.lag(*shown.name, node));
        if (node.head->is_late == true) {
            row[kNote] += row[kNote].empty() ? "late" : ", late";
        }
    }
    return row;
}

std::vector<std::string> Table::lay_out(const std::vector<Row>& rows) const {
    std::array<std::size_t, kColumns> widths{};
    for (const Row& row : rows) {
        for (std::size_t i = 0; i < kColumns; ++i) {
            widths[i] = std::max(widths[i], base::display_width(row[i]));
        }
    }
    std::array<bool, kColumns> is_shown{};
    is_shown.fill(true);
    std::size_t total = 2 * (kColumns - 1);
    for (const std::size_t each : widths) {
        total += each;
    }
    for (const Column spared : kSpared) {
        if (total > options_.columns) {
            is_shown[spared] = false;
            total -= widths[spared] + 2;
        }
    }
    std::vector<std::string> lines;
    for (const Row& row : rows) {
        std::string line;
        for (std::size_t i = 0; i < kColumns; ++i) {
            if (is_shown[i]) {
                line += row[i];
                line.append(widths[i] - base::display_width(row[i]) + 2, ' ');
            }
        }
        line.erase(line.find_last_not_of(' ') + 1);
        lines.push_back(base::clip(line, options_.columns));
    }
    return lines;
}

std::vector<std::string> Table::lines() {
    find_instances();
    std::vector<std::string> above{base::clip(summary(), options_.columns)};
    for (const Finding& finding : findings_) {
        // What belongs to an instance has its place in that line.
        if (finding.subject.empty() &&
            (options_.is_read || finding.code != FindingCode::kNoInstance)) {
            above.push_back(base::clip(
                fmt::format("{} {}", to_string(finding.level), finding.problem), options_.columns));
        }
    }
    // Summary, title and the last line are always there.
    const std::size_t fixed = above.size() + 2;
    const std::size_t room = options_.rows > fixed ? options_.rows - fixed : 0;
    std::vector<Row> rows{{"INSTANCE", "SITE", "CLIENT", "SEEN", "HEAD", "BEHIND", "DELAY", "LAG",
                           "CLOCK", "GOOD", "NOTE"}};
    rows.front()[kSite] = options_.site_label == "site" ? "SITE" : options_.site_label;
    std::size_t instances = 0;
    std::size_t nodes = 0;
    for (const Shown& shown : shown_) {
        const bool has_room = rows.size() <= room;
        instances += has_room ? 0 : 1;
        if (has_room) {
            rows.push_back(instance_row(shown));
        }
        for (const auto& [name, node] : shown.instance->nodes) {
            const bool is_good = node.status && node.status->health == updates::NodeHealth::kGood;
            if (!options_.all_nodes && (is_good || shown.is_silent)) {
                continue;
            }
            if (rows.size() <= room) {
                rows.push_back(node_row(shown, name, node));
            } else {
                ++nodes;
            }
        }
    }
    if (instances + nodes > 0 && rows.size() > 1) {
        // The last line of the room is for what does not fit.
        instances += rows.back()[kName].starts_with("  ") ? 0 : 1;
        nodes += rows.back()[kName].starts_with("  ") ? 1 : 0;
        rows.pop_back();
    }
    std::vector<std::string> lines = std::move(above);
    for (std::string& line : lay_out(rows)) {
        lines.push_back(std::move(line));
    }
    if (instances + nodes > 0) {
        lines.push_back(
            base::clip(fmt::format("and {} more instances, {} more nodes", instances, nodes),
                       options_.columns));
    }
    lines.push_back(base::clip(options_.reading, options_.columns));
    if (lines.size() > options_.rows) {
        lines.resize(options_.rows);
    }
    return lines;
}

}  // namespace

std::string lag_text(const Lag& lag) {
    switch (lag.kind) {
        case Lag::Kind::kNone:
            return "-";
        case Lag::Kind::kClaim:
            return "claim";
        case Lag::Kind::kFirst:
            return "first";
        case Lag::Kind::kBehind:
            break;
    }
    const char* const mark = !lag.behind.uncertainty ? "?" : lag.behind.is_doubtful() ? "~" : "";
    return mark + lag_milliseconds(lag.behind.value);
}

std::string clock_text(const ClockReading& clock) {
    if (clock.basis == ClockBasis::kUnknown) {
        return "?";
    }
    std::string text;
    if (clock.offset.count() != 0) {
        text = fmt::format("{:+.3f} s", base::seconds(clock.offset));
    }
    if (!clock.uncertainty) {
        return text + " or more";
    }
    return fmt::format("{}{}±{:.0f} ms", text, text.empty() ? "" : " ",
                       base::seconds(*clock.uncertainty) * 1000);
}

std::vector<std::string> render_table(const View& view, const Thresholds& thresholds,
                                      const TableOptions& options, base::WallTime now) {
    return Table{view, thresholds, options, now}.lines();
}

}  // namespace fleet
