#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include <boost/asio/any_io_executor.hpp>

#include "history/database.hpp"

namespace history {

struct SqliteOptions {
    std::string path;
    /// Threads that read: as many as there are permits.
    std::size_t readers = 4;
    /// As many as there may be streams.
    std::size_t streams = 8;
    /// What is written is put into the outbox too.
    bool has_outbox = false;
};

/// A history file, with threads of its own that block in the place of the event loop. Nothing is
/// opened before a job wants it; after a failure that may be the connection's, the next job opens
/// it anew. Threads are started with the first job of their lane.
class SqliteDatabase final : public Database {
  public:
    SqliteDatabase(boost::asio::any_io_executor loop, SqliteOptions options);
    /// Interrupts whatever runs, but for a batch that is being written, and waits for the threads.
    ~SqliteDatabase() override;

    [[nodiscard]] base::Task<Result<void>> run(Lane lane, std::shared_ptr<Job> job) override;
    void release(Lane lane, std::shared_ptr<Job> job) override;

  private:
    class Core;

    boost::asio::any_io_executor loop_;
    std::shared_ptr<Core> core_;
};

}  // namespace history
