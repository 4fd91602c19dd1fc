#pragma once

// A database whose every call hangs until a test lets it end, and what asks it, on virtual time.
#include <chrono>
#include <cstddef>
#include <exception>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <catch2/catch.hpp>

#include "base/notify.hpp"
#include "history/database.hpp"
#include "history/maintenance.hpp"
#include "history/reader.hpp"
#include "tests/support/manual_clock.hpp"

namespace tests {

using namespace std::chrono_literals;
using history::ErrorCode;
using history::Lane;

class GatedDatabase final : public history::Database {
  public:
    explicit GatedDatabase(boost::asio::io_context& loop) : loop_{loop} {}

    base::Task<history::Result<void>> run(Lane lane, std::shared_ptr<history::Job> job) override {
        const auto call = std::make_shared<Call>(loop_, lane, std::move(job));
        calls_.push_back(call);
        co_await call->news.wait();
        co_return *call->answer;
    }
    void release(Lane /*lane*/, std::shared_ptr<history::Job> /*job*/) override { ++released_; }

    /// Calls of this lane whose thread is not back.
    [[nodiscard]] std::size_t busy(Lane lane) const {
        std::size_t count = 0;
        for (const auto& call : calls_) {
            count += call->lane == lane ? 1 : 0;
        }
        return count;
    }
    [[nodiscard]] std::vector<std::shared_ptr<history::Job>> jobs(Lane lane) const {
        std::vector<std::shared_ptr<history::Job>> jobs;
        for (const auto& call : calls_) {
            if (call->lane == lane) {
                jobs.push_back(call->job);
            }
        }
        return jobs;
    }
    /// The oldest call of the lane ends.
    void finish(Lane lane, history::Result<void> answer = {}) {
        for (auto call = calls_.begin(); call != calls_.end(); ++call) {
            if ((*call)->lane == lane) {
                (*call)->answer.emplace(std::move(answer));
                (*call)->news.notify();
                calls_.erase(call);
                return;
            }
        }
        FAIL("no call to finish");
    }
    [[nodiscard]] std::size_t released() const { return released_; }

  private:
    struct Call {
        Call(boost::asio::io_context& loop, Lane its_lane, std::shared_ptr<history::Job> its_job)
            : lane{its_lane}, job{std::move(its_job)}, news{loop.get_executor()} {}
        Lane lane;
        std::shared_ptr<history::Job> job;
        std::optional<history::Result<void>> answer;
        base::Notify news;
    };

    boost::asio::io_context& loop_;
    std::list<std::shared_ptr<Call>> calls_;
    std::size_t released_ = 0;
};

class FakeJob final : public history::Job {
  public:
    explicit FakeJob(std::string_view kind = "slots") : Job{kind} {}
    void run(history::Session& /*session*/) override {}
};

class FakeStream final : public history::StreamJob {
  public:
    FakeStream() : StreamJob{"export"} {}
    void run(history::Session& /*session*/) override {}
    std::optional<std::string> take() override { return "piece"; }
};

/// A coroutine that runs beside the test.
template <class T>
class Spawned {
  public:
    Spawned(boost::asio::io_context& loop, base::Task<T> task) : end_{std::make_shared<End>()} {
        boost::asio::co_spawn(
            loop, keep(std::move(task), end_),
            boost::asio::bind_cancellation_slot(
                cancel_->slot(), [end = end_, cancel = cancel_](const std::exception_ptr& error) {
                    end->error = error;
                    end->is_over = true;
                }));
    }
    void cancel() { cancel_->emit(boost::asio::cancellation_type::terminal); }
    [[nodiscard]] bool is_over() const { return end_->is_over; }
    [[nodiscard]] bool is_cancelled() const {
        return end_->error && base::is_cancellation(end_->error);
    }
    [[nodiscard]] std::exception_ptr error() const { return end_->error; }
    [[nodiscard]] std::optional<T>& value() { return end_->value; }
    [[nodiscard]] bool is_good() const { return end_->value && end_->value->has_value(); }
    /// The error that it answered with; nothing while there is none.
    [[nodiscard]] std::optional<ErrorCode> failure() const {
        return end_->value && !end_->value->has_value() ? std::optional{end_->value->error().code}
                                                        : std::nullopt;
    }

  private:
    struct End {
        std::optional<T> value;
        std::exception_ptr error;
        bool is_over = false;
    };
    static base::Task<void> keep(base::Task<T> task, std::shared_ptr<End> end) {
        auto value = co_await std::move(task);
        end->value.emplace(std::move(value));
    }

    std::shared_ptr<End> end_;
    std::shared_ptr<boost::asio::cancellation_signal> cancel_ =
        std::make_shared<boost::asio::cancellation_signal>();
};

template <>
class Spawned<void> {
  public:
    Spawned(boost::asio::io_context& loop, base::Task<void> task) {
        boost::asio::co_spawn(
            loop, std::move(task),
            boost::asio::bind_cancellation_slot(
                cancel_->slot(), [end = end_, cancel = cancel_](const std::exception_ptr& error) {
                    end->error = error;
                    end->is_over = true;
                }));
    }
    void cancel() { cancel_->emit(boost::asio::cancellation_type::terminal); }
    [[nodiscard]] bool is_over() const { return end_->is_over; }
    [[nodiscard]] std::exception_ptr error() const { return end_->error; }

  private:
    struct End {
        std::exception_ptr error;
        bool is_over = false;
    };
    std::shared_ptr<End> end_ = std::make_shared<End>();
    std::shared_ptr<boost::asio::cancellation_signal> cancel_ =
        std::make_shared<boost::asio::cancellation_signal>();
};

/// A reader over a gated database, with four permits for reads and eight for streams.
class ReaderSetUp {
  public:
    using Read = Spawned<history::Result<void>>;
    using OpenStream = Spawned<history::Result<history::Stream>>;
    using Piece = Spawned<history::Result<std::optional<std::string>>>;

    ReaderSetUp() : running{loop, reader.run()} { settle(); }
    ReaderSetUp(const ReaderSetUp&) = delete;
    ReaderSetUp& operator=(const ReaderSetUp&) = delete;
    ~ReaderSetUp() {
        running.cancel();
        settle();
    }

    /// Lets the loop do all that can be done without time going on.
    void settle() { clock.advance(0s); }
    [[nodiscard]] Read read(std::shared_ptr<history::Job> job = std::make_shared<FakeJob>()) {
        Read read{loop, reader.read(std::move(job))};
        settle();
        return read;
    }
    [[nodiscard]] std::vector<Read> reads(std::size_t count) {
        std::vector<Read> all;
        for (std::size_t i = 0; i < count; ++i) {
            all.push_back(read());
        }
        return all;
    }
    [[nodiscard]] Read maintenance() {
        Read maintain{loop,
                      history::maintain(permits, database, std::make_shared<FakeJob>("retention"))};
        settle();
        return maintain;
    }
    [[nodiscard]] OpenStream open_stream(
        std::shared_ptr<history::StreamJob> job = std::make_shared<FakeStream>()) {
        OpenStream opening{loop, reader.open_stream(std::move(job))};
        settle();
        return opening;
    }
    void finish(Lane lane) {
        database.finish(lane);
        settle();
    }

    boost::asio::io_context loop;
    ManualClock clock{loop};
    GatedDatabase database{loop};
    history::Permits permits{loop.get_executor(), 4};
    std::vector<std::string> timeouts;
    history::Reader reader{
        loop.get_executor(), clock, database, permits, {}, [this](std::string_view kind) {
            timeouts.emplace_back(kind);
        }};
    Spawned<void> running;
};

}  // namespace tests
