#include "supervisor/spawned_task.hpp"

#include <utility>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>

#include "base/notify.hpp"
#include "base/printable.hpp"

namespace supervisor {

std::string text_of(const std::exception_ptr& error) {
    try {
        std::rethrow_exception(error);
    } catch (const std::exception& e) {
        return base::printable(e.what(), 200);
    } catch (...) {
        return "an exception that is no std::exception";
    }
}

struct SpawnedTask::State {
    explicit State(const base::asio::any_io_executor& executor) : end{executor} {}

    base::asio::cancellation_signal cancel;
    base::Notify end;
    std::exception_ptr error;
    bool ended = false;
};

namespace {

template <class State>
base::Task<void> wait_for_end(std::shared_ptr<State> state) {
    // The notification stays due, so that every later wait returns at once.
    co_await state->end.wait();
}

}  // namespace

SpawnedTask::SpawnedTask(const base::asio::any_io_executor& executor, base::Task<void> task)
    : state_{std::make_shared<State>(executor)} {
    base::asio::co_spawn(
        executor, std::move(task),
        base::asio::bind_cancellation_slot(state_->cancel.slot(),
                                           [state = state_](const std::exception_ptr& error) {
                                               state->error = error;
                                               state->ended = true;
                                               state->end.notify();
                                           }));
}

void SpawnedTask::cancel() {
    if (!state_->ended) {
        state_->cancel.emit(base::asio::cancellation_type::terminal);
    }
}

bool SpawnedTask::ended() const {
    return state_->ended;
}

std::exception_ptr SpawnedTask::error() const {
    return state_->error;
}

base::Task<void> SpawnedTask::wait() const {
    return wait_for_end(state_);
}

}  // namespace supervisor
