// Each number of the summary, and all of them against a slow count over the updates of one run.
#include "history/summary.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <random>
#include <set>

#include "tests/history/history_fixture.hpp"

using namespace tests;

namespace summary_test {

using history::Summary;

Summary summarize(const Recording& recording, base::Duration from, base::Duration to) {
    return history::summarize(*recording.connection,
                              {history::to_micros(wall(from)), history::to_micros(wall(to))});
}

const history::NodeSummary& find(const Summary& summary, const std::string& name) {
    const auto found =
        std::find_if(summary.nodes.begin(), summary.nodes.end(),
                     [&](const history::NodeSummary& node) { return node.name == name; });
    REQUIRE(found != summary.nodes.end());
    return *found;
}

chain::Root root_of(std::uint64_t slot, std::uint8_t fork) {
    chain::Root root;
    root.bytes[0] = fork;
    root.bytes[1] = static_cast<std::uint8_t>(slot);
    root.bytes[2] = static_cast<std::uint8_t>(slot >> 8U);
    return root;
}

/// Some hundred slots of three nodes, with whatever may happen, from a seed.
class Life {
  public:
    static constexpr std::uint64_t kSlots = 400;
    explicit Life(unsigned seed) : random_{seed} {
        add(updates::SlotTime{chain::SlotClock{wall(0s), 12s}, updates::SlotTimeSource::kNode}, 0s);
        add(updates::RunStarted{nodes_}, 1us);
        for (const updates::NodeId node : nodes_) {
            open_[node] = false;
            toggle(node, 2us);
        }
        for (std::uint64_t slot = 0; slot < kSlots; ++slot) {
            live(slot);
        }
    }
    [[nodiscard]] const std::vector<updates::Update>& updates() const { return updates_; }
    [[nodiscard]] const std::vector<updates::NodeId>& nodes() const { return nodes_; }

  private:
    bool one_in(unsigned n) { return random_() % n == 0; }
    void add(updates::Fact fact, base::Duration after) {
        updates_.push_back(updates::Update{std::move(fact), instant(after)});
    }
    void toggle(updates::NodeId node, base::Duration after) {
        open_[node] = !open_[node];
        if (open_[node]) {
            add(updates::StreamOpened{node}, after);
        } else {
            const auto reason = one_in(2) ? updates::StreamEndReason::kReset
                                          : (one_in(3) ? updates::StreamEndReason::kCancelled
                                                       : updates::StreamEndReason::kSilent);
            add(updates::StreamEnded{node, reason, "", 1}, after);
        }
    }
    void live(std::uint64_t slot) {
        const base::Duration start = 12s * static_cast<std::int64_t>(slot);
        const bool is_missed = one_in(20);
        const bool is_proven = !one_in(15);
        bool is_first = true;
        base::Duration first{};
        base::Duration delay = 800ms + std::chrono::microseconds{random_() % 3'500'000};
        for (const updates::NodeId node : nodes_) {
            if (one_in(25)) {
                toggle(node, start + 100ms + 3us * node.index());
            }
        }
        for (const updates::NodeId node : shuffled()) {
            if (is_missed || !open_[node] || one_in(30)) {
                continue;
            }
            updates::NodeHead head{node, {}};
            head.head.slot = chain::Slot{slot};
            head.head.block = root_of(slot, 0);
            head.is_first = is_first;
            first = is_first ? delay : first;
            head.lag = delay - first;
            head.timing.delay = delay;
            head.timing.deadline = chain::AttestationDeadline{4s, false};
            head.timing.timeliness =
                one_in(20) ? updates::HeadTimeliness::kStale : updates::HeadTimeliness::kLive;
            head.source = one_in(20) ? updates::HeadSource::kPoll : updates::HeadSource::kStream;
            add(head, start + delay);
            if (one_in(10)) {
                head.timing.is_repeat = true;
                add(head, start + delay + 1us);
            }
            is_first = false;
            delay += std::chrono::microseconds{random_() % 400'000};
        }
        if (is_proven && !is_first) {
            add(updates::HeadProven{root_of(slot, 0), chain::Slot{slot}, root_of(slot - 1, 0)},
                start + delay + 10us);
        }
        const auto verdict = is_missed || is_first ? updates::Verdict::kMissed
                             : !is_proven          ? updates::Verdict::kUnknown
                             : first > 4s          ? updates::Verdict::kLate
                                                   : updates::Verdict::kOnTime;
        updates::SlotVerdict judged;
        judged.slot = chain::Slot{slot};
        judged.verdict = verdict;
        judged.deadline = {4s, false};
        add(judged, start + 11s + 999ms);
    }
    std::vector<updates::NodeId> shuffled() {
        auto nodes = nodes_;
        std::shuffle(nodes.begin(), nodes.end(), random_);
        return nodes;
    }

    std::mt19937 random_;
    std::vector<updates::NodeId> nodes_{updates::NodeId{"alpha"}, updates::NodeId{"beta"},
                                        updates::NodeId{"gamma"}};
    std::map<updates::NodeId, bool> open_;
    std::vector<updates::Update> updates_;
};

/// The slow way: each number for itself, over all updates.
class Slow {
  public:
    Slow(const std::vector<updates::Update>& updates, base::Duration from, base::Duration to)
        : updates_{updates}, from_{wall(from)}, to_{wall(to)} {
        for (const updates::Update& update : updates) {
            if (const auto* proven = std::get_if<updates::HeadProven>(&update.fact)) {
                proven_.insert(proven->block);
            }
        }
    }

