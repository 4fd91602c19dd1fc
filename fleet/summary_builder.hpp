#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/bounded_map.hpp"
#include "chain/root.hpp"
#include "fleet/fact.hpp"
#include "fleet/filter.hpp"
#include "fleet/origins.hpp"
#include "fleet/received.hpp"
#include "fleet/sequencer.hpp"
#include "fleet/summary.hpp"

namespace fleet {

/// Makes a summary of the messages of a time, each instance's in order. Holds no messages: its
/// memory grows with instances, nodes and slots that were late, not with time. Pure.
class SummaryBuilder {
  public:
    static constexpr std::size_t kInstancesMax = 1024;
    static constexpr std::size_t kNodesMax = 256;
    static constexpr std::size_t kBlocksMax = 16384;
    static constexpr std::size_t kReportsMax = 4096;
    static constexpr std::size_t kBadSlotsMax = 5000;
    /// After so long a block's reports and a slot's verdicts are compared: whoever was cut off from
    /// the broker for less takes part.
    static constexpr std::chrono::minutes kSettled{10};
    /// An instance that sends nothing for longer has not watched.
    static constexpr std::chrono::seconds kQuiet{90};

    static constexpr std::chrono::seconds kNewNode{30};
    static constexpr std::size_t kSlotsOpenMax = 16384;

    struct Options {
        /// What is counted: dated from `from` on, before `to`. What is older says how it began.
        base::WallTime from;
        base::WallTime to;
        std::string site_label = "site";
        Filter filter;
    };

    explicit SummaryBuilder(Options options);

    void apply(const Received& message, const Report& report);
    void count_malformed(const Received& message);
    void count(const Sequencer::Output& output);

    /// Settles all that is open. Call it once, last. `repeats`: messages that came twice.
    [[nodiscard]] Summary finish(std::uint64_t repeats);

  private:
    static constexpr std::size_t kSlotsRemembered = 128;

    struct Node {
        NodeSummary summary;
        bool has_begun = false;
        bool is_open = false;
        bool is_followed = true;
        /// Of the instance's watched time: since when it is followed, and open.
        base::Duration followed_from{};
        base::Duration open_from{};
        base::WallTime known_from;
        /// Slots of which it reported a head, by their remainder.
        std::array<std::uint64_t, kSlotsRemembered> reported{};
    };
    struct Instance {
        InstanceSummary summary;
        std::map<std::string, Node> nodes;
        SiteClock clock;
        Origins origins;
        std::optional<base::WallTime> last_at;
    };
    struct Arrival {
        std::size_t instance = 0;
        Node* node = nullptr;
        DatedMoment at;
        std::optional<base::Duration> delay;
        std::optional<base::Duration> lag;
        std::optional<bool> is_late;
        bool is_first = false;
    };
    struct Race {
        bool is_proven = false;
        bool is_settled = false;
        std::vector<Arrival> arrivals;
        /// Once it is settled.
        std::optional<Arrival> first;
    };
    struct SlotReports {
        struct One {
            std::size_t instance = 0;
            VerdictReport report;
        };
        std::vector<One> reports;
    };
    template <class Key>
    struct Due {
        Key key;
        base::WallTime at;
    };

    [[nodiscard]] std::optional<std::size_t> find_or_add(const std::string& name);
    Node* node_of(Instance& instance, const std::string& name, base::WallTime at);
    void pass_time(Instance& instance, const Report& report);
    void apply_fact(std::size_t index, const Received& message, const Report& report);
    void apply_head(std::size_t index, const Received& message, const Report& report);
    void apply_verdict(std::size_t index, const Received& message, const Report& report);
    void follow(Instance& instance, const std::vector<std::string>& nodes, base::WallTime at);
    static void set_open(Instance& instance, Node& node, bool is_open);
    static void unfollow(Instance& instance, Node& node);
    /// Its time is counted, and it is still one of the instance's nodes.
    static void unfollow_at_end(Instance& instance, Node& node);
    void settle(base::WallTime until);
    void settle_race(Race& race);
    void count_arrival(const Arrival& arrival, const Arrival& first);
    void settle_slot(chain::Slot slot, const SlotReports& reports);
    [[nodiscard]] std::string site_of(const Instance& instance) const;
    [[nodiscard]] Summary assemble();
    [[nodiscard]] bool is_counted(base::WallTime at) const {
        return at >= options_.from && at < options_.to;
    }

    Options options_;
    Summary made_;
    // Nodes are referred to by their addresses, which neither container changes.
    std::deque<Instance> instances_;
    std::unordered_map<std::string, std::size_t> by_name_;
    base::BoundedMap<chain::Root, Race> races_{kBlocksMax};
    std::deque<Due<chain::Root>> open_races_;
    std::map<std::uint64_t, SlotReports> slots_;
    std::deque<Due<std::uint64_t>> open_slots_;
    std::map<std::string, SlotTally> site_slots_;
    std::deque<BadSlot> bad_slots_;
    base::WallTime newest_stored_;
};

}  // namespace fleet
