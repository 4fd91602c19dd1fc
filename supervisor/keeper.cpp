#include "supervisor/keeper.hpp"

#include <exception>
#include <functional>
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

base::Task<void> ask(std::function<base::Task<std::string>()> probe,
                     std::shared_ptr<std::string> answer) {
    *answer = co_await probe();
}

/// Throws on what is no cancellation.
void expect_cancellation(const boost::system::system_error& error) {
    if (error.code() != base::asio::error::operation_aborted) {
        throw error;
    }
}

}  // namespace

bool Statuses::add(Status status) {
    if (!places_.emplace(status.service, all_.size()).second) {
        return false;
    }
    all_.push_back(std::move(status));
    return true;
}

Status& Statuses::at(const std::string& path) {
    return all_.at(places_.at(path));
}

Supervisor::Tree::Tree(Environment made_environment)
    : environment{std::move(made_environment)}, fatal{environment.executor} {}

void Supervisor::Tree::end_with(const std::string& service, const std::string& reason) {
    if (fatal_end) {
        return;
    }
    fatal_end.emplace(service, reason);
    fatal.notify();
    if (environment.on_fatal) {
        environment.on_fatal(*fatal_end);
    }
}

Supervisor::Keeper::Keeper(std::shared_ptr<Tree> tree, const Child& child, std::string path)
    : tree_{std::move(tree)}, child_{child}, path_{std::move(path)} {}

base::Task<void> Supervisor::Keeper::run() {
    std::string failure;
    try {
        co_await keep();
    } catch (...) {
        if (!base::is_cancellation(std::current_exception())) {
            failure = text_of(std::current_exception());
        }
    }
    status().state = ServiceState::kStopped;
    if (!failure.empty()) {
        // Only a bug in a callback comes here. A tree that silently keeps nothing running is worse
        // than one that ends.
        tree_->end_with(path_, "failed: its supervision: " + failure);
    }
}

base::Task<void> Supervisor::Keeper::keep() {
    History history;
    history.seed = tree_->environment.seed ^ std::hash<std::string>{}(path_);
    while (true) {
        const Outcome outcome = co_await run_once();
        auto [decision, next_history] =
            decide(child_.kind, child_.policy, outcome, std::move(history), clock().now());
        history = std::move(next_history);
        if (stopping_ && child_.kind == Kind::kRestartable) {
            // Neither a restart nor a budget matters any more.
            decision = Stop{reason(outcome), false};
        }
        tell(outcome, decision, history);
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

base::Task<Outcome> Supervisor::Keeper::run_once() {
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
    Job job{tree_->environment.executor, run_instance(std::move(instance))};
    bool is_unhealthy = false;
    try {
        if (child_.health) {
            co_await base::run_first(job.wait(), watch_health());
            is_unhealthy = !job.ended();
        } else {
            co_await job.wait();
        }
    } catch (const boost::system::system_error& error) {
        expect_cancellation(error);
    }
    if (probe_) {
        probe_->cancel();
    }
    if (stopping_) {
        // The whole tree ends, and the limit of that is not ours to hold.
        co_await base::asio::this_coro::reset_cancellation_state(
            base::asio::disable_cancellation());
    }
    if (!job.ended()) {
        co_await end_job(job);
    }
    co_return outcome_of(job, is_unhealthy, outcome.started);
}

std::unique_ptr<Service> Supervisor::Keeper::make_instance() {
    if (!child_.children.empty()) {
        return Supervisor::make_nested(child_, tree_, path_);
    }
    auto instance = child_.factory();
    if (!instance) {
        throw std::runtime_error{"the factory built nothing"};
    }
    return instance;
}

base::Task<void> Supervisor::Keeper::end_job(Job& job) {
    job.cancel();
    if (!stopping_) {
        const auto deadline = clock().now() + tree_->environment.stop_limit;
        try {
            co_await base::run_first(job.wait(), clock().sleep_until(deadline));
        } catch (const boost::system::system_error& error) {
            expect_cancellation(error);
        }
        if (!stopping_) {
            co_return;
        }
        co_await base::asio::this_coro::reset_cancellation_state(
            base::asio::disable_cancellation());
    }
    co_await job.wait();
}

Outcome Supervisor::Keeper::outcome_of(const Job& job, bool is_unhealthy,
                                       base::MonoTime started) const {
    Outcome outcome;
    outcome.started = started;
    const bool is_clean = !job.error() || base::is_cancellation(job.error());
    if (!job.ended()) {
        outcome.end = End::kTimeout;
        outcome.detail = "unhealthy, and did not end within " +
                         to_string(tree_->environment.stop_limit) + " when told to";
    } else if (is_unhealthy) {
        outcome.end = End::kUnhealthy;
        outcome.detail = unhealthy_detail_;
    } else if (stopping_ && is_clean) {
        outcome.end = End::kCancelled;
    } else if (job.error()) {
        outcome.end = End::kFailed;
        outcome.detail = text_of(job.error());
    }
    return outcome;
}

base::Task<void> Supervisor::Keeper::watch_health() {
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

base::Task<std::string> Supervisor::Keeper::check_health() {
    if (probe_ && !probe_->ended()) {
        co_return "an earlier check still runs";
    }
    const auto answer = std::make_shared<std::string>();
    probe_.emplace(tree_->environment.executor, ask(child_.health->probe, answer));
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

base::Task<void> Supervisor::Keeper::wait_for_restart(base::Duration after) {
    const auto now = clock().now();
    // Without a wait, a factory that always throws would keep the loop from turning.
    co_await base::asio::post(tree_->environment.executor, base::asio::use_awaitable);
    if (!child_.early_start || after <= child_.early_start->not_before) {
        co_await clock().sleep_until(now + after);
        co_return;
    }
    co_await base::run_first(clock().sleep_until(now + after),
                             wait_for_early_start(now + child_.early_start->not_before));
}

base::Task<void> Supervisor::Keeper::wait_for_early_start(base::MonoTime not_before) {
    co_await clock().sleep_until(not_before);
    co_await child_.early_start->wait();
}

void Supervisor::Keeper::tell(const Outcome& outcome, const Decision& decision,
                              const History& history) {
    Notice notice;
    notice.service = path_;
    notice.end = outcome.end;
    notice.reason = reason(outcome);
    notice.failures = history.failures;
    notice.at = clock().instant();
    if (const auto* restart = std::get_if<Restart>(&decision)) {
        status().state = ServiceState::kWaiting;
        notice.restart_after = restart->after;
    } else {
        const auto& stop = std::get<Stop>(decision);
        status().state = ServiceState::kStopped;
        notice.reason = stop.why;
        notice.fatal = stop.fatal;
    }
    status().left_behind += outcome.end == End::kTimeout ? 1 : 0;
    status().last_reason = notice.reason;
    if (tree_->environment.on_notice) {
        tree_->environment.on_notice(notice);
    }
    if (notice.fatal) {
        tree_->end_with(path_, notice.reason);
    }
}

void Supervisor::Keeper::set_health(Health health, const std::string& detail) {
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
