#pragma once

#include <string>
#include <utility>

#include "history/database.hpp"
#include "history/report.hpp"
#include "history/window.hpp"

namespace history {

/// The report of a window, as text of some format.
class ReportJob final : public Job {
  public:
    ReportJob(WindowChoice window, ReportFormat format)
        : Job{"summary"}, window_{std::move(window)}, format_{format} {}

    void run(Session& session) override;
    /// Once it has run.
    [[nodiscard]] std::string take_text() { return std::move(text_); }

  private:
    WindowChoice window_;
    ReportFormat format_;
    std::string text_;
};

}  // namespace history
