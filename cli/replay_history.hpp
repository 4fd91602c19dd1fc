#pragma once

#include <memory>
#include <string>

#include "updates/update.hpp"

namespace cli {

/// The history of a replay, in a file that is gone with it, for the report of it.
class ReplayHistory {
  public:
    /// Throws std::runtime_error, as `add` and `report` do.
    ReplayHistory();
    ReplayHistory(const ReplayHistory&) = delete;
    ReplayHistory& operator=(const ReplayHistory&) = delete;
    ~ReplayHistory();

    void add(const updates::Update& update);
    /// The report's summary of all of it, as text.
    [[nodiscard]] std::string report();

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace cli
