#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>

#include "base/clock.hpp"

namespace fleet {

/// What is on its way to the broker: sent, in order, and not acknowledged yet. Pure state: it is
/// told the time.
class Window {
  public:
    struct Limits {
        std::size_t messages = 1024;
        std::size_t bytes = std::size_t{4} * 1024 * 1024;
        /// A broker that does not acknowledge for so long is lost.
        base::Duration patience = std::chrono::seconds{10};
    };

    /// Everything up to `position` is with the broker.
    Window(Limits limits, std::uint64_t position)
        : limits_{limits}, acknowledged_{position}, sent_{position} {}

    [[nodiscard]] bool has_room() const {
        return waiting_.size() < limits_.messages && bytes_ < limits_.bytes;
    }
    /// Messages that may be sent now, and their bytes.
    [[nodiscard]] std::size_t messages_free() const {
        return limits_.messages - std::min(limits_.messages, waiting_.size());
    }
    [[nodiscard]] std::size_t bytes_free() const {
        return limits_.bytes - std::min(limits_.bytes, bytes_);
    }

    /// The next in order is sent.
    void sent(std::uint64_t sequence, std::size_t bytes, base::MonoTime now);
    /// The broker has it. What is not on its way is ignored. True when `acknowledged` has moved.
    bool acknowledge(std::uint64_t sequence);

    /// Everything up to it is with the broker.
    [[nodiscard]] std::uint64_t acknowledged() const { return acknowledged_; }
    [[nodiscard]] std::uint64_t last_sent() const { return sent_; }
    [[nodiscard]] std::size_t in_flight() const { return waiting_.size(); }
    /// When patience with the broker ends; never while nothing is on its way.
    [[nodiscard]] base::MonoTime deadline() const;

  private:
    struct Sent {
        std::uint64_t sequence = 0;
        std::size_t bytes = 0;
        base::MonoTime at;
        bool is_acknowledged = false;
    };

    Limits limits_;
    std::uint64_t acknowledged_;
    std::uint64_t sent_;
    std::size_t bytes_ = 0;
    std::deque<Sent> waiting_;
};

}  // namespace fleet
