#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "fleet/received.hpp"

namespace fleet {

/// Puts the messages of each origin in the order of their sequences, and drops what comes twice: a
/// headmon that has lost its broker sends again what was not acknowledged, behind what was. Pure.
///
/// Waits for a message that is missing for as long as `Limits` say; then it is lost. Time is the
/// broker's, so that an old stream is read as fast as it comes.
class Sequencer {
  public:
    struct Limits {
        /// That wait for others, of all origins together.
        std::size_t held_max = 50'000;
        std::size_t held_bytes_max = std::size_t{64} * 1024 * 1024;
        /// Behind so many ended lines of messages the oldest is forgotten.
        std::size_t origins_max = 8192;
        base::Duration patience = std::chrono::minutes{2};
        /// An origin that is met in its middle begins with the least sequence of this time.
        base::Duration patience_at_start = std::chrono::seconds{2};
    };
    struct Loss {
        std::string instance;
        std::uint64_t origin = 0;
        std::uint64_t first = 0;
        std::uint64_t count = 0;
    };
    struct Output {
        /// What is not held back; what was lost and came after all is among it.
        std::vector<Received> messages;
        std::vector<Loss> losses;
        /// What of earlier losses came after all.
        std::vector<MessageId> found;
    };

    Sequencer() = default;
    explicit Sequencer(const Limits& limits) : limits_{limits} {}

    /// The origin goes on behind this message, which was read elsewhere.
    void follow(const MessageId& id);
    void add(Received message, Output& out);
    /// Gives up what has been waited for until `now`, by the broker's clock.
    void pass(base::WallTime now, Output& out);
    /// Nothing comes any more. What was not waited for long enough, as of `now`, is no loss yet.
    void finish(base::WallTime now, Output& out);

    /// Messages that came twice, or from before the beginning.
    [[nodiscard]] std::uint64_t repeats() const { return repeats_; }
    [[nodiscard]] std::size_t held() const { return held_; }

  private:
    using Key = std::pair<std::string, std::uint64_t>;
    struct Line {
        bool has_begun = false;
        /// Once it has begun: the sequence that comes next.
        std::uint64_t next = 1;
        std::map<std::uint64_t, Received> waiting{};
        /// Since when something is waited for.
        base::WallTime since{};
        /// What was given up: sequence and how many. The oldest are forgotten.
        std::map<std::uint64_t, std::uint64_t> lost{};
        base::WallTime last{};
    };
    static constexpr std::size_t kLostMax = 256;

    Line& line_of(const MessageId& id, Output& out);
    void hold(Line& line, Received message, Output& out, const Key& key);
    void release(Line& line, Output& out);
    /// Goes on behind what is missing.
    void give_up(const Key& key, Line& line, Output& out);
    [[nodiscard]] bool is_due(const Line& line, base::WallTime now) const;
    /// Whether the sequence was given up before; then it is not any more.
    static bool take_lost(Line& line, std::uint64_t sequence);

    Limits limits_;
    std::map<Key, Line> lines_;
    std::size_t held_ = 0;
    std::size_t held_bytes_ = 0;
    std::uint64_t repeats_ = 0;
};

}  // namespace fleet
