#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace recording {

/// What an update states, as far as two replays are compared: its kind, and the members that say
/// what is so. How it is worded and how often it is said again is no part of it.
struct Fact {
    /// By name, in the order of our table; values in JSON. Those that the update has not are
    /// absent.
    using Members = std::vector<std::pair<std::string_view, std::string>>;

    base::WallTime at{};
    std::string_view kind;
    Members members;
    /// The whole update, on one line.
    std::string json;
};

/// Reads facts out of updates as `replay` prints them, of whatever headmon.
class FactReader {
  public:
    /// What is not in this time states nothing; `to` is not in it.
    FactReader(std::optional<base::WallTime> from, std::optional<base::WallTime> to);
    FactReader(const FactReader&) = delete;
    FactReader& operator=(const FactReader&) = delete;
    ~FactReader();

    /// Of a line without its end. Nothing where the update states no fact, or says again what its
    /// node's last one said. Fails with kMalformedJson, kMissingField and kBadValue; the detail
    /// names the member.
    [[nodiscard]] base::Result<std::optional<Fact>> read(std::string_view line);

    /// Updates that were read, and those that are missing, as the lines themselves say.
    [[nodiscard]] std::uint64_t updates() const;
    [[nodiscard]] std::uint64_t lost() const;

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

/// A fact that one side alone has.
struct FactDifference {
    bool is_after = false;
    base::WallTime at{};
    /// "slot_verdict slot=5 verdict=late": fit to be printed.
    std::string words;
    std::string json;
};

struct FactComparison {
    /// In the order of their moments; of one moment those of before first.
    std::vector<FactDifference> differences;
    /// "slot_verdict.block": what the updates of one side alone have, as another headmon made them.
    std::vector<std::string> not_compared;
};

/// Two lists of facts. The same fact may be a second earlier or later.
[[nodiscard]] FactComparison compare(std::vector<Fact> before, std::vector<Fact> after);

}  // namespace recording
