#pragma once

#include <cstdint>
#include <memory>
#include <utility>

#include "history/batch.hpp"
#include "history/database.hpp"

namespace history {

/// Writes one batch, all of it or nothing.
class RecordJob final : public Job {
  public:
    explicit RecordJob(std::shared_ptr<const Batch> batch)
        : Job{"write"}, batch_{std::move(batch)} {}

    void run(Session& session) override;
    /// What is begun is written: it is short, and comes no second time.
    void wind_up() override {}
    [[nodiscard]] const Batch& batch() const { return *batch_; }
    /// Once it has run: of the database, without its write-ahead log.
    [[nodiscard]] std::uint64_t file_bytes() const { return file_bytes_; }

  private:
    std::shared_ptr<const Batch> batch_;
    std::uint64_t file_bytes_ = 0;
};

}  // namespace history
