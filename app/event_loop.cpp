#include "app/event_loop.hpp"

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <memory>
#include <utility>

#include <boost/asio/co_spawn.hpp>

#include "app/error_line.hpp"
#include "app/exit_code.hpp"

namespace app {

EventLoop::EventLoop() : signals_{context_.get_executor(), limits()} {}

supervisor::ProgramExit EventLoop::run(supervisor::Program& program) {
    std::optional<supervisor::ProgramExit> exit;
    std::exception_ptr failure;
    const auto on_end = [&](const std::exception_ptr& error, supervisor::ProgramExit ended) {
        failure = error;
        exit = std::move(ended);
    };
    boost::asio::co_spawn(context_, program.run(), on_end);
    while (!exit && context_.run_one() > 0) {
        ++handlers_;
    }
    if (failure) {
        std::rethrow_exception(failure);
    }
    return std::move(exit).value();
}

supervisor::ProgramExit EventLoop::run(base::Clock& clock, const std::string& name,
                                       std::function<base::Task<void>()> task) {
    supervisor::Child child = supervisor::make_child(name, std::move(task));
    child.kind = supervisor::Kind::kMain;
    supervisor::Environment environment;
    environment.executor = executor();
    environment.clock = &clock;
    std::vector<supervisor::Child> children;
    children.push_back(std::move(child));
    supervisor::Program program{"headmon", std::move(environment), std::move(children), signals_,
                                limits()};
    return run(program);
}

int finish_quietly(const supervisor::ProgramExit& exit) {
    if (exit.abandoned) {
        (void)std::fflush(nullptr);
        std::_Exit(exit.exit_code);
    }
    return exit.exit_code;
}

int finish(const supervisor::ProgramExit& exit) {
    if (exit.exit_code != kExitOk) {
        write_error(exit.line);
    }
    return finish_quietly(exit);
}

base::MonoTime deadline(base::MonoTime now, std::optional<std::chrono::milliseconds> limit) {
    return limit ? now + *limit : base::MonoTime::max();
}

}  // namespace app
