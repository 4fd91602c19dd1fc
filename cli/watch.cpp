#include "cli/watch.hpp"

#include <unistd.h>

#include <memory>
#include <string>
#include <utility>

#include "app/core.hpp"
#include "app/error_line.hpp"
#include "app/event_loop.hpp"
#include "app/exit_code.hpp"
#include "app/update_listener.hpp"
#include "base/notify.hpp"
#include "logging/log.hpp"
#include "logging/update_log.hpp"
#include "terminal/json_lines.hpp"
#include "terminal/table_view.hpp"
#include "updates/broadcast.hpp"

namespace cli {
namespace {

/// How long the end waits for whoever reads the log.
constexpr std::chrono::milliseconds kLastLines{300};

class Watch {
  public:
    Watch(app::EventLoop& loop, const WatchArguments& arguments, const config::Config& config,
          bool is_table)
        : arguments_{arguments},
          supervision_{config.supervision},
          core_{loop, config.monitor, config.recording},
          ended_{loop.executor()} {
        core_.follow(config.candidates);
        if (is_table) {
            table_ = std::make_unique<terminal::TableView>(core_.loop.executor(), core_.clock,
                                                           core_.broadcast);
        } else {
            // Before the monitor starts, so that no update is missed.
            lines_ = std::make_unique<terminal::JsonLines>(
                core_.loop.executor(), core_.broadcast, STDOUT_FILENO,
                [this](const updates::Update& update) { return ends_command(update); });
        }
        // The log and the table would write over each other.
        if (arguments.settings.values.contains("log.level") &&
            !(is_table && ::isatty(STDERR_FILENO) == 1)) {
            log_ = std::make_unique<logging::Log>(config.log);
        }
        listener_ = app::listen_to_updates(
            core_.broadcast, [this](const updates::Update& update) { receive(update); });
    }

    int run() {
        auto view = supervisor::make_child("view", [this] { return show_to_the_end(); });
        view.kind = supervisor::Kind::kMain;
        std::vector<supervisor::Child> others;
        others.push_back(std::move(view));
        const auto program = core_.make_program(std::move(others), supervision_);
        const auto exit = core_.loop.run(*program);
        // The cursor is back before an error is written, and the log is before it.
        table_.reset();
        if (log_) {
            log_->flush(kLastLines);
        }
        if (!failure_.empty()) {
            app::write_error(failure_);
            (void)app::finish_quietly(exit);
            return exit_code_;
        }
        return app::finish(exit);
    }

  private:
    void receive(const updates::Update& update) {
        if (log_) {
            for (const logging::LogLine& line : update_log_.lines(update)) {
                log_->write(line);
            }
        }
        if (table_ && ends_command(update)) {
            ended_.notify();
        }
    }

    /// Whether the update ends the command.
    bool ends_command(const updates::Update& update) {
        const auto code = find_exit_code(update, arguments_);
        if (!code) {
            return false;
        }
        exit_code_ = *code;
        if (*code != app::kExitOk) {
            failure_ = "gave up: five retry cycles in a row have failed";
        }
        return true;
    }

    /// Shows updates until there is a reason to end the command.
    base::Task<void> show_to_the_end() { return table_ ? run_table() : run_json(); }

    base::Task<void> run_table() {
        return base::run_first(table_->run(), ended_.wait(), time_out());
    }

    base::Task<void> run_json() { return base::run_first(write_lines(), time_out()); }

    base::Task<void> write_lines() {
        co_await lines_->run();
        if (lines_->output().failed() && !lines_->output().reader_gone()) {
            exit_code_ = app::kExitFatal;
            failure_ = "standard output cannot be written";
        }
    }

    base::Task<void> time_out() {
        // On a line of its own: in an expression with co_await g++ 12 evaluates both branches of a
        // conditional.
        const auto end = app::deadline(core_.clock.now(), arguments_.duration);
        co_await core_.clock.sleep_until(end);
        if (arguments_.until_slot) {
            exit_code_ = app::kExitFatal;
            failure_ = "no head of slot " + std::to_string(arguments_.until_slot->value) +
                       " or later came in time";
        }
    }

    const WatchArguments& arguments_;
    config::Supervision supervision_;
    app::Core core_;
    base::Notify ended_;
    std::unique_ptr<terminal::TableView> table_;
    std::unique_ptr<terminal::JsonLines> lines_;
    std::unique_ptr<logging::Log> log_;
    logging::UpdateLog update_log_;
    int exit_code_ = app::kExitOk;
    std::string failure_;
    std::unique_ptr<updates::Broadcast::Subscription> listener_;
};

}  // namespace

std::optional<int> find_exit_code(const updates::Update& update, const WatchArguments& arguments) {
    if (const auto* best = std::get_if<updates::BestHead>(&update.fact)) {
        if (arguments.until_slot && best->head.slot >= *arguments.until_slot) {
            return app::kExitOk;
        }
    }
    if (const auto* ended = std::get_if<updates::RunEnded>(&update.fact)) {
        if (arguments.exit_on_give_up && ended->reason == updates::RunEndReason::kGaveUp) {
            return app::kExitFatal;
        }
    }
    return std::nullopt;
}

int run_watch(const WatchArguments& arguments) {
    app::EventLoop loop;
    const auto config = config::make_config(arguments.settings, config::process_environment);
    if (!config) {
        return app::usage_error(config.error().detail);
    }
    const bool is_terminal = ::isatty(STDOUT_FILENO) == 1;
    const WatchFormat format =
        arguments.format.value_or(is_terminal ? WatchFormat::kTable : WatchFormat::kJson);
    if (format == WatchFormat::kTable && !is_terminal) {
        return app::usage_error(
            "--format table needs a terminal on standard output; use --format json");
    }
    try {
        Watch watch{loop, arguments, *config, format == WatchFormat::kTable};
        return watch.run();
    } catch (const recording::DirectoryError& error) {
        return app::usage_error(error.what());
    }
}

}  // namespace cli
