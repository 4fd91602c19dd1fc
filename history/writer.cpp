#include "history/writer.hpp"

#include <algorithm>
#include <exception>
#include <memory>
#include <optional>
#include <utility>

#include "history/record_job.hpp"

namespace history {

Writer::Writer(base::Clock& clock, Database& database, updates::Broadcast::Queue& queue,
               Backlog& backlog, WriterCounts& counts, std::function<void()> on_recovery,
               std::function<void()> on_written)
    : clock_{clock},
      database_{database},
      queue_{queue},
      backlog_{backlog},
      counts_{counts},
      on_recovery_{std::move(on_recovery)},
      on_written_{std::move(on_written)} {}

base::Task<void> Writer::run() {
    std::exception_ptr end;
    try {
        co_await write_batches();
    } catch (...) {
        end = std::current_exception();
    }
    if (end && !base::is_cancellation(end)) {
        std::rethrow_exception(end);
    }
    co_await base::asio::this_coro::reset_cancellation_state(base::asio::disable_cancellation());
    // A disk that hangs holds nobody up.
    co_await base::run_first(write_the_rest(), clock_.sleep_until(clock_.now() + kLastWords));
    if (end) {
        std::rethrow_exception(end);
    }
}

base::Task<void> Writer::write_batches() {
    bool goes_on = true;
    while (goes_on) {
        goes_on = co_await gather(base::MonoTime::max());
        if (goes_on) {
            co_await write(false);
        }
    }
}

base::Task<void> Writer::write_the_rest() {
    const base::MonoTime until = clock_.now() + kLastWords / 2;
    bool goes_on = true;
    while (goes_on && backlog_.is_run_on() && clock_.now() < until) {
        goes_on = co_await gather(until);
        if (!backlog_.is_empty()) {
            co_await write(false);
        }
    }
    while (auto message = queue_.take()) {
        backlog_.add(std::move(*message), clock_.now());
    }
    if (backlog_.is_sealed()) {
        co_await write(false);
    }
    co_await write(true);
}

/// Takes messages until the next batch is due, or `until`. False: there will be no more.
base::Task<bool> Writer::gather(base::MonoTime until) {
    while (true) {
        while (backlog_.has_room()) {
            auto message = queue_.take();
            if (!message) {
                break;
            }
            backlog_.add(std::move(*message), clock_.now());
        }
        const base::MonoTime due = std::min(until, backlog_.due());
        if (due <= clock_.now()) {
            co_return true;
        }
        bool is_over = false;
        const auto wait = [&]() -> base::Task<void> {
            auto message = co_await queue_.next();
            is_over = !message.has_value();
            if (message) {
                backlog_.add(std::move(*message), clock_.now());
            }
        };
        co_await base::run_first(wait(), clock_.sleep_until(due));
        if (is_over) {
            co_return false;
        }
    }
}

base::Task<void> Writer::write(bool is_last) {
    backlog_.look(clock_.instant(), clock_.asleep());
    const auto batch = backlog_.seal(clock_.wall_now(), is_last);
    const auto job = std::make_shared<RecordJob>(batch);
    const auto result = co_await database_.run(Lane::kWrite, job);
    if (!result) {
        ++counts_.failures;
        counts_.is_failing = true;
        throw WriteError{result.error()};
    }
    ++counts_.batches;
    counts_.messages += batch->messages.size();
    counts_.last_written = clock_.instant();
    counts_.file_bytes = job->file_bytes();
    backlog_.written(clock_.now());
    if (std::exchange(counts_.is_failing, false)) {
        on_recovery_();
    }
    on_written_();
}

}  // namespace history
