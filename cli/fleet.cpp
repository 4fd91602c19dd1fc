#include "cli/fleet.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "app/error_line.hpp"
#include "app/event_loop.hpp"
#include "app/exit_code.hpp"
#include "base/system_clock.hpp"
#include "check/assessment.hpp"
#include "cli/fleet_reading.hpp"
#include "config/config.hpp"
#include "config/fleet_settings.hpp"
#include "fleet/assessment.hpp"
#include "fleet/decoder.hpp"
#include "fleet/report.hpp"
#include "fleet/sequencer.hpp"
#include "fleet/summary_builder.hpp"
#include "history/web_assets.hpp"

namespace cli {
namespace {

using fleet::ReadRequest;

constexpr std::chrono::hours kReportSpan{24};
constexpr std::chrono::minutes kCheckSpan{15};
/// A node's status is published once an hour at least: whose is older was gone.
constexpr std::chrono::minutes kStatusSpan{65};

/// A summary of messages that come in the order in which they were stored.
class Summing {
  public:
    explicit Summing(fleet::SummaryBuilder::Options options) : builder_{std::move(options)} {}

    /// The state before: in order by itself, and only the last of each node counts.
    void begin_with(const fleet::Received& message) { apply(message); }
    void add(fleet::Received message) {
        newest_ = std::max(newest_, message.stored_at);
        fleet::Sequencer::Output output;
        sequencer_.add(std::move(message), output);
        if (++added_ % kPassEach == 0) {
            sequencer_.pass(newest_, output);
        }
        use(output);
    }
    fleet::Summary finish() {
        fleet::Sequencer::Output output;
        sequencer_.finish(newest_, output);
        use(output);
        return builder_.finish(sequencer_.repeats());
    }
    /// What was lost of late, for whom it concerns.
    std::function<void(const fleet::Sequencer::Output&)> on_output;

  private:
    static constexpr std::uint64_t kPassEach = 1024;

    void use(const fleet::Sequencer::Output& output) {
        builder_.count(output);
        if (on_output) {
            on_output(output);
        }
        for (const fleet::Received& message : output.messages) {
            apply(message);
        }
    }
    void apply(const fleet::Received& message) {
        if (const auto report = decoder_.decode(message)) {
            builder_.apply(message, *report);
        } else {
            builder_.count_malformed(message);
        }
    }

    fleet::SummaryBuilder builder_;
    fleet::Sequencer sequencer_;
    fleet::Decoder decoder_;
    base::WallTime newest_;
    std::uint64_t added_ = 0;
};

fleet::SummaryBuilder::Options summary_options(const FleetArguments& arguments, base::WallTime from,
                                               base::WallTime to) {
    fleet::SummaryBuilder::Options options;
    options.from = from;
    options.to = to;
    options.site_label = arguments.site_label;
    options.filter = arguments.thresholds.filter;
    return options;
}

ReadRequest ending(ReadRequest::From from, base::WallTime since, std::string subjects) {
    ReadRequest request;
    request.from = from;
    request.since = since;
    request.ends = true;
    request.subjects = std::move(subjects);
    return request;
}

std::string statuses_of(const fleet::Filter& filter) {
    std::string subjects = subjects_of(filter);
    subjects.resize(subjects.size() - std::string_view{"*.*"}.size());
    return subjects + "node_status.*";
}

int report_failure(const base::Error& error) {
    app::write_error(error.detail);
    return exit_code_of(error);
}

int write_report(const fleet::Summary& summary, history::ReportFormat format) {
    std::string text;
    switch (format) {
        case history::ReportFormat::kText:
            text = fleet::report_text(summary);
            break;
        case history::ReportFormat::kJson:
            text = fleet::report_json(summary);
            break;
        case history::ReportFormat::kHtml:
            text = fleet::report_html(summary, history::web::kReportStyle);
            break;
    }
    return app::write_text(text) ? app::kExitOk : app::kExitFatal;
}

int run_fleet_report(const FleetArguments& arguments, const fleet::Options& options) {
    app::EventLoop loop;
    base::SystemClock clock{loop.executor()};
    const base::WallTime to = arguments.until.value_or(clock.wall_now());
    const base::WallTime from = to - arguments.since.value_or(kReportSpan);
    Summing summing{summary_options(arguments, from, to)};
    std::optional<base::Error> error;
    bool is_done = false;
    const auto exit = loop.run(clock, "fleet", [&]() -> base::Task<void> {
        const std::function<void(fleet::Received)> begin = [&](const fleet::Received& message) {
            if (message.stored_at < from) {
                summing.begin_with(message);
            }
        };
        const ReadRequest before = ending(ReadRequest::From::kMoment, from - kStatusSpan,
                                          statuses_of(arguments.thresholds.filter));
        error = co_await read_all(loop, options, before, begin);
        if (error) {
            co_return;
        }
        const std::function<void(fleet::Received)> add = [&](fleet::Received message) {
            summing.add(std::move(message));
        };
        const ReadRequest request =
            ending(ReadRequest::From::kMoment, from, subjects_of(arguments.thresholds.filter));
        error = co_await read_all(loop, options, request, add);
        is_done = !error;
    });
    if (error) {
        return report_failure(*error);
    }
    if (!is_done) {
        app::write_error("interrupted before the stream was read");
        (void)app::finish_quietly(exit);
        return app::kExitFatal;
    }
    return write_report(summing.finish(), arguments.report_format);
}

int plugin_exit_code(fleet::Level level) {
    switch (level) {
        case fleet::Level::kOk:
            return check::kExitGood;
        case fleet::Level::kWarning:
            return check::kExitDegraded;
        case fleet::Level::kCritical:
            return check::kExitUnusable;
        case fleet::Level::kUnknown:
            break;
    }
    return check::kExitCouldNotCheck;
}

/// The present state, and a summary of the last minutes.
class FleetCheck {
  public:
    FleetCheck(const FleetArguments& arguments, const fleet::Options& options)
        : arguments_{arguments},
          options_{options},
          from_{clock_.wall_now() - arguments.since.value_or(kCheckSpan)},
          summing_{summary_options(arguments, from_, base::WallTime::max())} {
        summing_.on_output = [this](const fleet::Sequencer::Output& output) {
            view_.count(output);
        };
    }

