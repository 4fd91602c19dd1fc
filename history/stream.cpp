#include "history/stream.hpp"

#include <utility>

#include "base/notify.hpp"
#include "history/wait_until.hpp"

namespace history {

class Stream::State {
  public:
    State(const boost::asio::any_io_executor& executor, base::Clock& its_clock,
          Database& its_database, std::shared_ptr<StreamJob> its_job, base::MonoTime its_deadline)
        : clock{its_clock},
          database{its_database},
          job{std::move(its_job)},
          deadline{its_deadline},
          wants{executor},
          answers{executor} {}

    base::Clock& clock;
    Database& database;
    std::shared_ptr<StreamJob> job;
    base::MonoTime deadline;
    /// The reader wants a piece, or is gone.
    base::Notify wants;
    bool is_wanted = false;
    bool is_dropped = false;
    /// There is an answer, or the task is over.
    base::Notify answers;
    std::optional<Result<void>> answer;
    bool is_over = false;
    /// What the set-up has made, until the reader asks for it.
    std::optional<std::optional<std::string>> first;
};

namespace {

/// Marks the end of a stream's task.
class StreamEnd {
  public:
    explicit StreamEnd(Stream::State& state) : state_{state} {}
    StreamEnd(const StreamEnd&) = delete;
    StreamEnd& operator=(const StreamEnd&) = delete;
    ~StreamEnd() {
        state_.job->interrupt();
        state_.database.release(Lane::kStream, state_.job);
        state_.is_over = true;
        state_.answers.notify();
    }

  private:
    Stream::State& state_;
};

}  // namespace

std::shared_ptr<Stream::State> make_stream_state(const boost::asio::any_io_executor& executor,
                                                 base::Clock& clock, Database& database,
                                                 std::shared_ptr<StreamJob> job,
                                                 base::MonoTime deadline) {
    return std::make_shared<Stream::State>(executor, clock, database, std::move(job), deadline);
}

base::Task<void> serve_stream(std::shared_ptr<Stream::State> state, Permits::Permit permit) {
    const Permits::Permit held = std::move(permit);
    const StreamEnd end{*state};
    while (!state->is_dropped) {
        if (!co_await wait_until(state->wants, state->clock, state->deadline)) {
            co_return;
        }
        (void)state->wants.take();
        if (!std::exchange(state->is_wanted, false)) {
            continue;
        }
        auto answer = co_await state->database.run(Lane::kStream, state->job);
        const bool is_good = answer.has_value();
        state->answer.emplace(std::move(answer));
        state->answers.notify();
        if (!is_good) {
            co_return;
        }
    }
}

Stream::Stream(std::shared_ptr<State> state) : state_{std::move(state)} {}

Stream::~Stream() {
    if (state_) {
        state_->is_dropped = true;
        state_->job->interrupt();
        state_->wants.notify();
    }
}

base::Task<Result<std::optional<std::string>>> Stream::next() {
    if (auto first = std::exchange(state_->first, std::nullopt)) {
        co_return std::move(*first);
    }
    co_return co_await next_until(state_->deadline);
}

base::Task<std::optional<Error>> Stream::set_up(base::MonoTime deadline) {
    auto piece = co_await next_until(deadline);
    if (!piece) {
        co_return piece.error();
    }
    state_->first.emplace(std::move(*piece));
    co_return std::nullopt;
}

base::Task<Result<std::optional<std::string>>> Stream::next_until(base::MonoTime deadline) {
    const auto state = state_;
    if (!state->is_over) {
        state->is_wanted = true;
        state->wants.notify();
        while (!state->answer && !state->is_over) {
            (void)state->answers.take();
            if (!co_await wait_until(state->answers, state->clock, deadline)) {
                break;
            }
        }
    }
    if (auto answer = std::exchange(state->answer, std::nullopt)) {
        if (!*answer) {
            co_return answer->error();
        }
        co_return state->job->take();
    }
    state->job->interrupt();
    if (state->clock.now() >= deadline) {
        co_return Error{ErrorCode::kTimeout, "the export took too long"};
    }
    co_return Error{ErrorCode::kClosed, "the history is closed"};
}

}  // namespace history
