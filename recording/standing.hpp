#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "recording/entry.hpp"

namespace recording {

/// What stands at a place of a recording: what a file that begins there has to say first. Pure;
/// told each entry in order.
class Standing {
  public:
    void apply(const Entry& entry);

    /// The first entries of a file that goes on here. Nothing before the first `Started`.
    [[nodiscard]] std::vector<Entry> first_entries(base::Instant at) const;

    /// Whether a node's answer to this path stays what it is: its network, spec and version.
    [[nodiscard]] static bool is_lasting(const std::string& path);

    /// The node of a stream that stands; empty for another one.
    [[nodiscard]] std::string node_of(std::uint64_t stream) const;

  private:
    struct Stream {
        StreamOpening opening;
        bool is_connected = false;
        std::optional<http::ResponseHead> head;
    };

    std::optional<Started> started_;
    std::optional<Listed> list_;
    std::map<std::uint64_t, Stream> streams_;
    /// Requests for what lasts that are on their way, and the last good answers to them, by node
    /// and path.
    std::map<std::uint64_t, Requested> requests_;
    std::map<std::pair<std::string, std::string>, std::pair<Requested, Answered>> answers_;
};

}  // namespace recording
