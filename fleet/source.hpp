#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/task.hpp"

namespace fleet {

/// One update that is to be published.
struct Entry {
    std::uint64_t sequence = 0;
    /// Of updates, or `gap`.
    std::string kind;
    std::optional<std::string> node{};
    /// JSON, on one line.
    std::string body;
};

/// How far what there is has been published.
struct Position {
    std::uint64_t origin = 0;
    std::uint64_t sequence = 0;
};

/// From where a publisher goes on, and the sequence of the newest update that there is.
struct Start {
    Position published;
    std::uint64_t newest = 0;
};

/// Entries in order, and the sequence of the newest one that there is.
struct Entries {
    std::uint64_t origin = 0;
    std::vector<Entry> entries;
    std::uint64_t newest = 0;
};

/// Where updates wait until the broker has them: the history, or a ring in memory. Lives on the
/// event loop.
class Source {
  public:
    /// How much is taken in one go.
    struct Limits {
        std::size_t entries = 512;
        std::size_t bytes = std::size_t{2} * 1024 * 1024;
    };

    Source() = default;
    Source(const Source&) = delete;
    Source& operator=(const Source&) = delete;
    virtual ~Source() = default;

    /// From where to go on. Fails where it cannot be read, as `next` does.
    [[nodiscard]] virtual base::Task<base::Result<Start>> begin() = 0;
    /// What is behind `after`; waits until there is something. One caller at a time.
    [[nodiscard]] virtual base::Task<base::Result<Entries>> next(std::uint64_t after,
                                                                 Limits limits) = 0;
    /// The broker has everything up to `published`: it need not be kept.
    virtual void acknowledge(Position published) = 0;
};

}  // namespace fleet
