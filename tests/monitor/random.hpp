#pragma once

#include <cstdlib>
#include <random>
#include <vector>

namespace tests {

/// The seeds 1 to `count`, or to HEADMON_SEEDS; or the one that HEADMON_SEED gives.
inline std::vector<unsigned> seeds(unsigned count) {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): the tests have one thread.
    if (const char* given = std::getenv("HEADMON_SEED")) {
        return {static_cast<unsigned>(std::strtoul(given, nullptr, 10))};
    }
    // NOLINTNEXTLINE(concurrency-mt-unsafe): the tests have one thread.
    if (const char* more = std::getenv("HEADMON_SEEDS")) {
        count = static_cast<unsigned>(std::strtoul(more, nullptr, 10));
    }
    std::vector<unsigned> all;
    for (unsigned seed = 1; seed <= count; ++seed) {
        all.push_back(seed);
    }
    return all;
}

/// The same numbers for the same seed.
class Random {
  public:
    explicit Random(unsigned seed) : source_{seed} {}
    unsigned below(unsigned n) { return static_cast<unsigned>(source_() % n); }
    bool one_in(unsigned n) { return below(n) == 0; }

  private:
    std::mt19937 source_;
};

}  // namespace tests
