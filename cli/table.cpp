#include "cli/table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>

#include "base/printable.hpp"

namespace cli {
namespace {

constexpr std::size_t kColumns = 9;
using Row = std::array<std::string, kColumns>;

bool begins_character(char byte) {
    return (static_cast<unsigned char>(byte) & 0xc0U) != 0x80U;
}

std::size_t width(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), begins_character));
}

std::string seconds(base::Duration duration) {
    return fmt::format("{:.3f} s", std::chrono::duration<double>(duration).count());
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

std::string state(const monitor::NodeSnapshot& node) {
    std::string text{monitor::to_string(node.state)};
    if (node.state == monitor::StreamState::kEnded && node.last_end) {
        text += fmt::format(" ({})", base::to_string(*node.last_end));
    }
    return text;
}

/// "Lodestar/v1.5.1/2115aa7" without what follows the version.
std::string client(const std::string& version) {
    const auto name_end = version.find('/');
    const auto end = name_end == std::string::npos ? name_end : version.find('/', name_end + 1);
    if (version.empty()) {
        return "-";
    }
    const std::string shown = version.substr(0, std::min<std::size_t>(end, 30));
    // Escaped when it was read: again only if that was forgotten.
    const bool is_printable =
        std::all_of(shown.begin(), shown.end(), [](char c) { return c >= ' ' && c <= '~'; });
    return is_printable ? shown : base::printable(shown, 30);
}

Row row_of(const monitor::CandidateId& id, const monitor::NodeSnapshot& node, base::Instant now) {
    Row row{
        base::printable(id.name(), 64), client(node.version),     state(node), "-", "-", "-", "-",
        age(node.last_byte, now),       std::to_string(node.ends)};
    if (node.head) {
        const auto& head = node.head->head;
        row[3] = std::to_string(head.slot.value);
        row[4] = base::short_string(head.block);
        row[5] = node.head->timing.delay ? seconds(*node.head->timing.delay) : "-";
        row[6] = head.execution_optimistic ? "optimistic"
                 : node.head->is_first     ? "first"
                                           : milliseconds(node.head->lag);
    }
    return row;
}

std::string footer(const monitor::Snapshot& snapshot, base::Instant now) {
    std::string text = "best head ";
    if (snapshot.best) {
        text += fmt::format("{} {} by {}", snapshot.best->head.slot.value,
                            base::short_string(snapshot.best->head.block),
                            base::printable(snapshot.best->candidate.name(), 64));
    } else {
        text += "-";
    }
    text += "   slot ";
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

std::string clip(std::string_view text, std::size_t columns) {
    std::size_t characters = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (begins_character(text[i]) && characters++ == columns) {
            return std::string{text.substr(0, i)};
        }
    }
    return std::string{text};
}

std::vector<std::string> render_table(const monitor::Snapshot& snapshot, base::Instant now,
                                      std::size_t columns, std::size_t rows) {
    std::vector<Row> cells{
        {"NODE", "CLIENT", "STATE", "HEAD SLOT", "ROOT", "DELAY", "LAG", "LAST BYTE", "ENDS"}};
    const std::size_t nodes = snapshot.nodes.size();
    // Title and footer always have their lines.
    const std::size_t room = rows > 2 ? rows - 2 : 0;
    const std::size_t shown = nodes <= room ? nodes : room - std::min<std::size_t>(room, 1);
    for (const auto& [id, node] : snapshot.nodes) {
        if (cells.size() > shown) {
            break;
        }
        cells.push_back(row_of(id, node, now));
    }
    std::array<std::size_t, kColumns> widths{};
    for (const Row& row : cells) {
        for (std::size_t i = 0; i < kColumns; ++i) {
            widths[i] = std::max(widths[i], width(row[i]));
        }
    }
    std::vector<std::string> lines;
    for (const Row& row : cells) {
        std::string line;
        for (std::size_t i = 0; i < kColumns; ++i) {
            line += row[i];
            if (i + 1 < kColumns) {
                line.append(widths[i] - width(row[i]) + 2, ' ');
            }
        }
        lines.push_back(clip(line, columns));
    }
    if (shown < nodes && room > 0) {
        lines.push_back(clip(fmt::format("and {} more nodes", nodes - shown), columns));
    }
    lines.push_back(clip(footer(snapshot, now), columns));
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

}  // namespace cli
