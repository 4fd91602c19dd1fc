#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "monitor/slots/head_timings.hpp"
#include "tests/monitor/random_network.hpp"
#include "updates/chain_facts.hpp"

namespace tests {

/// What is to be said of slots, worked out the slow way: everything that happened stands in lists,
/// and each question is answered by walking them with the whole truth about parents at hand.
class SlotModel {
  public:
    explicit SlotModel(const RandomNetwork& world) : world_{world} {}

    struct Report {
        std::size_t node = 0;
        chain::Head head;
        base::Instant at;
        bool is_polled = false;
        bool node_syncs = false;
        /// Worked out when it is added.
        updates::HeadTiming timing;
        bool is_stale = false;
    };
    /// Adds a report; the timing is in the answer.
    const Report& add(Report report);
    /// The first report of the same root and payload status.
    [[nodiscard]] base::MonoTime first_report(const chain::Head& head) const;

    void observation_began(std::size_t node, base::Instant at) {
        watches_.push_back({node, at.mono, {}});
    }
    void observation_ended(std::size_t node, base::Instant at);
    void rest_answer(std::size_t node, std::uint64_t slot, base::Instant at);
    void block_known(std::uint64_t slot) { known_.insert(slot); }
    [[nodiscard]] updates::SlotVerdict verdict(std::uint64_t slot) const;

    /// The node's head is withdrawn.
    void withdrawn(std::size_t node, base::Instant at) { hold(node, std::nullopt, at); }
    /// Nodes whose head has been built on by another node's for longer than the grace.
    [[nodiscard]] std::set<std::size_t> behind(base::Instant now) const;
    /// Whether another node's head is built on the node's, however new; also when it has none.
    [[nodiscard]] bool may_be_behind(std::size_t node) const;
    /// True when two branches stand for longer than the grace, false when no two stand, nothing
    /// when two stand for less.
    [[nodiscard]] std::optional<bool> is_split(base::Instant now) const;
    /// A pair of heads on two branches that stood longer than the grace, while it did.
    struct Span {
        base::MonoTime since;
        base::MonoTime until;
    };
    [[nodiscard]] const std::vector<Span>& spans() const { return spans_; }

    void best(const chain::Root& root, base::Instant at) { bests_.emplace_back(root, at.mono); }
    void claim(const beacon_api::ChainReorgEvent& event, base::Instant at) {
        claims_.emplace_back(event, at.mono);
    }
    /// Every tip that fell, as often as it did.
    [[nodiscard]] std::multiset<chain::Root> falls() const;
    /// Blocks of the branch of `from` that are not on that of `to`.
    [[nodiscard]] std::uint64_t dropped(const chain::Root& from, const chain::Root& to) const;

  private:
    struct Watch {
        std::size_t node = 0;
        base::MonoTime since;
        std::optional<base::MonoTime> until;
    };
    struct Rest {
        std::size_t node = 0;
        std::uint64_t slot = 0;
        base::MonoTime at;
    };
    using Pair = std::pair<chain::Root, chain::Root>;

    void hold(std::size_t node, std::optional<chain::Root> root, base::Instant at);
    [[nodiscard]] bool covers(std::size_t node, std::uint64_t slot) const;
    [[nodiscard]] bool vouches(std::size_t node, std::uint64_t slot) const;
    [[nodiscard]] bool conflict(const chain::Root& a, const chain::Root& b) const;

    const RandomNetwork& world_;
    std::vector<Report> reports_;
    std::vector<Watch> watches_;
    std::vector<Rest> rests_;
    std::set<std::uint64_t> known_;
    std::map<std::size_t, chain::Root> held_;
    std::map<Pair, base::MonoTime> pairs_;
    std::vector<Span> spans_;
    std::vector<std::pair<chain::Root, base::MonoTime>> bests_;
    std::vector<std::pair<beacon_api::ChainReorgEvent, base::MonoTime>> claims_;
};

}  // namespace tests
