#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "fleet/message.hpp"
#include "fleet/subject.hpp"

namespace fleet {

/// A message as the broker keeps it.
struct Received {
    Subject subject;
    /// Absent for an `instance_status`, which is no fact and has no sequence.
    std::optional<MessageId> id;
    /// When the broker stored it, by the broker's clock.
    base::WallTime stored_at;
    /// Its place in the stream.
    std::uint64_t place = 0;
    /// Messages of what is read that were behind it when the broker sent it.
    std::uint64_t left = 0;
    /// JSON, as it came: not checked.
    std::string body;
};

}  // namespace fleet
