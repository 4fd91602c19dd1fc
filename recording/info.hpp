#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "recording/entry.hpp"
#include "recording/standing.hpp"

namespace recording {

struct NodeInfo {
    std::uint64_t streams = 0;
    std::uint64_t stream_bytes = 0;
    std::uint64_t answers = 0;
    std::uint64_t answer_bytes = 0;
};

/// One start of headmon, as far as it is recorded.
struct StartInfo {
    std::string version;
    /// Its first entries are missing.
    bool is_cut = false;
    base::Instant first{};
    base::Instant last{};
    std::uint64_t entries = 0;
    std::uint64_t lost = 0;
    std::map<std::string, NodeInfo> nodes;
};

/// What is in a recording. Pure; told each entry in order.
class Info {
  public:
    void apply(const Entry& entry);
    [[nodiscard]] const std::vector<StartInfo>& starts() const { return starts_; }

  private:
    Standing standing_;
    std::map<std::uint64_t, std::string> requests_;
    std::vector<StartInfo> starts_;
    /// Entries that follow and were counted before.
    std::uint64_t repeats_ = 0;
};

}  // namespace recording
