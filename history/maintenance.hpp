#pragma once

#include <memory>

#include "base/task.hpp"
#include "history/database.hpp"
#include "history/permits.hpp"

namespace history {

/// Runs `job` on the write lane while nobody reads: waits until the reads that are under way have
/// given their permits back, ahead of reads that come later. Streams are not waited for. It can be
/// cancelled: while it waits, the reads behind it go on at once; while the job runs, it is
/// interrupted. Fails with kClosed when the history is closed, or with what the database reports.
[[nodiscard]] base::Task<Result<void>> maintain(Permits& permits, Database& database,
                                                std::shared_ptr<Job> job);

/// The same without a wait for reads: where nobody reads, because the reader does not run.
[[nodiscard]] base::Task<Result<void>> maintain_alone(Database& database, std::shared_ptr<Job> job);

}  // namespace history
