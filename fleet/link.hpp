#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/task.hpp"

namespace fleet {

/// A message on its way to the broker.
struct Outgoing {
    /// 0: of none; it is no fact, and nobody asks whether it came.
    std::uint64_t sequence = 0;
    std::string subject;
    /// `Nats-Msg-Id`; empty without a sequence.
    std::string id;
    std::string body;
};

/// What the broker answered to one.
struct Acknowledgement {
    std::uint64_t sequence = 0;
    /// It has it already.
    bool is_duplicate = false;
    /// Why it does not take it.
    std::optional<base::Error> refused{};
};

/// A connection to the broker as the event loop sees it: nothing here blocks. Used once: what is
/// lost is lost, and another one is made. The seam at which tests hold the broker.
class Link {
  public:
    Link() = default;
    Link(const Link&) = delete;
    Link& operator=(const Link&) = delete;
    virtual ~Link() = default;

    /// Connects, and sees to the stream.
    [[nodiscard]] virtual base::Task<base::Result<void>> open() = 0;
    /// Sends in order, behind what was given before.
    virtual void send(std::vector<Outgoing> messages) = 0;
    /// Answers since the last call, at least one; waits for it. Fails when the connection is lost.
    [[nodiscard]] virtual base::Task<base::Result<std::vector<Acknowledgement>>> answers() = 0;
};

using LinkFactory = std::function<std::unique_ptr<Link>()>;

}  // namespace fleet
