#include "cli/history.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <string>

#include "app/error_line.hpp"
#include "app/exit_code.hpp"
#include "history/file.hpp"

namespace cli {
namespace {

int failed(const history::Error& error) {
    app::write_error(error.detail);
    return app::kExitFatal;
}

int print(std::string_view text) {
    return app::write_text(text) ? app::kExitOk : app::kExitFatal;
}

/// A line on a terminal that the next one overwrites.
class ProgressLine {
  public:
    ProgressLine() : is_shown_{::isatty(STDERR_FILENO) == 1} {}
    ProgressLine(const ProgressLine&) = delete;
    ProgressLine& operator=(const ProgressLine&) = delete;
    ~ProgressLine() { show(""); }

    void show(const std::string& text) const {
        if (is_shown_) {
            (void)std::fprintf(stderr, "\r\033[K%s", text.c_str());
            (void)std::fflush(stderr);
        }
    }

  private:
    bool is_shown_;
};

int check_history(const std::string& file) {
    const auto problems = [&] {
        const ProgressLine line;
        return history::check_file(
            file, [&line](std::string_view what, std::size_t number, std::size_t count) {
                line.show(fmt::format("checking {} ({} of {})", what, number, count));
            });
    }();
    if (!problems) {
        return failed(problems.error());
    }
    if (problems->empty()) {
        return print("good\n");
    }
    std::string text;
    for (const std::string& problem : *problems) {
        text += problem + "\n";
    }
    (void)print(text);
    app::write_error("the file is damaged; move it away, and headmon run begins a new one");
    return app::kExitFatal;
}

int vacuum_history(const std::string& file) {
    const auto result = [&] {
        const ProgressLine line;
        line.show("writing the file anew");
        return history::vacuum_file(file);
    }();
    if (!result) {
        return failed(result.error());
    }
    return print(
        fmt::format("{} bytes before, {} after\n", result->bytes_before, result->bytes_after));
}

int export_history(const HistoryArguments& arguments) {
    bool is_written = true;
    std::size_t bytes = 0;
    const auto result = [&] {
        const ProgressLine line;
        return history::export_file(arguments.file, arguments.kind, arguments.from, arguments.to,
                                    arguments.format, [&](std::string_view piece) {
                                        is_written = app::write_text(piece);
                                        bytes += piece.size();
                                        if (::isatty(STDOUT_FILENO) == 0) {
                                            line.show(fmt::format("{} bytes", bytes));
                                        }
                                        // A reader that has gone away wants no more.
                                        return is_written && std::ferror(stdout) == 0;
                                    });
    }();
    if (!result) {
        return failed(result.error());
    }
    return is_written ? app::kExitOk : app::kExitFatal;
}

}  // namespace

int run_history(const HistoryArguments& arguments) {
    switch (arguments.action) {
        case HistoryAction::kCheck:
            return check_history(arguments.file);
        case HistoryAction::kVacuum:
            return vacuum_history(arguments.file);
        case HistoryAction::kExport:
            return export_history(arguments);
    }
    return app::kExitUsage;
}

}  // namespace cli
