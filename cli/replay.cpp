#include "cli/replay.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include "app/error_line.hpp"
#include "app/event_loop.hpp"
#include "app/exit_code.hpp"
#include "base/system_clock.hpp"
#include "base/time_text.hpp"
#include "cli/recording_reading.hpp"
#include "cli/replay_history.hpp"
#include "files/whole_file.hpp"
#include "metrics/collector.hpp"
#include "recording/paced_clock.hpp"
#include "recording/replay.hpp"
#include "supervisor/program.hpp"
#include "terminal/table_view.hpp"
#include "updates/json.hpp"

namespace cli {
namespace {

bool is_shown(const ReplayArguments& arguments, base::WallTime at) {
    return (!arguments.from || at >= *arguments.from) && (!arguments.to || at < *arguments.to);
}

/// Waits as long as the recording did, on a thread that has nothing else to do.
class Pace {
  public:
    explicit Pace(double speed) : speed_{speed} {}

    void wait_for(const recording::Entry& entry) {
        if (speed_ == 0) {
            return;
        }
        const base::MonoTime at = entry.at.mono;
        const auto now = std::chrono::steady_clock::now();
        if (!std::exchange(has_begun_, true) || recording::begins_anew(entry)) {
            first_ = at;
            began_ = now;
        }
        // Whoever reads has by then what came before.
        (void)std::fflush(stdout);
        std::this_thread::sleep_until(
            began_ + std::chrono::duration_cast<base::Duration>((at - first_) / speed_));
    }

  private:
    double speed_;
    bool has_begun_ = false;
    base::MonoTime first_{};
    std::chrono::steady_clock::time_point began_{};
};

std::unique_ptr<metrics::Collector> make_collector(const ReplayArguments& arguments) {
    if (arguments.metrics_file.empty()) {
        return nullptr;
    }
    metrics::CollectorOptions options;
    options.services = {"monitor"};
    options.monitor_service = "monitor";
    options.version = HEADMON_VERSION;
    return std::make_unique<metrics::Collector>(options);
}

void write_metrics(const ReplayArguments& arguments, const metrics::Collector* collector) {
    if (collector != nullptr) {
        const auto written = files::write_whole_file(arguments.metrics_file, collector->text());
        if (!written) {
            throw RecordingError{written.error().detail};
        }
    }
}

/// As lines, or as a report behind the last one.
int replay_as_text(const ReplayArguments& arguments, ReplayFormat format) {
    recording::FileReader reader = open_recording(arguments.directory);
    const auto collector = make_collector(arguments);
    const auto history =
        format == ReplayFormat::kReport ? std::make_unique<ReplayHistory>() : nullptr;
    bool is_read = true;
    int failure = 0;
    std::string line;
    const auto print = [&](const updates::Update& update) {
        line = updates::to_json(update);
        line += '\n';
        if (is_read && std::fwrite(line.data(), 1, line.size(), stdout) != line.size()) {
            is_read = false;
            failure = errno;
        }
    };
    const auto publish = [&](const updates::Update& update) {
        if (arguments.to && update.at.wall >= *arguments.to) {
            return;
        }
        if (collector) {
            collector->apply(update);
        }
        if (!is_shown(arguments, update.at.wall)) {
            return;
        }
        if (history) {
            history->add(update);
        } else {
            print(update);
        }
    };
    recording::Replay replay{{}, publish};
    Pace pace{arguments.speed.value_or(0)};
    while (const auto entry = next_entry(reader)) {
        if ((arguments.to && entry->at.wall >= *arguments.to) || !is_read) {
            break;
        }
        if (is_shown(arguments, entry->at.wall)) {
            pace.wait_for(*entry);
        }
        replay.apply(*entry);
    }
    if (is_read && std::fflush(stdout) != 0) {
        is_read = false;
        failure = errno;
    }
    // A reader that has enough, as `head` has, is no failure.
    if (failure == EPIPE) {
        return app::kExitOk;
    }
    if (!is_read) {
        throw RecordingError{"standard output cannot be written"};
    }
    write_metrics(arguments, collector.get());
    const bool is_written = !history || app::write_text(history->report());
    tell_torn(reader);
    return is_written ? app::kExitOk : app::kExitFatal;
}

/// The live table, in the time of the recording.
class ReplayTable {
  public:
    /// `speed` 0: as fast as it goes.
    ReplayTable(app::EventLoop& loop, const ReplayArguments& arguments, double speed)
        : loop_{loop},
          arguments_{arguments},
          is_paced_{speed > 0},
          real_{loop.executor()},
          clock_{real_, is_paced_ ? speed : 1},
          broadcast_{loop.executor()},
          reader_{open_recording(arguments.directory)},
          collector_{make_collector(arguments)} {}

