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

supervisor::Verdict EventLoop::run(supervisor::Program& program) {
    std::optional<supervisor::Verdict> verdict;
    std::exception_ptr failure;
    const auto on_end = [&](const std::exception_ptr& error, supervisor::Verdict last_word) {
        failure = error;
        verdict = std::move(last_word);
    };
    boost::asio::co_spawn(context_, program.run(), on_end);
    while (!verdict && context_.run_one() > 0) {
        ++handlers_;
    }
    if (failure) {
        std::rethrow_exception(failure);
    }
    return std::move(verdict).value();
}

supervisor::Verdict EventLoop::run(base::Clock& clock, const std::string& name,
                              std::function<base::Task<void>()> task) {
    std::unique_ptr<supervisor::Program> program;
    const auto whole = [&]() -> base::Task<void> {
        co_await task();
        program->stop("done");
        co_await clock.sleep_until(base::MonoTime::max());
    };
    supervisor::Child child;
    child.name = name;
    child.kind = supervisor::Kind::kCritical;
    child.factory = [&] { return supervisor::make_service(name, whole); };
    supervisor::Environment environment;
    environment.executor = executor();
    environment.clock = &clock;
    std::vector<supervisor::Child> children;
    children.push_back(std::move(child));
    program = std::make_unique<supervisor::Program>("headmon", std::move(environment),
                                                    std::move(children), signals_, limits());
    return run(*program);
}

int finish_quietly(const supervisor::Verdict& verdict) {
    if (verdict.left_behind) {
        (void)std::fflush(nullptr);
        std::_Exit(verdict.exit_code);
    }
    return verdict.exit_code;
}

int finish(const supervisor::Verdict& verdict) {
    if (verdict.exit_code != kExitOk) {
        write_error(verdict.line);
    }
    return finish_quietly(verdict);
}

base::MonoTime deadline(base::MonoTime now, std::optional<std::chrono::milliseconds> limit) {
    return limit ? now + *limit : base::MonoTime::max();
}

}  // namespace app
