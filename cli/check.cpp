#include "cli/check.hpp"

#include <string>
#include <utility>

#include "app/error_line.hpp"
#include "app/event_loop.hpp"
#include "app/exit_code.hpp"
#include "base/system_clock.hpp"
#include "check/table.hpp"

namespace cli {
namespace {

check::CheckContext context_of(const config::Config& config, const base::Clock& clock) {
    check::CheckContext context;
    context.kernel = clock.kernel_clock();
    if (const auto& slot_time = config.monitor.slot_time) {
        context.network = monitor::ConfiguredNetwork::of(slot_time->clock);
    }
    return context;
}

}  // namespace

std::optional<check::Checked> probe_once(const config::Config& config,
                                         check::ProbeOptions options) {
    app::EventLoop loop;
    base::SystemClock clock{loop.executor()};
    http::Client client{loop.executor(), clock};
    if (config.monitor.slot_time) {
        options.slot_duration = config.monitor.slot_time->clock.slot_duration();
    }
    std::optional<std::vector<check::NodeReport>> reports;
    const auto end = loop.run(clock, "probe", [&]() -> base::Task<void> {
        reports = co_await check::probe_nodes(client, clock, config.candidates, options);
    });
    if (!reports) {
        app::write_error("interrupted before every node was checked");
        (void)app::finish_quietly(end);
        return std::nullopt;
    }
    check::Checked checked;
    checked.assessment = check::assess(*reports, context_of(config, clock));
    checked.reports = std::move(*reports);
    return checked;
}

int could_not_check(std::string_view why) {
    app::write_error(why);
    return check::kExitCouldNotCheck;
}

int report(std::string_view text, check::Severity severity) {
    return app::write_text(text) ? check::exit_code_of(severity) : check::kExitCouldNotCheck;
}

int run_check(const CheckArguments& arguments) {
    const auto config = config::make_config(arguments.settings, config::process_environment);
    if (!config) {
        return could_not_check(config.error().detail);
    }
    check::ProbeOptions options;
    options.timeout = arguments.timeout;
    options.wait = arguments.wait;
    const auto checked = probe_once(*config, options);
    if (!checked) {
        return check::kExitCouldNotCheck;
    }
    const bool is_json = arguments.format == WatchFormat::kJson;
    return report(is_json ? check::check_json(*checked) : check::check_table(*checked),
                  checked->assessment.severity);
}

}  // namespace cli
