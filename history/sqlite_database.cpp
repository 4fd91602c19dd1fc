#include "history/sqlite_database.hpp"

#include <SQLiteCpp/Exception.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <exception>
#include <list>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

#include "base/notify.hpp"
#include "history/connection.hpp"
#include "history/session.hpp"

namespace history {
namespace {

/// Where the loop waits for a thread.
struct Outcome {
    explicit Outcome(const boost::asio::any_io_executor& loop) : news{loop} {}
    base::Notify news;
    std::optional<Result<void>> answer;
};

}  // namespace

/// What the threads share. They hold it, so it outlives them.
class SqliteDatabase::Core {
  public:
    explicit Core(SqliteOptions options)
        : options_{std::move(options)}, recorder_{options_.has_outbox} {}

    [[nodiscard]] Result<void> perform(Lane lane, Job& job) {
        const std::lock_guard in_use{job.in_use()};
        const Running running{*this, job};
        if (job.is_interrupted()) {
            return Error{ErrorCode::kTimeout, "nobody waits for it any more"};
        }
        try {
            if (lane == Lane::kWrite) {
                write(job);
            } else {
                read(job);
            }
            return {};
        } catch (const DatabaseFailure& failure) {
            return failure.error;
        } catch (const SQLite::Exception& error) {
            return describe_failure(options_.path, error.getExtendedErrorCode(), error.what());
        } catch (const std::exception& error) {
            return Error{ErrorCode::kFailed, error.what()};
        }
    }

    /// Starts the threads of a lane when it is first used.
    [[nodiscard]] boost::asio::thread_pool& pool(Lane lane) {
        auto& pool = pools_.at(static_cast<std::size_t>(lane));
        if (!pool) {
            const std::size_t threads = lane == Lane::kRead     ? options_.readers
                                        : lane == Lane::kStream ? options_.streams
                                                                : 1;
            pool = std::make_unique<boost::asio::thread_pool>(threads);
        }
        return *pool;
    }

    void join() {
        {
            const std::lock_guard lock{mutex_};
            is_closing_ = true;
            for (Job* const job : running_) {
                job->wind_up();
            }
        }
        for (const auto& pool : pools_) {
            if (pool) {
                pool->join();
            }
        }
    }

  private:
    /// Lets the end of the program interrupt a job. A batch that is being written is written.
    class Running {
      public:
        Running(Core& core, Job& job) : core_{core} {
            const std::lock_guard lock{core_.mutex_};
            place_ = core_.running_.insert(core_.running_.end(), &job);
            if (core_.is_closing_) {
                job.wind_up();
            }
        }
        Running(const Running&) = delete;
        Running& operator=(const Running&) = delete;
        ~Running() {
            const std::lock_guard lock{core_.mutex_};
            core_.running_.erase(place_);
        }

      private:
        Core& core_;
        std::list<Job*>::iterator place_;
    };

    /// On the one thread of its lane, which alone uses these members.
    void write(Job& job) {
        const auto open = [this]() -> Connection& {
            if (!writer_) {
                recorder_.forget();
                lock_ = std::make_unique<WriteLock>(options_.path);
                writer_ = Connection::open_writer(options_.path);
                drop_readers();
            }
            return *writer_;
        };
        Session session{options_.path, open, &recorder_};
        try {
            Connection& connection = session.connection();
            connection.stop_with(&job.interrupted());
            job.run(session);
            connection.stop_with(nullptr);
        } catch (...) {
            // Whatever is wrong with it, the next one may be good.
            recorder_.forget();
            writer_.reset();
            lock_.reset();
            throw;
        }
    }

    /// Another file may have taken the place of the one that they have open.
    void drop_readers() {
        std::vector<std::unique_ptr<Connection>> dropped;
        const std::lock_guard lock{mutex_};
        dropped.swap(readers_);
        ++opened_;
    }

    void read(Job& job) {
        std::unique_ptr<Connection> own;
        const std::uint64_t opened = opened_;
        const auto open = [&]() -> Connection& {
            if (!own) {
                own = take_reader();
                own->stop_with(&job.interrupted());
            }
            return *own;
        };
        Session session{options_.path, open, nullptr};
        job.run(session);
        if (own) {
            own->stop_with(nullptr);
            const std::lock_guard lock{mutex_};
            if (opened == opened_) {
                readers_.push_back(std::move(own));
            }
        }
    }

    /// One that an earlier job has left, else a new one.
    [[nodiscard]] std::unique_ptr<Connection> take_reader() {
        {
            const std::lock_guard lock{mutex_};
            if (!readers_.empty()) {
                auto reader = std::move(readers_.back());
                readers_.pop_back();
                return reader;
            }
        }
        return Connection::open_reader(options_.path);
    }

    SqliteOptions options_;
    std::mutex mutex_;
    bool is_closing_ = false;
    std::list<Job*> running_;
    /// Not in use at the moment.
    std::vector<std::unique_ptr<Connection>> readers_;
    /// How often the writer has opened the file.
    std::atomic<std::uint64_t> opened_{0};
    Recorder recorder_;
    std::unique_ptr<WriteLock> lock_;
    std::unique_ptr<Connection> writer_;
    std::array<std::unique_ptr<boost::asio::thread_pool>, 3> pools_;
};

SqliteDatabase::SqliteDatabase(boost::asio::any_io_executor loop, SqliteOptions options)
    : loop_{std::move(loop)}, core_{std::make_shared<Core>(std::move(options))} {}

SqliteDatabase::~SqliteDatabase() {
    core_->join();
}

base::Task<Result<void>> SqliteDatabase::run(Lane lane, std::shared_ptr<Job> job) {
    auto outcome = std::make_shared<Outcome>(loop_);
    auto work = [loop = loop_, core = core_, lane, job = std::move(job), outcome]() mutable {
        auto answer = core->perform(lane, *job);
        // The job and the outcome end on the loop, where their waiters are.
        boost::asio::post(loop, [job = std::move(job), outcome = std::move(outcome),
                                 answer = std::move(answer)]() mutable {
            outcome->answer.emplace(std::move(answer));
            outcome->news.notify();
        });
    };
    boost::asio::post(core_->pool(lane), std::move(work));
    co_await outcome->news.wait();
    co_return *outcome->answer;
}

void SqliteDatabase::release(Lane lane, std::shared_ptr<Job> job) {
    boost::asio::post(core_->pool(lane), [job = std::move(job)] {
        const std::lock_guard in_use{job->in_use()};
        job->release();
    });
}

}  // namespace history
