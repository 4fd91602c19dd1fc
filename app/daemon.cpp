#include "app/daemon.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <iterator>
#include <string>
#include <utility>

#include "app/exit_code.hpp"
#include "app/history_state.hpp"
#include "app/state_output.hpp"
#include "base/printable.hpp"

namespace app {
namespace {

/// How long the end of the program waits for whoever reads the log; within the alarm behind the
/// drain.
constexpr std::chrono::milliseconds kLastLines{300};

}  // namespace

Daemon::Daemon(EventLoop& loop, config::Settings command_line, config::Config config,
               std::optional<FileStamp> config_stamp, const MakeOutputs& make)
    : log_{config.log},
      config_{with_history_state(with_kept_slot_time(std::move(config), log_), log_)},
      core_{loop, config_.monitor, config_.recording},
      candidates_{loop.executor(), core_.candidates, log_, config_},
      systemd_{core_, log_, config::process_environment("NOTIFY_SOCKET").value_or("")},
      reloader_{core_, candidates_, log_, systemd_, std::move(command_line), config_, config_stamp},
      outputs_{make(OutputContext{core_, log_, config_, &candidates_})},
      program_{make_program()} {
    core_.follow(candidates_.nodes());
    for (const auto& output : outputs_) {
        output->on_tree(program_->tree());
    }
}

Daemon::~Daemon() = default;

std::unique_ptr<supervisor::Program> Daemon::make_program() {
    std::vector<supervisor::Child> children;
    const auto add = [&children](std::vector<supervisor::Child> more) {
        std::move(more.begin(), more.end(), std::back_inserter(children));
    };
    add(reloader_.services());
    add(systemd_.services());
    std::vector<supervisor::Child> servers;
    for (const auto& output : outputs_) {
        add(output->services());
        std::vector<supervisor::Child> more = output->servers();
        std::move(more.begin(), more.end(), std::back_inserter(servers));
    }
    if (!servers.empty()) {
        children.push_back(supervisor::make_group(std::string{config::kWeb}, std::move(servers)));
    }
    auto program = core_.make_program(std::move(children), config_.supervision);
    program->on_stopping([this](const std::string& cause) {
        log_.write(logging::LogLine{
            logging::LogLevel::kInfo, "stopping", {{"why", base::printable(cause, 400)}}});
        systemd_.stopping();
    });
    return program;
}

int Daemon::run() {
    log_start();
    const auto began = core_.clock.now();
    const auto exit = core_.loop.run(*program_);
    log_end(exit, began);
    log_.flush(kLastLines);
    return finish_quietly(exit);
}

void Daemon::log_start() {
    const auto info = [this](std::string message, std::vector<logging::LogField> fields = {}) {
        log_.write(
            logging::LogLine{logging::LogLevel::kInfo, std::move(message), std::move(fields)});
    };
    info("headmon " HEADMON_VERSION " starts");
    for (const std::string& line : program_->tree().describe()) {
        info("tree: " + line);
    }
    if (!core_.clock.kernel_clock()) {
        info("the kernel does not say whether the clock is synchronised",
             {logging::LogField{"advice",
                                "let headmon make the system call clock_adjtime, with which it "
                                "only reads: a container or a filter of system calls forbids it"}});
    }
    for (const auto& output : outputs_) {
        for (const logging::LogLine& line : output->start_lines()) {
            log_.write(line);
        }
    }
    for (const logging::LogLine& line : candidates_.start_lines()) {
        log_.write(line);
    }
    for (const monitor::Candidate& candidate : candidates_.nodes()) {
        info("following node",
             {{"node", candidate.id.name()}, {"origin", candidate.endpoint.url.origin()}});
    }
}

void Daemon::log_end(const supervisor::ProgramExit& exit, base::MonoTime began) {
    const auto ran =
        std::chrono::duration_cast<std::chrono::milliseconds>(core_.clock.now() - began);
    log_.write(logging::LogLine{
        exit.exit_code == kExitOk ? logging::LogLevel::kInfo : logging::LogLevel::kError,
        "stopped",
        {{"why", base::printable(exit.line, 400)},
         {"exit_code", std::int64_t{exit.exit_code}},
         {"ran_ms", std::int64_t{ran.count()}},
         {"ticks", static_cast<std::int64_t>(core_.runs.ticks())},
         {"loop_handlers", static_cast<std::int64_t>(core_.loop.handlers())},
         {"client_wake_ups", static_cast<std::int64_t>(core_.client.wake_ups())}}});
}

}  // namespace app
