#pragma once

#include <functional>
#include <string>
#include <utility>

#include "history/database.hpp"
#include "history/report.hpp"
#include "history/window.hpp"

namespace history {

/// The report of a window, as text of some format.
class ReportJob final : public Job {
  public:
    using Write = std::function<std::string(const Summary& summary)>;

    ReportJob(WindowChoice window, ReportFormat format)
        : ReportJob{std::move(window), detail_of(format),
                    [format](const Summary& summary) { return report(summary, format); }} {}
    /// What `write` makes of a summary with that detail, on the thread of the reader.
    ReportJob(WindowChoice window, Detail detail, Write write)
        : Job{"summary"}, window_{std::move(window)}, detail_{detail}, write_{std::move(write)} {}

    void run(Session& session) override;
    /// Once it has run.
    [[nodiscard]] std::string take_text() { return std::move(text_); }

  private:
    WindowChoice window_;
    Detail detail_;
    Write write_;
    std::string text_;
};

}  // namespace history
