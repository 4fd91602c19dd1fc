#include "cli/command.hpp"

#include <sys/prctl.h>
#include <sys/resource.h>

#include <csignal>
#include <cstdio>
#include <exception>
#include <string>
#include <variant>
#include <vector>

#include "app/error_line.hpp"
#include "app/exit_code.hpp"
#include "app/open_files.hpp"
#include "cli/arguments.hpp"
#include "cli/candidates.hpp"
#include "cli/check.hpp"
#include "cli/config_command.hpp"
#include "cli/demo.hpp"
#include "cli/doctor.hpp"
#include "cli/events.hpp"
#include "cli/fleet.hpp"
#include "cli/haproxy.hpp"
#include "cli/healthcheck.hpp"
#include "cli/history.hpp"
#include "cli/record.hpp"
#include "cli/recording_command.hpp"
#include "cli/replay.hpp"
#include "cli/report.hpp"
#include "cli/run.hpp"
#include "cli/simulate.hpp"
#include "cli/watch.hpp"

namespace cli {
namespace {

struct Run {
    int operator()(const Finished& finished) const {
        std::string text = finished.text;
        if (!text.ends_with('\n')) {
            text += '\n';
        }
        if (finished.exit_code == app::kExitOk) {
            return app::write_text(text) ? app::kExitOk : app::kExitFatal;
        }
        (void)std::fwrite(text.data(), 1, text.size(), stderr);
        return finished.exit_code;
    }
    int operator()(const RunArguments& arguments) const { return run_daemon(arguments); }
    int operator()(const WatchArguments& arguments) const { return run_watch(arguments); }
    int operator()(const CheckArguments& arguments) const { return run_check(arguments); }
    int operator()(const DoctorArguments& arguments) const { return run_doctor(arguments); }
    int operator()(const EventsArguments& arguments) const { return run_events(arguments); }
    int operator()(const SimulateArguments& arguments) const { return run_simulate(arguments); }
    int operator()(const DemoArguments& arguments) const { return run_demo(arguments); }
    int operator()(const ReportArguments& arguments) const { return run_report(arguments); }
    int operator()(const HistoryArguments& arguments) const { return run_history(arguments); }
    int operator()(const CandidatesArguments& arguments) const { return run_candidates(arguments); }
    int operator()(const HaproxyArguments& arguments) const { return run_haproxy(arguments); }
    int operator()(const ConfigArguments& arguments) const { return run_config(arguments); }
    int operator()(const RecordArguments& arguments) const { return run_record(arguments); }
    int operator()(const ReplayArguments& arguments) const { return run_replay(arguments); }
    int operator()(const RecordingArguments& arguments) const { return run_recording(arguments); }
    int operator()(const FleetArguments& arguments) const { return run_fleet(arguments); }
    int operator()(const HealthcheckArguments& arguments) const {
        return run_healthcheck(arguments);
    }
};

/// URLs and headers live in this process's memory, so it leaves no image of it behind. The limit
/// alone does not stop a core that the kernel hands to a program.
void forbid_core_files() {
    const rlimit none{0, 0};
    (void)::setrlimit(RLIMIT_CORE, &none);
    (void)::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

}  // namespace

int run_command(int argc, const char* const* argv) {
    try {
        // A reader that goes away is noticed by the failing write.
        (void)std::signal(SIGPIPE, SIG_IGN);
        const Arguments arguments = parse_arguments(std::vector<std::string>(argv, argv + argc));
        if (!arguments.core_files) {
            forbid_core_files();
        }
        // A node takes up to three sockets, and up to eight while it is checked.
        (void)app::raise_open_files();
        return std::visit(Run{}, arguments.command);
    } catch (const std::exception& error) {
        app::write_error(error.what());
        return app::kExitFatal;
    }
}

}  // namespace cli
