#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "fleet/summary.hpp"

// What the reports for people have in common: text and HTML.
namespace fleet {

struct ReportTable {
    std::string title;
    std::vector<std::string> head;
    /// As long as `head`, each fit to be printed; those that are no numbers come first.
    std::vector<std::vector<std::string>> rows;
    std::size_t names = 1;
};

/// Sites, instances, nodes, clients, and slots.
[[nodiscard]] std::vector<ReportTable> report_tables(const Summary& summary);

/// What the report is of, and what is to be known of its figures: a line each.
[[nodiscard]] std::vector<std::string> report_notes(const Summary& summary);

}  // namespace fleet
