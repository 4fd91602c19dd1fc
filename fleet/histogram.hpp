#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/clock.hpp"

namespace fleet {

/// Durations by how long they are, whatever their number: exact to 0.1 ms below 25 ms, and to 0.4 %
/// above. Negative ones are kept as such.
class Histogram {
  public:
    void add(base::Duration value, std::uint64_t times = 1);
    void add(const Histogram& other);

    [[nodiscard]] std::uint64_t count() const { return count_; }
    /// The smallest value that at least so many of a hundred do not exceed; nothing without values.
    [[nodiscard]] std::optional<base::Duration> percentile(std::uint64_t percent) const;

  private:
    /// Behind each other: `counts_[0]` is that of the bucket `first_`.
    std::vector<std::uint32_t> counts_;
    std::int64_t first_ = 0;
    std::uint64_t count_ = 0;

    void add_to_bucket(std::int64_t bucket, std::uint64_t times);
};

}  // namespace fleet
