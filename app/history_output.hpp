#pragma once

#include <memory>
#include <string>

#include "app/core.hpp"
#include "app/history_source.hpp"
#include "app/output.hpp"
#include "config/config.hpp"
#include "history/batch.hpp"
#include "history/http_routes.hpp"
#include "history/permits.hpp"
#include "history/reader.hpp"
#include "history/retention.hpp"
#include "history/sqlite_database.hpp"
#include "history/writer.hpp"
#include "logging/log.hpp"
#include "updates/broadcast.hpp"

namespace app {

/// Keeps the history. Its two services can be restarted one by one: the queue, and what is not
/// written yet, are here.
class HistoryOutput final : public Output {
  public:
    /// Updates that wait while the disk does not take them; a minute or more of several nodes.
    static constexpr std::size_t kQueueMax = 16'384;
    /// And what they may take.
    static constexpr std::size_t kQueueBytesMax = std::size_t{32} * 1024 * 1024;

    /// `core` and `log` outlive it. `has_outbox`: what is written is to be published too.
    HistoryOutput(Core& core, logging::Log& log, config::HistoryOptions options, bool has_outbox);

    [[nodiscard]] std::vector<supervisor::Child> services() override;
    [[nodiscard]] std::vector<logging::LogLine> start_lines() const override;

  private:
    [[nodiscard]] metrics::HistoryReading reading() const;
    [[nodiscard]] base::Task<void> write();
    [[nodiscard]] base::Task<void> look_for_suspensions();
    /// What keeps it from being written; empty: nothing does.
    [[nodiscard]] std::string find_problem() const;

    base::Clock& clock_;
    logging::Log& log_;
    base::MonoTime begin_;
    config::HistoryOptions options_;
    history::SqliteDatabase database_;
    history::Permits permits_;
    history::Reader reader_;
    history::HttpRoutes routes_;
    std::unique_ptr<updates::Broadcast::Queue> queue_;
    history::Backlog backlog_;
    HistorySource outbox_;
    history::WriterCounts written_;
    history::RetentionCounts retained_;
};

}  // namespace app