    int run() {
        const auto exit = loop_.run(real_, "replay", [this] {
            table_.emplace(loop_.executor(), clock_, real_, broadcast_,
                           [this] { return caption(); });
            return base::run_first(play(), table_->run());
        });
        table_.reset();
        write_metrics(arguments_, collector_.get());
        tell_torn(reader_);
        return app::finish(exit);
    }

  private:
    base::Task<void> play() {
        recording::Replay replay{{}, [this](const updates::Update& update) {
                                     broadcast_.publish(update);
                                     if (collector_) {
                                         collector_->apply(update);
                                     }
                                 }};
        bool is_begun = false;
        base::Instant last{};
        while (const auto entry = next_entry(reader_)) {
            if (arguments_.to && entry->at.wall >= *arguments_.to) {
                break;
            }
            if (is_paced_ && is_shown(arguments_, entry->at.wall)) {
                if (!std::exchange(is_begun, true) || recording::begins_anew(*entry)) {
                    clock_.begin(entry->at);
                }
                co_await clock_.sleep_until(entry->at.mono);
                hold(entry->at);
            } else {
                clock_.stand_at(entry->at);
                co_await make_room();
            }
            replay.apply(*entry);
            last = entry->at;
        }
        clock_.stand_at(last);
        co_await table_->draw_last();
    }

    /// Time does not run away from a replay that cannot go as fast.
    void hold(base::Instant at) {
        constexpr std::chrono::milliseconds kLate{20};
        if (clock_.now() - at.mono > kLate * arguments_.speed.value_or(1)) {
            clock_.begin(at);
        }
    }

    /// Lets the table be drawn, and the command be stopped, now and then.
    base::Task<void> make_room() {
        constexpr std::chrono::milliseconds kWithoutBreak{20};
        if (real_.now() - last_break_ >= kWithoutBreak) {
            co_await real_.sleep_until(real_.now());
            last_break_ = real_.now();
        }
    }

    /// Which moment is shown; in whole seconds, as it changes.
    [[nodiscard]] std::string caption() const {
        constexpr std::size_t kSeconds = std::string_view{"2026-01-31T02:00:00"}.size();
        return "replay of " + base::to_rfc3339(clock_.wall_now()).substr(0, kSeconds) + "Z";
    }

    app::EventLoop& loop_;
    const ReplayArguments& arguments_;
    bool is_paced_;
    base::SystemClock real_;
    recording::PacedClock clock_;
    base::MonoTime last_break_{};
    updates::Broadcast broadcast_;
    recording::FileReader reader_;
    std::unique_ptr<metrics::Collector> collector_;
    std::optional<terminal::TableView> table_;
};

int replay(const ReplayArguments& arguments) {
    if (!arguments.config_file.empty() || !arguments.against_file.empty()) {
        return run_replay_compare(arguments);
    }
    const bool is_terminal = ::isatty(STDOUT_FILENO) == 1;
    const ReplayFormat format =
        arguments.format.value_or(is_terminal ? ReplayFormat::kTable : ReplayFormat::kJson);
    if (format != ReplayFormat::kTable) {
        return replay_as_text(arguments, format);
    }
    if (!is_terminal) {
        return app::usage_error(
            "--format table needs a terminal on standard output; use --format json or report");
    }
    app::EventLoop loop;
    ReplayTable table{loop, arguments, arguments.speed.value_or(1)};
    return table.run();
}

}  // namespace

int run_replay(const ReplayArguments& arguments) {
    try {
        return arguments.serve ? run_replay_serve(arguments) : replay(arguments);
    } catch (const RecordingError& error) {
        app::write_error(error.what());
        return app::kExitFatal;
    }
}

}  // namespace cli
