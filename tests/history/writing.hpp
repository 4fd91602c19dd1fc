#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "history/record_job.hpp"
#include "history/sqlite_database.hpp"
#include "tests/history/history_fixture.hpp"
#include "tests/support/loop.hpp"

namespace tests {

/// A database with its threads, and batches for it.
class Writing {
  public:
    explicit Writing(std::string path) : database{loop.get_executor(), {std::move(path)}} {}

    [[nodiscard]] history::Result<void> run(history::Lane lane, std::shared_ptr<history::Job> job) {
        history::Result<void> answer;
        const auto work = [&]() -> base::Task<void> {
            answer = co_await database.run(lane, std::move(job));
        };
        tests::run(loop, work());
        return answer;
    }
    /// The batch that failed last, else a new one.
    [[nodiscard]] std::optional<history::ErrorCode> write(std::size_t heads = 1) {
        if (!batch_) {
            history::Batch next;
            next.number = ++number_;
            next.at = wall(std::chrono::seconds{number_});
            for (std::size_t i = 0; i < heads; ++i) {
                next.messages.push_back(
                    update(head("alpha", number_ * 1000 + i, 0), std::chrono::seconds{number_}));
            }
            batch_ = std::make_shared<const history::Batch>(std::move(next));
        }
        const auto answer =
            run(history::Lane::kWrite, std::make_shared<history::RecordJob>(batch_));
        if (answer) {
            batch_.reset();
            return std::nullopt;
        }
        detail = answer.error().detail;
        return answer.error().code;
    }
    [[nodiscard]] std::uint64_t number() const { return number_; }

    boost::asio::io_context loop;
    history::SqliteDatabase database;
    std::string detail;

  private:
    std::shared_ptr<const history::Batch> batch_;
    std::uint64_t number_ = 0;
};

}  // namespace tests