    int run() {
        const auto exit = loop_.run(clock_, "fleet", [this]() -> base::Task<void> {
            return base::run_first(read(), time_out());
        });
        if (!is_done_) {
            app::write_error(error_ ? error_->detail : "stopped before the stream was read");
            (void)app::finish_quietly(exit);
            return check::kExitCouldNotCheck;
        }
        const fleet::Summary summary = summing_.finish();
        const fleet::Thresholds& thresholds = arguments_.thresholds;
        auto findings = fleet::assess_state(view_, thresholds, broker_time_.now());
        for (fleet::Finding& finding : fleet::assess_sites(summary, thresholds)) {
            findings.push_back(std::move(finding));
        }
        fleet::sort_findings(findings);
        const std::string text = arguments_.format == WatchFormat::kJson
                                     ? fleet::findings_json(findings, view_, thresholds)
                                     : fleet::findings_text(findings, view_, thresholds);
        return app::write_text(text) ? plugin_exit_code(fleet::worst(findings))
                                     : check::kExitCouldNotCheck;
    }

  private:
    void apply(const fleet::Received& message, bool is_counted) {
        broker_time_.meet(message.stored_at);
        if (const auto report = decoder_.decode(message)) {
            view_.apply(message, *report, is_counted);
        } else if (is_counted) {
            view_.count_malformed(message);
        }
    }

    base::Task<void> read() {
        const std::string subjects = subjects_of(arguments_.thresholds.filter);
        const ReadRequest state = ending(ReadRequest::From::kState, {}, subjects);
        const std::function<void(fleet::Received)> use_state =
            [this](const fleet::Received& message) { apply(message, false); };
        error_ = co_await read_all(loop_, options_, state, use_state);
        if (error_) {
            co_return;
        }
        const ReadRequest minutes = ending(ReadRequest::From::kMoment, from_, subjects);
        const std::function<void(fleet::Received)> use_minutes = [this](fleet::Received message) {
            apply(message, true);
            summing_.add(std::move(message));
        };
        error_ = co_await read_all(loop_, options_, minutes, use_minutes);
        is_done_ = !error_;
    }

    base::Task<void> time_out() {
        co_await clock_.sleep_until(clock_.now() + arguments_.timeout);
        error_ = base::Error{base::ErrorCode::kDeadline,
                             "the stream was not read in time; give a longer --timeout"};
    }

    const FleetArguments& arguments_;
    const fleet::Options& options_;
    app::EventLoop loop_;
    base::SystemClock clock_{loop_.executor()};
    base::WallTime from_;
    fleet::View view_;
    fleet::Decoder decoder_;
    BrokerTime broker_time_{clock_};
    Summing summing_;
    std::optional<base::Error> error_;
    bool is_done_ = false;
};

}  // namespace

int run_fleet(const FleetArguments& arguments) {
    const bool is_check = arguments.action == FleetAction::kCheck;
    const auto options =
        config::read_fleet_options(arguments.config_file, config::process_environment);
    if (!options) {
        if (!is_check) {
            return app::usage_error(options.error().detail);
        }
        app::write_error(options.error().detail);
        return check::kExitCouldNotCheck;
    }
    switch (arguments.action) {
        case FleetAction::kWatch:
            return run_fleet_watch(arguments, *options);
        case FleetAction::kReport:
            return run_fleet_report(arguments, *options);
        case FleetAction::kCheck:
            break;
    }
    FleetCheck check{arguments, *options};
    return check.run();
}

}  // namespace cli
