#include "terminal/table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>

#include "base/printable.hpp"
#include "base/text.hpp"
#include "base/time_text.hpp"
#include "updates/client_family.hpp"
#include "updates/node_health.hpp"
#include "updates/update.hpp"

namespace terminal {
namespace {

/// In the order in which they are shown.
enum Column : std::size_t {
    kNode,
    kClient,
    kState,
    kSlot,
    kRoot,
    kDelay,
    kLag,
    kLastByte,
    kEnds,
    kNote,
    kColumns,
};
using Row = std::array<std::string, kColumns>;

/// What is left out first where the terminal is narrow.
constexpr std::array kSpared{kRoot, kClient, kEnds, kLastByte, kDelay};

std::string seconds(base::Duration duration) {
    return fmt::format("{:.3f} s", base::seconds(duration));
}

std::string milliseconds(base::Duration duration) {
    const std::chrono::duration<double, std::milli> exact = duration;
    return fmt::format("{:.1f} ms", exact.count());
}

/// How long ago, in the largest unit that fits.
std::string age(const std::optional<base::Instant>& then, base::Instant now) {
    if (!then) {
        return "-";
    }
    const auto gone = std::max<std::int64_t>(
        0, std::chrono::floor<std::chrono::seconds>(now.mono - then->mono).count());
    if (gone < 60) {
        return fmt::format("{} s", gone);
    }
    if (gone < 3600) {
        return fmt::format("{} min", gone / 60);
    }
    return fmt::format("{} h", gone / 3600);
}

/// The words for an issue; empty where another column or another issue says the same.
std::string issue_text(updates::NodeIssue issue, const updates::NodeSnapshot& node,
                       updates::NodeIssues issues) {
    using updates::NodeIssue;
    const updates::NodeStatus& status = node.status;
    const bool is_ended = status.state == updates::StreamState::kEnded;
    if (issue == NodeIssue::kNoStream) {
        const bool is_explained = updates::has_issue(issues, NodeIssue::kSilent) ||
                                  updates::has_issue(issues, NodeIssue::kStalled) ||
                                  updates::has_issue(issues, NodeIssue::kWrongNetwork);
        if (!is_ended || is_explained) {
            return "";
        }
        return std::string{node.last_end ? to_string(*node.last_end) : updates::label(issue)};
    }
    if (issue == NodeIssue::kUncheckedNetwork && updates::has_issue(issues, NodeIssue::kNoStream)) {
        return "";
    }
    std::string text{updates::label(issue)};
    if (issue == NodeIssue::kSyncing && status.syncing) {
        text += fmt::format(", {} behind", status.syncing->sync_distance);
    }
    return text;
}

/// What is wrong with a node, the worst first; empty when nothing is.
std::string note(const updates::NodeSnapshot& node) {
    const updates::NodeIssues issues = updates::find_issues(node.status);
    std::string text;
    const auto add = [&](std::string_view words) {
        text += text.empty() || words.empty() ? "" : ", ";
        text += words;
    };
    for (const auto health : {updates::NodeHealth::kUnusable, updates::NodeHealth::kDegraded}) {
        for (const updates::NodeIssue issue : updates::kNodeIssues) {
            if (updates::has_issue(issues, issue) && updates::severity(issue) == health) {
                add(issue_text(issue, node, issues));
            }
        }
    }
    if (node.head) {
        const bool is_backfill = node.head->timing.timeliness == updates::HeadTimeliness::kBackfill;
        add(is_backfill && !updates::has_issue(issues, updates::NodeIssue::kSyncing) ? "catching up"
                                                                                     : "");
        add(node.head->timing.is_late() ? "late" : "");
    }
    return text;
}

/// A head's place behind the first, or why it has none.
std::string lag(const updates::NodeHead& head) {
    switch (head.timing.timeliness) {
        case updates::HeadTimeliness::kLive:
            break;
        case updates::HeadTimeliness::kStale:
            return "stale";
        case updates::HeadTimeliness::kBackfill:
            return "-";
        case updates::HeadTimeliness::kEarly:
            return "early";
        case updates::HeadTimeliness::kPolled:
            return "polled";
    }
    if (head.timing.is_repeat) {
        return "repeat";
    }
    return head.is_first ? "first" : milliseconds(head.lag);
}

std::string client(const std::string& version) {
    const std::string_view shown = updates::short_version(version);
    if (shown.empty()) {
        return "-";
    }
    // Escaped when it was read: again only if that was forgotten.
    const bool is_printable =
        std::all_of(shown.begin(), shown.end(), [](char c) { return c >= ' ' && c <= '~'; });
    return is_printable ? std::string{shown} : base::printable(shown, 30);
}

/// The stream's state; where the node asks to wait, for how much longer.
std::string state(const updates::NodeStatus& status, base::Instant now) {
    if (status.state == updates::StreamState::kEnded && status.retry_at &&
        status.retry_at->mono > now.mono) {
        const auto left = std::chrono::ceil<std::chrono::seconds>(status.retry_at->mono - now.mono);
        return fmt::format("waits {} s", left.count());
    }
    return std::string{to_string(status.state)};
}

Row row_of(updates::NodeId id, const updates::NodeSnapshot& node, base::Instant now) {
    Row row;
    row.fill("-");
    row[kNode] = base::printable(id.name(), 64);
    row[kClient] = client(node.status.version);
    row[kState] = state(node.status, now);
    row[kLastByte] = age(node.status.last_byte, now);
    row[kEnds] = std::to_string(node.status.disconnects);
    row[kNote] = note(node);
    if (node.head) {
        const auto& head = node.head->head;
        row[kSlot] = std::to_string(head.slot.value);
        row[kRoot] = chain::short_string(head.block);
        row[kDelay] = node.head->timing.delay ? seconds(*node.head->timing.delay) : "-";
        row[kLag] = lag(*node.head);
    }
    return row;
}

/// The rows as lines of at most `columns` characters. Columns that do not fit are left out, as far
/// as they may be; the last one is cut.
std::vector<std::string> lay_out(const std::vector<Row>& rows, std::size_t columns) {
    std::array<std::size_t, kColumns> widths{};
    for (const Row& row : rows) {
        for (std::size_t i = 0; i < kColumns; ++i) {
            widths[i] = std::max(widths[i], base::display_width(row[i]));
        }
    }
    std::array<bool, kColumns> is_shown{};
    is_shown.fill(true);
    // All of them, with two spaces between.
    std::size_t total = 2 * (kColumns - 1);
    for (const std::size_t each : widths) {
        total += each;
    }
    for (const Column spared : kSpared) {
        if (total > columns) {
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
        lines.push_back(base::clip(line, columns));
    }
    return lines;
}

/// A split, a skewed clock and the last slot's verdict; empty while none is known.
std::string doubts(const updates::Snapshot& snapshot, base::Instant now) {
    std::vector<std::string> parts;
    if (snapshot.split) {
        parts.push_back(fmt::format("SPLIT in {} for {}", snapshot.split->branches.size(),
                                    age(base::Instant{snapshot.split->since, {}}, now)));
    }
    if (snapshot.clock && snapshot.clock->level != updates::ClockSkew::Level::kNone) {
        const bool is_suspended =
            snapshot.clock->level == updates::ClockSkew::Level::kVerdictsSuspended;
        const auto& offset = snapshot.clock->offset;
        parts.push_back(fmt::format(
            "CLOCK skewed{}{}", offset ? fmt::format(" by {:+.1f} s", base::seconds(*offset)) : "",
            is_suspended ? ", verdicts suspended" : ""));
    }
    if (snapshot.verdict) {
        std::string part = fmt::format("slot {} {}", snapshot.verdict->slot.value,
                                       to_string(snapshot.verdict->verdict));
        if (snapshot.verdict->delay) {
            part += " at " + seconds(*snapshot.verdict->delay);
        }
        if (snapshot.verdict->first_reported_by) {
            part += " by " + base::printable(snapshot.verdict->first_reported_by->name(), 64);
        }
        parts.push_back(std::move(part));
    }
    return fmt::format("{}", fmt::join(parts, "   "));
}

std::string footer(const updates::Snapshot& snapshot, base::Instant now) {
    std::string text = "best head ";
    if (snapshot.best) {
        text += fmt::format("{} {} by {}", snapshot.best->head.slot.value,
                            chain::short_string(snapshot.best->head.block),
                            base::printable(snapshot.best->node.name(), 64));
    } else {
        text += "-";
    }
    text += "   now slot ";
    if (snapshot.slot_time) {
        const auto slot = snapshot.slot_time->clock.slot_at(now.wall);
        text += slot ? std::to_string(slot->value) : "before genesis";
    } else {
        text += "-";
    }
    text += fmt::format("   failed cycles {}", snapshot.failed_cycles);
    return snapshot.running ? text : text + "   between runs";
}

}  // namespace

std::vector<std::string> render_table(const updates::Snapshot& snapshot, base::Instant now,
                                      std::size_t columns, std::size_t rows) {
    std::vector<Row> cells{
        {"NODE", "CLIENT", "STATE", "SLOT", "ROOT", "DELAY", "LAG", "QUIET", "ENDS", "NOTE"}};
    std::vector<std::string> below;
    if (std::string text = doubts(snapshot, now); !text.empty()) {
        below.push_back(base::clip(text, columns));
    }
    below.push_back(base::clip(footer(snapshot, now), columns));
    const std::size_t nodes = snapshot.nodes.size();
    // The title and the lines below the nodes are always shown.
    const std::size_t room = rows > below.size() + 1 ? rows - below.size() - 1 : 0;
    const std::size_t shown = nodes <= room ? nodes : room - std::min<std::size_t>(room, 1);
    for (const auto& [id, node] : snapshot.nodes) {
        if (cells.size() > shown) {
            break;
        }
        cells.push_back(row_of(id, node, now));
    }
    std::vector<std::string> lines = lay_out(cells, columns);
    if (shown < nodes && room > 0) {
        lines.push_back(base::clip(fmt::format("and {} more nodes", nodes - shown), columns));
    }
    lines.insert(lines.end(), below.begin(), below.end());
    if (lines.size() > rows) {
        lines.erase(lines.begin(), lines.end() - static_cast<std::ptrdiff_t>(rows));
    }
    return lines;
}

std::string redraw(const std::vector<std::string>& lines, std::size_t drawn_before) {
    std::string bytes;
    if (drawn_before > 0) {
        bytes += fmt::format("\r\x1b[{}A", drawn_before);
    }
    for (const std::string& line : lines) {
        bytes += line;
        bytes += "\x1b[K\r\n";
    }
    // What was drawn below, when there were more lines.
    return bytes + "\x1b[J";
}

}  // namespace terminal
