#include "app/history_source.hpp"

#include <memory>
#include <utility>

#include "history/outbox.hpp"

namespace app {
namespace {

base::Error as_base_error(const history::Error& error) {
    return {base::ErrorCode::kUnreachable, "the history cannot be read: " + to_string(error)};
}

}  // namespace

base::Task<base::Result<fleet::Start>> HistorySource::begin() {
    while (!is_written_) {
        (void)news_.take();
        co_await news_.wait();
    }
    const auto job = std::make_shared<history::OutboxJob>(0, history::OutboxJob::Limits{1, 1});
    const auto result = co_await reader_.read(job);
    if (!result) {
        co_return as_base_error(result.error());
    }
    co_return fleet::Start{{job->origin(), job->removed()}, job->newest()};
}

base::Task<base::Result<fleet::Entries>> HistorySource::next(std::uint64_t after, Limits limits) {
    while (true) {
        (void)news_.take();
        const auto job = std::make_shared<history::OutboxJob>(
            after, history::OutboxJob::Limits{limits.entries, limits.bytes});
        const auto result = co_await reader_.read(job);
        if (!result) {
            co_return as_base_error(result.error());
        }
        fleet::Entries found{job->origin(), {}, job->newest()};
        for (history::OutboxEntry& entry : job->take_entries()) {
            found.entries.push_back({entry.sequence, std::move(entry.kind), std::move(entry.node),
                                     std::move(entry.body)});
        }
        if (!found.entries.empty()) {
            co_return found;
        }
        co_await news_.wait();
    }
}

void HistorySource::acknowledge(fleet::Position published) {
    backlog_.pass_on({published.origin, published.sequence});
}

}  // namespace app
