#include "history/maintenance.hpp"

#include <exception>
#include <utility>

namespace history {

base::Task<Result<void>> maintain(Permits& permits, Database& database, std::shared_ptr<Job> job) {
    const auto all = co_await permits.acquire_all();
    if (!all) {
        co_return all.error();
    }
    co_return co_await maintain_alone(database, std::move(job));
}

base::Task<Result<void>> maintain_alone(Database& database, std::shared_ptr<Job> job) {
    std::exception_ptr cancelled;
    try {
        co_return co_await database.run(Lane::kWrite, job);
    } catch (...) {
        cancelled = std::current_exception();
    }
    job->interrupt();
    std::rethrow_exception(cancelled);
}

}  // namespace history