    [[nodiscard]] history::NodeSummary node(updates::NodeId id) const {
        history::NodeSummary node;
        node.name = id.name();
        std::vector<base::Duration> delays;
        std::vector<base::Duration> lags;
        for (const updates::NodeHead& head : counted(id)) {
            ++node.heads;
            node.first += head.is_first ? 1 : 0;
            lags.push_back(head.lag);
            delays.push_back(*head.timing.delay);
            ++(head.timing.is_late() ? node.late : node.on_time);
        }
        node.delay = ranked(delays);
        node.lag = ranked(lags);
        count_slots(id, node);
        count_streams(id, node);
        return node;
    }

  private:
    [[nodiscard]] bool is_inside(const updates::Update& update) const {
        return update.at.wall >= from_ && update.at.wall < to_;
    }
    [[nodiscard]] std::vector<updates::NodeHead> counted(updates::NodeId id) const {
        std::vector<updates::NodeHead> heads;
        for (const updates::Update& update : updates_) {
            const auto* head = std::get_if<updates::NodeHead>(&update.fact);
            if (head != nullptr && head->node == id && is_inside(update) &&
                head->source == updates::HeadSource::kStream && !head->timing.is_repeat &&
                head->timing.timeliness == updates::HeadTimeliness::kLive &&
                proven_.contains(head->head.block)) {
                heads.push_back(*head);
            }
        }
        return heads;
    }
    static history::Percentiles ranked(std::vector<base::Duration> values) {
        // The smallest that at least so many of a hundred do not exceed.
        const auto rank = [&](std::size_t percent) -> std::optional<base::Duration> {
            std::optional<base::Duration> best;
            for (const base::Duration value : values) {
                const auto below = static_cast<std::size_t>(
                    std::count_if(values.begin(), values.end(),
                                  [&](base::Duration other) { return other <= value; }));
                if (below * 100 >= percent * values.size() && (!best || value < *best)) {
                    best = value;
                }
            }
            return best;
        };
        return {rank(50), rank(95), rank(99)};
    }
    void count_slots(updates::NodeId id, history::NodeSummary& node) const {
        for (const updates::Update& update : updates_) {
            const auto* verdict = std::get_if<updates::SlotVerdict>(&update.fact);
            if (verdict == nullptr || !is_inside(update) ||
                (verdict->verdict != updates::Verdict::kOnTime &&
                 verdict->verdict != updates::Verdict::kLate)) {
                continue;
            }
            const auto start = wall(12s * static_cast<std::int64_t>(verdict->slot.value));
            if (start < std::max(from_, wall(1us))) {
                continue;
            }
            ++node.slots_followed;
            const bool is_reported =
                std::any_of(updates_.begin(), updates_.end(), [&](const updates::Update& other) {
                    const auto* head = std::get_if<updates::NodeHead>(&other.fact);
                    return head != nullptr && head->node == id &&
                           head->source == updates::HeadSource::kStream &&
                           head->head.slot == verdict->slot && other.at.wall < update.at.wall;
                });
            node.slots_unreported += is_reported ? 0 : 1;
        }
    }
    void count_streams(updates::NodeId id, history::NodeSummary& node) const {
        std::optional<base::WallTime> opened;
        const auto add = [&](base::WallTime until) {
            const auto begin = std::max(*opened, from_);
            const auto end = std::min(until, to_);
            node.open += std::max(base::Duration{}, base::Duration{end - begin});
            opened.reset();
        };
        for (const updates::Update& update : updates_) {
            if (const auto* open = std::get_if<updates::StreamOpened>(&update.fact);
                open != nullptr && open->node == id) {
                opened = update.at.wall;
            }
            if (const auto* end = std::get_if<updates::StreamEnded>(&update.fact);
                end != nullptr && end->node == id) {
                add(update.at.wall);
                if (is_inside(update) && end->reason != updates::StreamEndReason::kCancelled) {
                    ++node.disconnects[std::string{to_string(end->reason)}];
                }
            }
        }
        if (opened) {
            add(to_);
        }
        node.followed = to_ - std::max(from_, wall(1us));
    }

