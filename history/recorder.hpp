#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "history/batch.hpp"

namespace history {

class Connection;

/// Turns batches into rows: each batch is one transaction, written once however often it comes. It
/// also writes what headmon did not see: from the last batch of the process before to the first of
/// this one, and where the queue dropped updates. On the write lane's thread.
class Recorder {
  public:
    /// `has_outbox`: updates are put into the outbox too.
    explicit Recorder(bool has_outbox);
    Recorder(const Recorder&) = delete;
    Recorder& operator=(const Recorder&) = delete;
    ~Recorder();

    /// Throws SQLite::Exception; nothing of the batch is written then.
    void record(const Batch& batch, Connection& connection);

    /// The connection is gone, and another file may come.
    void forget();

  private:
    class Pass;
    struct State;

    void see(const Batch& batch);

    bool has_outbox_;
    std::unique_ptr<State> state_;
    /// All that was written, folded: what a file needs to know that takes the place of another.
    updates::Snapshot seen_;
    /// The last batch that was written.
    std::uint64_t written_ = 0;
};

}  // namespace history
