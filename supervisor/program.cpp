#include "supervisor/program.hpp"

#include <utility>

#include "base/printable.hpp"

namespace supervisor {

Program::Program(std::string name, Environment environment, std::vector<Child> children,
                 StopSource& source, ShutdownLimits limits)
    : clock_{*environment.clock},
      executor_{environment.executor},
      source_{source},
      limits_{limits},
      shutdown_{limits},
      changed_{environment.executor},
      root_{std::move(name), with_our_listeners(std::move(environment)), std::move(children)} {}

Environment Program::with_our_listeners(Environment environment) {
    environment.on_fatal = [this, theirs = std::move(environment.on_fatal)](const FatalEnd& end) {
        // A signal wins: one that came before, but was not read yet, is the cause.
        take_signals();
        shutdown_.fatal(end.service, end.what(), clock_.now());
        changed_.notify();
        if (theirs) {
            theirs(end);
        }
    };
    environment.on_done = [this, theirs = std::move(environment.on_done)] {
        stop("done");
        if (theirs) {
            theirs();
        }
    };
    return environment;
}

void Program::on_stopping(std::function<void(const std::string&)> listener) {
    on_stopping_ = std::move(listener);
}

void Program::stop(std::string why) {
    take_signals();
    shutdown_.asked(std::move(why), clock_.now());
    changed_.notify();
}

base::Task<ProgramExit> Program::run() {
    take_signals();
    if (shutdown_.phase() != Shutdown::Phase::kRunning) {
        settle(nullptr);
        co_return shutdown_.program_exit({});
    }
    SpawnedTask root{executor_, root_.run()};
    while (true) {
        co_await wait_for_change(root);
        static_cast<void>(changed_.take());
        take_signals();
        if (root.ended()) {
            if (root.error() && !is_ending_ && !root_.fatal_end()) {
                shutdown_.fatal(root_.name(), reason(End::kFailed, text_of(root.error())),
                                clock_.now());
            }
            shutdown_.ended();
        }
        shutdown_.passed(clock_.now());
        settle(&root);
        if (shutdown_.phase() == Shutdown::Phase::kOver) {
            co_return shutdown_.program_exit(running());
        }
    }
}

base::Task<void> Program::wait_for_change(const SpawnedTask& root) {
    const auto deadline = shutdown_.deadline().value_or(base::MonoTime::max());
    co_await base::run_first(changed_.wait(), source_.wait(), root.wait(),
                             clock_.sleep_until(deadline));
}

void Program::take_signals() {
    while (const auto signal = source_.take()) {
        shutdown_.signalled(*signal, clock_.now());
    }
}

void Program::settle(SpawnedTask* root) {
    if (shutdown_.phase() == Shutdown::Phase::kRunning) {
        return;
    }
    const auto now = clock_.now();
    source_.arm(shutdown_.deadline().value_or(now) - now + limits_.alarm_behind,
                base::printable(shutdown_.cause(), 500));
    if (std::exchange(is_ending_, true)) {
        return;
    }
    if (on_stopping_) {
        on_stopping_(shutdown_.cause());
    }
    if (root != nullptr) {
        root->cancel();
    }
}

std::vector<std::string> Program::running() const {
    std::vector<std::string> names;
    for (const Status& status : root_.status()) {
        if (!status.is_group && (status.state == ServiceState::kRunning || status.abandoned > 0)) {
            names.push_back(status.service);
        }
    }
    return names;
}

}  // namespace supervisor
