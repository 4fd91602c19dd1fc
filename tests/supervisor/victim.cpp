// A program under a supervisor, to be sent signals: `supervisor_victim MODE`. Says "ready" on
// stdout once all runs; its last line goes to stderr. Limits: drain 2 s, after a fatal end 500 ms,
// the alarm 1 s behind: long enough that a busy machine does not mistake slowness for a hang.

#include <pthread.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include "base/system_clock.hpp"
#include "supervisor/program.hpp"

using namespace std::chrono_literals;

namespace {

base::Task<void> stay(base::Clock& clock) {
    co_await clock.sleep_until(base::MonoTime::max());
}

base::Task<void> flicker(base::Clock& clock) {
    co_await clock.sleep_until(clock.now() + 3ms);
    throw std::runtime_error{"flicker"};
}

base::Task<void> ignore_cancellation(base::Clock& clock) {
    co_await base::asio::this_coro::reset_cancellation_state(base::asio::disable_cancellation());
    co_await clock.sleep_until(base::MonoTime::max());
}

void say_ready() {
    std::puts("ready");
    static_cast<void>(std::fflush(stdout));
}

[[noreturn]] void block() {
    while (true) {
        pause();
    }
}

base::Task<void> block_the_loop(base::Clock& clock) {
    co_await clock.sleep_until(clock.now() + 1ms);
    say_ready();
    block();
}

/// Fails at once; the drain that follows is blocked by the other service's end.
base::Task<void> fail(base::Clock& clock) {
    co_await clock.sleep_until(clock.now() + 1ms);
    throw std::runtime_error{"broken"};
}

base::Task<void> block_when_cancelled(base::Clock& clock) {
    try {
        co_await stay(clock);
    } catch (const boost::system::system_error&) {
    }
    block();
}

using Run = base::Task<void> (*)(base::Clock&);

supervisor::Child leaf(base::Clock& clock, const std::string& name, Run run) {
    supervisor::Child child = supervisor::make_child(name, [&clock, run] { return run(clock); });
    child.policy.after_failure = supervisor::FixedDelay{2ms};
    return child;
}

std::vector<supervisor::Child> children_for(const std::string& mode, base::Clock& clock) {
    std::vector<supervisor::Child> children{leaf(clock, "quiet", stay)};
    if (mode == "busy") {
        children.push_back(supervisor::make_group("inner", {leaf(clock, "flicker", flicker)}));
        children.push_back(leaf(clock, "flicker", flicker));
    } else if (mode == "deaf") {
        children.push_back(leaf(clock, "deaf", ignore_cancellation));
    } else if (mode == "blocked") {
        children.push_back(leaf(clock, "blocked", block_the_loop));
    } else if (mode == "fatal" || mode == "fatal-blocked") {
        children.push_back(leaf(clock, "heart", fail));
        children.back().kind = supervisor::Kind::kCritical;
    }
    if (mode == "fatal-blocked") {
        children.push_back(leaf(clock, "late", block_when_cancelled));
    }
    return children;
}

}  // namespace

int main(int argc, char** argv) {
    const std::string mode = argc > 1 ? argv[1] : "";
    if (mode == "masked") {
        sigset_t all;
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, nullptr);
    }
    boost::asio::io_context loop{1};
    const supervisor::ShutdownLimits limits{2s, 500ms, 1s};
    supervisor::StopSignals signals{loop.get_executor(), limits};
    base::SystemClock clock{loop.get_executor()};
    supervisor::Environment environment;
    environment.executor = loop.get_executor();
    environment.clock = &clock;
    supervisor::Program program{"victim", environment, children_for(mode, clock), signals, limits};
    supervisor::ProgramExit program_exit;
    boost::asio::co_spawn(loop, program.run(),
                          [&](const std::exception_ptr& error, supervisor::ProgramExit last) {
                              if (error) {
                                  std::rethrow_exception(error);
                              }
                              program_exit = std::move(last);
                              loop.stop();
                          });
    if (mode != "blocked") {
        // Behind the program's own start in the loop's queue.
        boost::asio::post(loop, say_ready);
    }
    loop.run();
    static_cast<void>(std::fprintf(stderr, "%s\n", program_exit.line.c_str()));
    if (program_exit.abandoned) {
        std::_Exit(program_exit.exit_code);
    }
    if (mode == "stuck-at-exit") {
        block();
    }
    return program_exit.exit_code;
}
