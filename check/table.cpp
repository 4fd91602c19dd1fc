#include "check/table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>

#include "base/printable.hpp"
#include "chain/sync_status.hpp"
#include "updates/chain_facts.hpp"

namespace check {
namespace {

constexpr std::size_t kColumns = 8;
using Row = std::array<std::string, kColumns>;

/// Nodes that the first line names before it only counts.
constexpr std::size_t kNamedMax = 5;

std::string upper(std::string_view word) {
    std::string text{word};
    std::transform(text.begin(), text.end(), text.begin(),
                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    return text;
}

std::string name_of(const NodeLook& look) {
    return base::printable(look.id.name(), 64);
}

std::string first_line(const Checked& checked) {
    const auto& nodes = checked.verdict.nodes;
    const auto good = std::count_if(nodes.begin(), nodes.end(), [](const NodeVerdict& node) {
        return node.grade == Grade::kGood;
    });
    std::string text =
        fmt::format("{}: {} of {} node{} good", upper(to_string(checked.verdict.grade)), good,
                    nodes.size(), nodes.size() == 1 ? "" : "s");
    std::size_t named = 0;
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        if (nodes[i].grade == Grade::kGood) {
            continue;
        }
        if (++named > kNamedMax) {
            return text + ", ...";
        }
        text += fmt::format(", {} {} ({})", name_of(checked.looks[i]), to_string(nodes[i].grade),
                            nodes[i].findings.front().what);
    }
    for (const Finding& finding : checked.verdict.findings) {
        if (finding.grade != Grade::kGood) {
            text += fmt::format(", {}", finding.what);
        }
    }
    return text;
}

std::string sync_of(const NodeLook& look) {
    if (!look.syncing.said) {
        return "-";
    }
    const chain::SyncStatus& syncing = *look.syncing.said;
    std::string text =
        syncing.is_syncing ? fmt::format("syncing, {} behind", syncing.sync_distance) : "in sync";
    text += syncing.is_optimistic ? ", optimistic" : "";
    return text + (syncing.el_offline ? ", EL offline" : "");
}

std::string head_of(const NodeLook& look, const NodeVerdict& verdict) {
    if (!look.head.said) {
        return "-";
    }
    std::string text = std::to_string(look.head.said->slot.value);
    return verdict.head_age ? text + fmt::format(" ({} old)", *verdict.head_age) : text;
}

std::string form_of(const NodeLook& look) {
    const FormLook* const form = look.working_form();
    return form == nullptr ? "-" : std::string{to_string(form->form)};
}

Row row_of(const NodeLook& look, const NodeVerdict& verdict) {
    return {name_of(look),          std::string{to_string(verdict.grade)},
            client_of(look),        network_of(look),
            form_of(look),          sync_of(look),
            head_of(look, verdict), offset_of(verdict.clock)};
}

void append_rows(std::string& text, const std::vector<Row>& rows) {
    std::array<std::size_t, kColumns> widths{};
    for (const Row& row : rows) {
        for (std::size_t i = 0; i < kColumns; ++i) {
            widths[i] = std::max(widths[i], row[i].size());
        }
    }
    for (const Row& row : rows) {
        for (std::size_t i = 0; i + 1 < kColumns; ++i) {
            text += fmt::format("{:<{}}", row[i], widths[i] + 2);
        }
        text += row.back() + "\n";
    }
}

void append_findings(std::string& text, std::string_view name,
                     const std::vector<Finding>& findings) {
    for (const Finding& finding : findings) {
        const std::string_view grade =
            finding.grade == Grade::kGood ? "note" : to_string(finding.grade);
        text += fmt::format("{}: {}: {}: {}. {}.\n", name, grade, finding.what, finding.problem,
                            sentence(finding.advice));
    }
}

}  // namespace

std::string sentence(std::string_view text) {
    std::string sentence{text};
    if (!sentence.empty()) {
        sentence[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(sentence[0])));
    }
    return sentence;
}

std::string client_of(const NodeLook& look) {
    constexpr std::size_t kBytesMax = 30;
    if (!look.version.said || look.version.said->empty()) {
        return "-";
    }
    const std::string& version = *look.version.said;
    const auto name_end = version.find('/');
    const auto end = name_end == std::string::npos ? name_end : version.find('/', name_end + 1);
    return version.substr(0, std::min(end, kBytesMax));
}

std::string network_of(const NodeLook& look) {
    if (!look.spec.said) {
        return "-";
    }
    const std::string& name = look.spec.said->config_name;
    return name.empty() ? "unnamed" : name.substr(0, 30);
}

std::string offset_of(const std::optional<updates::ClockSkew>& clock) {
    if (!clock) {
        return "-";
    }
    const bool may_be_none =
        clock->offset <= clock->uncertainty && -clock->offset <= clock->uncertainty;
    if (may_be_none) {
        return "right";
    }
    const double offset = std::chrono::duration<double>{clock->offset}.count();
    return fmt::format("{:.1f} s {}", offset < 0 ? -offset : offset,
                       offset < 0 ? "behind" : "ahead");
}

std::string check_table(const Checked& checked) {
    const auto& nodes = checked.verdict.nodes;
    std::string text = first_line(checked) + "\n";
    std::vector<Row> rows{
        {"NODE", "VERDICT", "CLIENT", "NETWORK", "TOPICS", "SYNC", "HEAD SLOT", "OUR CLOCK"}};
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        rows.push_back(row_of(checked.looks[i], nodes[i]));
    }
    append_rows(text, rows);
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        append_findings(text, name_of(checked.looks[i]), nodes[i].findings);
    }
    append_findings(text, "this machine", checked.verdict.findings);
    return text;
}

}  // namespace check