    const std::vector<updates::Update>& updates_;
    base::WallTime from_;
    base::WallTime to_;
    std::set<chain::Root> proven_;
};

}  // namespace summary_test

using namespace summary_test;

TEST_CASE("every number of a node's summary is that of a slow count over the updates",
          "[history]") {
    for (const unsigned seed : {1U, 2U, 3U}) {
        const Life life{seed};
        const TemporaryFolder folder;
        Recording recording{folder.file()};
        recording.write({updates::Snapshot{}}, 0s);
        std::vector<updates::Message> batch;
        for (const updates::Update& update : life.updates()) {
            batch.push_back(std::make_shared<const updates::Update>(update));
        }
        recording.write(batch, 12s * Life::kSlots);
        using Ends = std::pair<base::Duration, base::Duration>;
        for (const auto& [from, to] : {Ends{0s, 12s * Life::kSlots}, Ends{1000s, 3000s}}) {
            const Summary summary = summarize(recording, from, to);
            REQUIRE(summary.nodes.size() == 3);
            CHECK(summary.gaps.empty());
            const Slow slow{life.updates(), from, to};
            for (const updates::NodeId id : life.nodes()) {
                INFO("seed " << seed << ", node " << id.name());
                const auto& fast = find(summary, id.name());
                const auto expected = slow.node(id);
                CHECK(fast.heads == expected.heads);
                CHECK(expected.heads > 30);
                CHECK((fast.delay == expected.delay));
                CHECK((fast.lag == expected.lag));
                CHECK(fast.first == expected.first);
                CHECK(fast.on_time == expected.on_time);
                CHECK(fast.late == expected.late);
                CHECK(fast.slots_followed == expected.slots_followed);
                CHECK(fast.slots_unreported == expected.slots_unreported);
                CHECK(expected.slots_unreported > 0);
                CHECK(fast.disconnects == expected.disconnects);
                CHECK((fast.open == expected.open));
                CHECK((fast.followed == expected.followed));
            }
        }
    }
}

TEST_CASE("what was not watched is said, and counts for no node", "[history]") {
    const TemporaryFolder folder;
    const updates::NodeId alpha{"alpha"};
    Recording recording{folder.file()};
    recording.write({updates::Snapshot{}, update(updates::RunStarted{{alpha}}, 100s),
                     update(updates::StreamOpened{alpha}, 100s)},
                    200s);
    updates::Snapshot later;
    later.running = true;
    later.nodes.try_emplace(alpha, alpha);
    later.nodes.find(alpha)->second.status.state = updates::StreamState::kOpen;
    recording.write({updates::Lagged{5}, later, update(updates::CycleFailed{}, 300s)}, 400s);
    const Summary summary = summarize(recording, 0s, 1000s);
    REQUIRE(summary.gaps.size() == 3);
    CHECK(summary.gaps[0].reason == "not_kept");
    CHECK(summary.gaps[0].until == history::to_micros(wall(200s)));
    CHECK(summary.gaps[1].reason == "lagged");
    CHECK(summary.gaps[1].dropped == 5);
    CHECK(summary.gaps[2].from == history::to_micros(wall(400s)));
    CHECK((summary.watched == 100s));
    const auto& node = find(summary, "alpha");
    CHECK((node.followed == 100s));
    CHECK((node.open == 100s));
}

TEST_CASE("a report behind the slot's verdict comes too late to count", "[history]") {
    const TemporaryFolder folder;
    const updates::NodeId alpha{"alpha"};
    const updates::NodeId beta{"beta"};
    Recording recording{folder.file()};
    updates::SlotVerdict verdict;
    verdict.slot = chain::Slot{5};
    verdict.verdict = updates::Verdict::kOnTime;
    recording.write({updates::Snapshot{}}, 0s);
    recording.write(
        {update(updates::RunStarted{{alpha, beta}}, 1us), update(head("alpha", 5, 1), 61s),
         update(verdict, 84s), update(head("beta", 5, 1), 84s + 1us)},
        100s);
    const Summary summary = summarize(recording, 1s, 100s);
    CHECK(find(summary, "alpha").slots_followed == 1);
    CHECK(find(summary, "alpha").slots_unreported == 0);
    CHECK(find(summary, "beta").slots_unreported == 1);
}

TEST_CASE("percentiles are the smallest value that so many do not exceed", "[history]") {
    std::vector<std::int64_t> values;
    CHECK((history::percentiles(values) == history::Percentiles{}));
    values = {7};
    CHECK((history::percentiles(values) == history::Percentiles{7ns, 7ns, 7ns}));
    values.clear();
    for (int i = 200; i >= 1; --i) {
        values.push_back(i);
    }
    CHECK((history::percentiles(values) == history::Percentiles{100ns, 190ns, 198ns}));
}
