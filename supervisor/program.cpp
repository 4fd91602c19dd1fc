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
      root_{std::move(name), with_our_listener(std::move(environment)), std::move(children)} {}

Environment Program::with_our_listener(Environment environment) {
    environment.on_fatal = [this, theirs = std::move(environment.on_fatal)](const FatalEnd& end) {
        // A signal wins: one that came before, but was not read yet, is the cause.
        take_signals();
        shutdown_.fatal(end.service, end.what(), clock_.now());
        changed_.notify();
        if (theirs) {
            theirs(end);
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

base::Task<Verdict> Program::run() {
    take_signals();
    if (shutdown_.phase() != Shutdown::Phase::kRunning) {
        settle(nullptr);
        co_return shutdown_.verdict({});
    }
    Job job{executor_, root_.run()};
    while (true) {
        co_await wait_for_change(job);
        static_cast<void>(changed_.take());
        take_signals();
        if (job.ended()) {
            if (job.error() && !told_to_end_ && !root_.fatal_end()) {
                shutdown_.fatal(root_.name(), "failed: " + text_of(job.error()), clock_.now());
            }
            shutdown_.ended();
        }
        shutdown_.passed(clock_.now());
        settle(&job);
        if (shutdown_.phase() == Shutdown::Phase::kOver) {
            co_return shutdown_.verdict(running());
        }
    }
}

base::Task<void> Program::wait_for_change(const Job& job) {
    const auto deadline = shutdown_.deadline().value_or(base::MonoTime::max());
    co_await base::run_first(changed_.wait(), source_.wait(), job.wait(),
                             clock_.sleep_until(deadline));
}

void Program::take_signals() {
    while (const auto signal = source_.take()) {
        shutdown_.signalled(*signal, clock_.now());
    }
}

void Program::settle(Job* job) {
    if (shutdown_.phase() == Shutdown::Phase::kRunning) {
        return;
    }
    const auto now = clock_.now();
    source_.arm(shutdown_.deadline().value_or(now) - now + limits_.alarm_behind,
                base::printable(shutdown_.cause(), 500));
    if (std::exchange(told_to_end_, true)) {
        return;
    }
    if (on_stopping_) {
        on_stopping_(shutdown_.cause());
    }
    if (job != nullptr) {
        job->cancel();
    }
}

std::vector<std::string> Program::running() const {
    std::vector<std::string> names;
    for (const Status& status : root_.status()) {
        if (!status.is_group &&
            (status.state == ServiceState::kRunning || status.left_behind > 0)) {
            names.push_back(status.service);
        }
    }
    return names;
}

}  // namespace supervisor
