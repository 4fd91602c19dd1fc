#include "history/reader.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

#include "history/wait_until.hpp"

namespace history {

/// Where an answer is put for who waits for it.
class Reader::Reply {
  public:
    explicit Reply(const boost::asio::any_io_executor& executor) : news{executor} {}

    base::Notify news;
    std::optional<Result<void>> answer;
};

/// A read with its permit: both go together. One that is destroyed unanswered says so.
class Reader::Request {
  public:
    Request(std::shared_ptr<Job> its_job, Permits::Permit permit, std::shared_ptr<Reply> reply)
        : job{std::move(its_job)}, permit_{std::move(permit)}, reply_{std::move(reply)} {}
    Request(const Request&) = delete;
    Request& operator=(const Request&) = delete;
    ~Request() {
        if (!reply_->answer) {
            job->interrupt();
            answer(Error{ErrorCode::kClosed, "the history is being closed"});
        }
    }

    void answer(Result<void> result) {
        reply_->answer.emplace(std::move(result));
        reply_->news.notify();
    }

    std::shared_ptr<Job> job;

  private:
    Permits::Permit permit_;
    std::shared_ptr<Reply> reply_;
};

/// Whatever ends the dispatching: first of all nobody gets a permit any more.
class Reader::CloseAtEnd {
  public:
    explicit CloseAtEnd(Reader& reader) : reader_{reader} {}
    CloseAtEnd(const CloseAtEnd&) = delete;
    CloseAtEnd& operator=(const CloseAtEnd&) = delete;
    ~CloseAtEnd() { reader_.close(); }

  private:
    Reader& reader_;
};

namespace {

/// Interrupts a job whose answer nobody waits for any more.
class InterruptAtEnd {
  public:
    explicit InterruptAtEnd(Job& job) : job_{job} {}
    InterruptAtEnd(const InterruptAtEnd&) = delete;
    InterruptAtEnd& operator=(const InterruptAtEnd&) = delete;
    ~InterruptAtEnd() { job_.interrupt(); }

  private:
    Job& job_;
};

}  // namespace

Reader::Reader(boost::asio::any_io_executor executor, base::Clock& clock, Database& database,
               Permits& permits, ReaderLimits limits, OnTimeout on_timeout)
    : executor_{std::move(executor)},
      clock_{clock},
      database_{database},
      permits_{permits},
      limits_{limits},
      on_timeout_{std::move(on_timeout)},
      stream_permits_{executor_, limits.streams},
      news_{executor_},
      served_{executor_} {
    permits_.close();
    stream_permits_.close();
}

Reader::~Reader() {
    close();
}

base::Task<void> Reader::run() {
    permits_.open();
    stream_permits_.open();
    co_await base::run_first(served_.run(), dispatch());
}

void Reader::close() {
    permits_.close();
    stream_permits_.close();
    queue_.clear();
}

base::Task<void> Reader::dispatch() {
    const CloseAtEnd end{*this};
    while (true) {
        co_await news_.wait();
        (void)news_.take();
        while (!queue_.empty()) {
            auto request = std::move(queue_.front());
            queue_.pop_front();
            served_.spawn(serve(std::move(request)));
        }
    }
}

base::Task<void> Reader::serve(std::unique_ptr<Request> request) {
    const auto held = std::move(request);
    if (held->job->is_interrupted()) {
        co_return;
    }
    try {
        auto result = co_await database_.run(Lane::kRead, held->job);
        held->answer(std::move(result));
    } catch (...) {
        // The reader ends: this permit, which comes back now, is nobody's any more.
        close();
        throw;
    }
}

base::Task<Result<Permits::Permit>> Reader::acquire(Permits& permits, base::MonoTime deadline) {
    std::optional<Result<Permits::Permit>> acquired;
    const auto wait = [&]() -> base::Task<void> {
        auto answer = co_await permits.acquire();
        acquired.emplace(std::move(answer));
    };
    co_await base::run_first(wait(), clock_.sleep_until(deadline));
    if (!acquired) {
        co_return Error{ErrorCode::kTimeout, ""};
    }
    co_return std::move(*acquired);
}

base::Task<Result<void>> Reader::read(std::shared_ptr<Job> job) {
    const base::MonoTime deadline = clock_.now() + limits_.read_time;
    const InterruptAtEnd end{*job};
    auto permit = co_await acquire(permits_, deadline);
    if (!permit) {
        co_return permit.error().code == ErrorCode::kTimeout ? timed_out(*job) : permit.error();
    }
    // It is ours alone: whoever has a permit has a place.
    assert(queue_.size() < permits_.count());
    const auto reply = std::make_shared<Reply>(executor_);
    queue_.push_back(std::make_unique<Request>(job, std::move(*permit), reply));
    news_.notify();
    const bool is_answered = co_await wait_until(reply->news, clock_, deadline);
    if (!is_answered) {
        co_return timed_out(*job);
    }
    co_return *reply->answer;
}

base::Task<Result<Stream>> Reader::open_stream(std::shared_ptr<StreamJob> job) {
    const base::MonoTime begin = clock_.now();
    const base::MonoTime deadline = begin + std::min(limits_.read_time, limits_.stream_time);
    auto permit = co_await acquire(stream_permits_, deadline);
    if (!permit) {
        co_return permit.error().code == ErrorCode::kTimeout ? timed_out(*job) : permit.error();
    }
    const auto state =
        make_stream_state(executor_, clock_, database_, job, begin + limits_.stream_time);
    Stream stream{state};
    served_.spawn(serve_stream(state, std::move(*permit)));
    const auto problem = co_await stream.set_up(deadline);
    if (problem) {
        co_return problem->code == ErrorCode::kTimeout ? timed_out(*job) : *problem;
    }
    co_return std::move(stream);
}

Error Reader::timed_out(const Job& job) {
    ++timeouts_;
    on_timeout_(job.kind());
    return Error{ErrorCode::kTimeout, std::string{job.kind()} + " took too long"};
}

}  // namespace history
