#pragma once

#include <string_view>

// Texts of the html report, which CMake puts into the program.
namespace history::web {

extern const std::string_view kReportStyle;
extern const std::string_view kReportScript;
/// uPlot's, with its licence; all three are empty where headmon was built without it.
extern const std::string_view kPlotStyle;
extern const std::string_view kPlotScript;
extern const std::string_view kPlotLicence;

}  // namespace history::web
