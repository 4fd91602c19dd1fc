#include "cli/record.hpp"

#include <fmt/core.h>

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "app/core.hpp"
#include "app/error_line.hpp"
#include "app/event_loop.hpp"
#include "app/exit_code.hpp"
#include "base/printable.hpp"

namespace cli {
namespace {

/// Tells once what keeps it from recording, and once when it goes on.
base::Task<void> tell_problems(app::Core& core) {
    constexpr std::chrono::seconds kLook{1};
    std::string told;
    while (true) {
        co_await core.clock.sleep_until(core.clock.now() + kLook);
        const std::string problem = core.recorder->find_problem();
        if (!problem.empty() && told.empty()) {
            app::write_error("not recorded: " + problem + "; it is tried again every ten seconds");
        } else if (problem.empty() && !told.empty()) {
            app::write_error("recorded again");
        }
        told = problem;
    }
}

}  // namespace

int run_record(const RecordArguments& arguments) {
    app::EventLoop loop;
    auto config = config::make_config(arguments.settings, config::process_environment);
    if (!config) {
        return app::usage_error(config.error().detail);
    }
    config->recording.path = arguments.directory;
    try {
        app::Core core{loop, config->monitor, config->recording};
        core.follow(config->candidates);
        if (!app::write_text(fmt::format("Recording {} nodes into {}; Ctrl-C ends it.\n",
                                         config->candidates.size(),
                                         base::printable(arguments.directory, 400)))) {
            return app::kExitFatal;
        }
        std::vector<supervisor::Child> others;
        others.push_back(supervisor::make_child("end", [&core, &arguments] {
            return base::run_first(
                core.clock.sleep_until(app::deadline(core.clock.now(), arguments.duration)),
                tell_problems(core));
        }));
        others.back().kind = supervisor::Kind::kMain;
        const auto exit = [&] {
            const auto program = core.make_program(std::move(others), config->supervision);
            return core.loop.run(*program);
        }();
        const std::uint64_t lost = core.recorder->lost();
        if (lost > 0) {
            app::write_error(fmt::format("{} entries are missing in it", lost));
            (void)app::finish_quietly(exit);
            return app::kExitFatal;
        }
        return app::finish(exit);
    } catch (const recording::DirectoryError& error) {
        return app::usage_error(error.what());
    }
}

}  // namespace cli
