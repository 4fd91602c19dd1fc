#include "history/retention.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "history/maintenance.hpp"
#include "history/moment.hpp"
#include "history/schema.hpp"
#include "history/session.hpp"

namespace history {
namespace {

using Micros = std::int64_t;

/// Rows that are deleted in one go: some milliseconds.
constexpr int kRowsInOneGo = 500;
/// Pages that go back to the file system in one go.
constexpr int kPagesInOneGo = 64;
/// A block is reported first, and heads of it a little later: it goes later than they.
constexpr Micros kBlockMargin = 3'600'000'000;
/// Of what is there, this part goes before it is looked again how much it is.
constexpr Micros kParts = 64;

/// One step over an open file.
class Step {
  public:
    Step(Connection& connection, const Job& job)
        : database_{connection.database()},
          job_{job},
          end_{std::chrono::steady_clock::now() + RetentionJob::kStepTime} {}

    [[nodiscard]] bool is_over() const {
        return job_.is_interrupted() || std::chrono::steady_clock::now() >= end_;
    }

    /// Before which moment rows go.
    [[nodiscard]] Micros cutoff(const RetentionLimits& limits, Micros now) {
        const Micros by_age =
            now - std::chrono::duration_cast<std::chrono::microseconds>(limits.age).count();
        const auto pages = number("PRAGMA page_count") - number("PRAGMA freelist_count");
        const auto bytes = static_cast<std::uint64_t>(pages * number("PRAGMA page_size"));
        if (bytes <= limits.bytes) {
            return by_age;
        }
        const Micros oldest = find_oldest().value_or(now);
        return std::max(by_age, oldest + std::max<Micros>((now - oldest) / kParts, 1));
    }

    /// Deletes what it can; whether nothing is left.
    [[nodiscard]] bool delete_before(Micros moment, std::uint64_t& deleted) {
        for (const DatedTable& table : dated_tables()) {
            const Micros before = table.name == "blocks" ? moment - kBlockMargin : moment;
            int count = kRowsInOneGo;
            while (count >= kRowsInOneGo) {
                if (is_over()) {
                    return false;
                }
                count = delete_some(table, before);
                deleted += static_cast<std::uint64_t>(count);
            }
        }
        database_.exec("UPDATE meta SET value = max(value, " + std::to_string(moment) +
                       ") WHERE key = 'begun'");
        return true;
    }

    /// Whether no more pages are worth it: some free ones are used again soon.
    [[nodiscard]] bool shrink() {
        while (number("PRAGMA freelist_count") * 4 > number("PRAGMA page_count")) {
            if (is_over()) {
                return false;
            }
            database_.exec("PRAGMA incremental_vacuum(" + std::to_string(kPagesInOneGo) + ")");
        }
        return true;
    }

  private:
    [[nodiscard]] std::int64_t number(const char* sql) {
        return database_.execAndGet(sql).getInt64();
    }

    [[nodiscard]] std::optional<Micros> find_oldest() {
        std::optional<Micros> oldest;
        for (const DatedTable& table : dated_tables()) {
            // What is still on has begun long ago, and blocks go later than the rest: by either, no
            // step would get any further.
            if (!table.end.empty() || table.name == "blocks") {
                continue;
            }
            SQLite::Statement first{database_, "SELECT min(at) FROM " + std::string{table.name}};
            if (first.executeStep() && !first.isColumnNull(0)) {
                const Micros at = first.getColumn(0).getInt64();
                oldest = std::min(oldest.value_or(at), at);
            }
        }
        return oldest;
    }

    [[nodiscard]] int delete_some(const DatedTable& table, Micros before) {
        const std::string name{table.name};
        const std::string end = table.end.empty() ? "" : " AND " + std::string{table.end} + " < ?1";
        SQLite::Statement some{database_, "DELETE FROM " + name + " WHERE at IN (SELECT at FROM " +
                                              name + " WHERE at < ?1" + end +
                                              " ORDER BY at LIMIT " + std::to_string(kRowsInOneGo) +
                                              ")"};
        some.bind(1, before);
        return some.exec();
    }

    SQLite::Database& database_;
    const Job& job_;
    std::chrono::steady_clock::time_point end_;
};

}  // namespace

void RetentionJob::run(Session& session) {
    Step step{session.connection(), *this};
    const Micros cutoff = step.cutoff(limits_, to_micros(now_));
    is_done_ = step.delete_before(cutoff, deleted_) && step.shrink() &&
               step.cutoff(limits_, to_micros(now_)) <= cutoff;
}

Retention::Retention(base::Clock& clock, Database& database, Permits& permits,
                     RetentionLimits limits, RetentionCounts& counts, OnFailure on_failure)
    : clock_{clock},
      database_{database},
      permits_{permits},
      limits_{limits},
      counts_{counts},
      on_failure_{std::move(on_failure)} {}

base::Task<void> Retention::run() {
    co_await clock_.sleep_until(clock_.now() + kFirst);
    while (true) {
        co_await delete_all();
        co_await clock_.sleep_until(clock_.now() + kInterval);
    }
}

base::Task<void> Retention::delete_all() {
    while (true) {
        const auto job = std::make_shared<RetentionJob>(limits_, clock_.wall_now());
        auto result = co_await maintain(permits_, database_, job);
        if (!result && result.error().code == ErrorCode::kClosed) {
            // The reader is down, maybe for long. Where headmon stops, this is cancelled next.
            result = co_await maintain_alone(database_, job);
        }
        if (!result) {
            ++counts_.failures;
            on_failure_(result.error());
            co_return;
        }
        ++counts_.steps;
        counts_.rows_deleted += job->deleted();
        if (job->is_done()) {
            co_return;
        }
        co_await clock_.sleep_until(clock_.now() + kPause);
    }
}

}  // namespace history
