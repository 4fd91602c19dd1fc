#include "supervisor/child_runner.hpp"

#include <exception>
#include <functional>
#include <stdexcept>
#include <utility>

#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>

#include "base/printable.hpp"

namespace supervisor {

namespace {

/// Owns the instance for as long as its run takes, however long its parent waits.
base::Task<void> run_instance(std::unique_ptr<Service> instance) {
    co_await instance->run();
}

base::Task<void> run_probe(std::function<base::Task<std::string>()> probe,
                           std::shared_ptr<std::string> answer) {
    *answer = co_await probe();
}

/// Called in a handler: throws on what is no cancellation.
void expect_cancellation(const boost::system::system_error& error) {
    if (error.code() != base::asio::error::operation_aborted) {
        throw;
    }
}

}  // namespace

ChildRunner::ChildRunner(std::shared_ptr<Tree> tree, const Child& child, std::string path,
                         Factory factory)
    : tree_{std::move(tree)}, child_{child}, path_{std::move(path)}, factory_{std::move(factory)} {}

base::Task<void> ChildRunner::run() {
    std::string failure;
    try {
        co_await keep_running();
    } catch (...) {
        if (!base::is_cancellation(std::current_exception())) {
            failure = text_of(std::current_exception());
        }
    }
    status().state = ServiceState::kStopped;
    if (!failure.empty()) {
        // Only a bug in a callback comes here. A tree that silently keeps nothing running is worse
        // than one that ends.
        tree_->end_with(path_, reason(End::kFailed, "its supervision: " + failure));
    }
}

base::Task<void> ChildRunner::keep_running() {
    History history;
    history.seed = tree_->environment.seed ^ std::hash<std::string>{}(path_);
    while (true) {
        const Outcome outcome = co_await run_once();
        auto [decision, next_history] =
            decide(child_.kind, child_.policy, outcome, std::move(history), clock().now());
        history = std::move(next_history);
        if (stopping_ && child_.kind == Kind::kRestartable) {
            // Neither a restart nor a budget matters any more.
            decision = Stop{};
        }
        report(outcome, decision, history.failures);
        if (const auto* restart = std::get_if<Restart>(&decision)) {
            co_await wait_for_restart(restart->after);
            ++status().restarts;
            continue;
        }
        if (stopping_) {
            co_return;
        }
        co_await clock().sleep_until(base::MonoTime::max());
    }
}

base::Task<Outcome> ChildRunner::run_once() {
    Outcome outcome;
    outcome.started = clock().now();
    std::unique_ptr<Service> instance;
    status().state = ServiceState::kRunning;
    try {
        instance = make_instance();
    } catch (...) {
        outcome.end = End::kFailed;
        outcome.detail = "start: " + text_of(std::current_exception());
    }
    if (!instance) {
        co_return outcome;
    }
    set_health(Health::kHealthy, "");
    SpawnedTask task{tree_->environment.executor, run_instance(std::move(instance))};
    bool is_unhealthy = false;
    try {
        if (child_.health) {
            co_await base::run_first(task.wait(), watch_health());
            is_unhealthy = !task.ended();
        } else {
            co_await task.wait();
        }
    } catch (const boost::system::system_error& error) {
        expect_cancellation(error);
    }
    if (probe_) {
        probe_->cancel();
    }
    if (stopping_) {
        // The whole tree ends, and whoever ends it keeps the limit of that.
        co_await base::asio::this_coro::reset_cancellation_state(
            base::asio::disable_cancellation());
    }
    if (!task.ended()) {
        co_await end_task(task);
    }
    co_return outcome_of(task, is_unhealthy, outcome.started);
}

std::unique_ptr<Service> ChildRunner::make_instance() {
    auto instance = factory_();
    if (!instance) {
        throw std::runtime_error{"the factory built nothing"};
    }
    return instance;
}

base::Task<void> ChildRunner::end_task(SpawnedTask& task) {
    task.cancel();
    if (!stopping_) {
        const auto deadline = clock().now() + tree_->environment.stop_limit;
        try {
            co_await base::run_first(task.wait(), clock().sleep_until(deadline));
        } catch (const boost::system::system_error& error) {
            expect_cancellation(error);
        }
        if (!stopping_) {
            co_return;
        }
        co_await base::asio::this_coro::reset_cancellation_state(
            base::asio::disable_cancellation());
    }
    co_await task.wait();
}

Outcome ChildRunner::outcome_of(const SpawnedTask& task, bool is_unhealthy,
                                base::MonoTime started) const {
    Outcome outcome;
    outcome.started = started;
    const bool is_clean = !task.error() || base::is_cancellation(task.error());
    if (!task.ended()) {
        outcome.end = End::kTimeout;
        outcome.detail = "unhealthy, and did not end within " +
                         to_string(tree_->environment.stop_limit) + " when told to";
    } else if (is_unhealthy) {
        outcome.end = End::kUnhealthy;
        outcome.detail = unhealthy_detail_;
    } else if (stopping_ && is_clean) {
        outcome.end = End::kCancelled;
    } else if (task.error()) {
        outcome.end = End::kFailed;
        outcome.detail = text_of(task.error());
    }
    return outcome;
}

base::Task<void> ChildRunner::watch_health() {
    const HealthCheck& health = *child_.health;
    std::uint32_t failures = 0;
    while (true) {
        co_await clock().sleep_until(clock().now() + health.interval);
        const std::string wrong = co_await check_health();
        if (wrong.empty()) {
            failures = 0;
            set_health(Health::kHealthy, "");
            continue;
        }
        ++failures;
        unhealthy_detail_ = base::printable(wrong, 200);
        if (failures >= health.threshold) {
            set_health(Health::kUnhealthy, unhealthy_detail_);
            co_return;
        }
        set_health(Health::kDegraded, unhealthy_detail_);
    }
}

base::Task<std::string> ChildRunner::check_health() {
    if (probe_ && !probe_->ended()) {
        co_return "an earlier check still runs";
    }
    const auto answer = std::make_shared<std::string>();
    probe_.emplace(tree_->environment.executor, run_probe(child_.health->probe, answer));
    const auto deadline = clock().now() + child_.health->timeout;
    co_await base::run_first(probe_->wait(), clock().sleep_until(deadline));
    if (!probe_->ended()) {
        probe_->cancel();
        co_return "no answer within " + to_string(child_.health->timeout);
    }
    if (probe_->error()) {
        co_return text_of(probe_->error());
    }
    co_return *answer;
}

base::Task<void> ChildRunner::wait_for_restart(base::Duration after) {
    const auto now = clock().now();
    // Without a wait, a factory that always throws would keep the loop from turning.
    co_await base::asio::post(tree_->environment.executor, base::asio::use_awaitable);
    if (!child_.restart_trigger || after <= child_.restart_trigger->not_before) {
        co_await clock().sleep_until(now + after);
        co_return;
    }
    co_await base::run_first(clock().sleep_until(now + after),
                             wait_for_trigger(now + child_.restart_trigger->not_before));
}

base::Task<void> ChildRunner::wait_for_trigger(base::MonoTime not_before) {
    co_await clock().sleep_until(not_before);
    co_await child_.restart_trigger->wait();
}

void ChildRunner::report(const Outcome& outcome, const Decision& decision, std::uint32_t failures) {
    ServiceEnd end;
    end.service = path_;
    end.end = outcome.end;
    end.detail = outcome.detail;
    end.failures = failures;
    end.at = clock().instant();
    bool is_done = false;
    if (const auto* restart = std::get_if<Restart>(&decision)) {
        status().state = ServiceState::kWaiting;
        end.restart_after = restart->after;
    } else {
        const auto& stop = std::get<Stop>(decision);
        status().state = ServiceState::kStopped;
        end.fatal = stop.fatal;
        is_done = stop.is_done;
        if (stop.budget_exhausted) {
            end.detail += end.detail.empty() ? "budget spent" : " (budget spent)";
        }
    }
    status().abandoned += outcome.end == End::kTimeout ? 1 : 0;
    status().last_end = end.end;
    status().last_detail = end.detail;
    const Environment& environment = tree_->environment;
    if (environment.on_service_end) {
        environment.on_service_end(end);
    }
    if (end.fatal) {
        tree_->end_with(path_, reason(end.end, end.detail));
    }
    if (is_done && environment.on_done) {
        environment.on_done();
    }
}

void ChildRunner::set_health(Health health, const std::string& detail) {
    if (std::exchange(status().health, health) == health || !tree_->environment.on_health) {
        return;
    }
    HealthChanged changed;
    changed.service = path_;
    changed.health = health;
    changed.detail = detail;
    changed.at = clock().instant();
    tree_->environment.on_health(changed);
}

}  // namespace supervisor
