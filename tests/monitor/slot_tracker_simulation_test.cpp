#include <algorithm>
#include <cstdlib>
#include <map>
#include <set>
#include <string>

#include <catch2/catch.hpp>

#include "monitor/head_cache.hpp"
#include "monitor/slots/first_seen.hpp"
#include "monitor/slots/slot_tracker.hpp"
#include "tests/monitor/random_network.hpp"
#include "tests/monitor/slot_model.hpp"
#include "updates/chain_facts.hpp"

using namespace std::chrono_literals;
using tests::NetworkEvent;
using tests::RandomNetwork;
using tests::SlotModel;
using updates::HeadTimeliness;
using updates::NodeId;
using updates::SlotFact;
using updates::SlotVerdict;
using updates::Verdict;

namespace {

updates::NodeId id_of(std::size_t node) {
    return updates::NodeId{"node" + std::to_string(node)};
}

/// Lets a world happen to a SlotTracker and to the model, as the monitor would, and compares.
class Simulation {
  public:
    explicit Simulation(tests::RandomNetworkOptions options) : world_{options}, model_{world_} {
        const auto start = tests::at(RandomNetwork::kFirst, -500ms);
        watch_.set_slot_clock(tests::kChainClock, start);
        for (std::size_t node = 0; node < RandomNetwork::kNodes; ++node) {
            watch_.observation_began(id_of(node), start);
            model_.observation_began(node, start);
        }
    }

    void run(std::uint64_t slots) {
        for (std::uint64_t i = 0; i < slots && mismatches_ == 0; ++i) {
            for (const NetworkEvent& event : world_.next()) {
                if (event.kind != NetworkEvent::Kind::kUp) {
                    happen(event);
                }
                ups_.push_back(event);
            }
            quiet_part(tests::at(world_.slot(), 11s));
            for (const NetworkEvent& event : ups_) {
                if (event.kind == NetworkEvent::Kind::kUp) {
                    happen(event);
                }
            }
            ups_.clear();
            if (world_.was_skipped()) {
                skipped_.insert(world_.slot());
            }
        }
    }

    [[nodiscard]] const std::map<std::uint64_t, Verdict>& verdicts() const { return verdicts_; }
    [[nodiscard]] const std::set<std::uint64_t>& skipped() const { return skipped_; }
    [[nodiscard]] std::size_t mismatches() const { return mismatches_; }
    [[nodiscard]] std::size_t alarms() const { return alarms_; }
    [[nodiscard]] std::size_t late() const { return late_; }
    [[nodiscard]] std::size_t headers_asked() const { return headers_asked_; }

    /// Every split belongs to an episode that was published (it stood during it, or until its first
    /// heads), and every episode that is over has a split.
    [[nodiscard]] bool splits_agree() const {
        const auto& spans = model_.spans();
        const auto touch = [](const auto& a, const auto& b) {
            return a.since <= b.until && b.since <= a.until;
        };
        const auto is_published = [&](const auto& span) {
            return std::any_of(episodes_.begin(), episodes_.end(),
                               [&](const auto& published) { return touch(published, span); });
        };
        const auto is_true = [&](const auto& published) {
            return published.until == base::MonoTime::max() ||
                   std::any_of(spans.begin(), spans.end(),
                               [&](const auto& span) { return touch(published, span); });
        };
        return std::all_of(spans.begin(), spans.end(), is_published) &&
               std::all_of(episodes_.begin(), episodes_.end(), is_true);
    }
    [[nodiscard]] bool reorgs_agree() const { return reorgs_ == model_.falls(); }
    [[nodiscard]] std::size_t reorgs() const { return reorgs_.size(); }
    [[nodiscard]] std::size_t splits() const { return episodes_.size(); }
    [[nodiscard]] std::size_t ever_behind() const { return ever_behind_; }

  private:
    void expect(bool agrees, const std::string& what) {
        if (!agrees) {
            ++mismatches_;
            UNSCOPED_INFO("slot " << world_.slot() << ": " << what);
        }
    }

    void happen(const NetworkEvent& what) {
        const updates::NodeId node = id_of(what.node);
        switch (what.kind) {
            case NetworkEvent::Kind::kHead:
                head(what, updates::HeadSource::kStream);
                break;
            case NetworkEvent::Kind::kReorg:
                model_.claim(what.reorg, what.at);
                take(watch_.chain_reorg(node, what.reorg, what.at));
                break;
            case NetworkEvent::Kind::kDown:
                watch_.observation_ended(node, what.at);
                model_.observation_ended(what.node, what.at);
                watch_.head_retracted(node, what.at);
                model_.withdrawn(what.node, what.at);
                cache_.remove(node);
                best_changed(what.at);
                break;
            case NetworkEvent::Kind::kSyncing:
            case NetworkEvent::Kind::kSynced:
                set_syncing(what);
                break;
            case NetworkEvent::Kind::kUp:
                if (syncing_.contains(what.node)) {
                    break;
                }
                watch_.observation_began(node, what.at);
                model_.observation_began(what.node, what.at);
                head(what, updates::HeadSource::kPoll);
                break;
        }
    }

    void set_syncing(const NetworkEvent& what) {
        const bool is_syncing = what.kind == NetworkEvent::Kind::kSyncing;
        watch_.set_syncing(id_of(what.node), is_syncing);
        if (is_syncing) {
            syncing_.insert(what.node);
        } else {
            syncing_.erase(what.node);
            watch_.observation_began(id_of(what.node), what.at);
            model_.observation_began(what.node, what.at);
        }
    }

    void head(const NetworkEvent& what, updates::HeadSource source) {
        const updates::NodeId node = id_of(what.node);
        const bool is_polled = source == updates::HeadSource::kPoll;
        const auto expected = model_
                                  .add({what.node,
                                        what.head,
                                        what.at,
                                        is_polled,
                                        syncing_.contains(what.node),
                                        {},
                                        false})
                                  .timing;
        const auto timing = watch_.head(node, what.head, source, what.at);
        expect(timing == expected, "timing of " + node.name());
        late_ += timing.is_late() ? 1 : 0;
        if (!is_polled) {
            const auto report = first_.report(monitor::key_of(what.head), what.at.mono);
            const auto first = model_.first_report(what.head);
            expect(report.lag == what.at.mono - first, "lag of " + node.name());
        }
        if (timing.timeliness != HeadTimeliness::kBackfill && !what.head.execution_optimistic) {
            cache_.put(node, what.head);
            best_changed(what.at);
        }
    }

    void best_changed(base::Instant at) {
        const auto* const best = cache_.best();
        if (best != nullptr && best_ != best->head.block) {
            best_ = best->head.block;
            model_.best(*best_, at);
            take(watch_.best_head(best->head, at));
        }
    }

    void quiet_part(base::Instant now) {
        take(watch_.check(now));
        for (auto wanted = watch_.wanted(now); !wanted.empty(); wanted = watch_.wanted(now)) {
            const auto& header = world_.blocks().at(wanted.front().root);
            ++headers_asked_;
            model_.block_known(header.slot.value);
            take(watch_.header(header, now));
        }
        if (const auto split = model_.is_split(now)) {
            expect(*split == is_split_, "split");
        }
        const auto surely_behind = model_.behind(now);
        expect(std::includes(behind_.begin(), behind_.end(), surely_behind.begin(),
                             surely_behind.end()) &&
                   std::all_of(behind_.begin(), behind_.end(),
                               [&](std::size_t node) { return model_.may_be_behind(node); }),
               "behind");
        ever_behind_ += behind_.size();
        for (std::size_t node = 0; node < RandomNetwork::kNodes; ++node) {
            if (world_.is_up(node) && !syncing_.contains(node)) {
                const auto& header = world_.blocks().at(world_.head_of_node(node));
                watch_.rest_head(id_of(node), header, now);
                model_.rest_answer(node, header.slot.value, now);
            }
        }
    }

    void take(const monitor::SlotTracker::Facts& facts) {
        for (const SlotFact& fact : facts) {
            if (const auto* const verdict = std::get_if<SlotVerdict>(&fact)) {
                verdicts_[verdict->slot.value] = verdict->verdict;
                expect(*verdict == model_.verdict(verdict->slot.value),
                       "verdict on " + std::to_string(verdict->slot.value));
                continue;
            }
            ++alarms_;
            if (const auto* const reorg = std::get_if<updates::Reorg>(&fact)) {
                if (reorg->certainty == updates::Certainty::kConfirmed) {
                    reorgs_.insert(reorg->old_head);
                    expect(reorg->depth == model_.dropped(reorg->old_head, reorg->new_head),
                           "depth of a reorg");
                }
            } else if (const auto* const split = std::get_if<updates::HeadSplit>(&fact)) {
                is_split_ = !split->is_over;
                if (split->is_over) {
                    episodes_.back().until = tests::at(world_.slot(), 12s).mono;
                } else {
                    episodes_.push_back({split->since, base::MonoTime::max()});
                }
            } else if (const auto* const behind = std::get_if<updates::NodeBehind>(&fact)) {
                const auto node = static_cast<std::size_t>(behind->node.name().back() - '0');
                behind->is_behind ? (void)behind_.insert(node) : (void)behind_.erase(node);
            }
        }
    }

    RandomNetwork world_;
    SlotModel model_;
    monitor::SlotTracker watch_;
    monitor::HeadCache cache_;
    monitor::FirstSeen first_;
    std::vector<NetworkEvent> ups_;
    std::set<std::size_t> syncing_;
    std::optional<chain::Root> best_;
    bool is_split_ = false;
    std::set<std::size_t> behind_;
    std::map<std::uint64_t, Verdict> verdicts_;
    std::set<std::uint64_t> skipped_;
    std::multiset<chain::Root> reorgs_;
    std::vector<SlotModel::Span> episodes_;
    std::size_t mismatches_ = 0;
    std::size_t alarms_ = 0;
    std::size_t late_ = 0;
    std::size_t headers_asked_ = 0;
    std::size_t ever_behind_ = 0;
};

/// HEADMON_SEED gives a printed seed back.
std::uint64_t seed() {
    const char* const given = std::getenv("HEADMON_SEED");
    return given == nullptr ? 20260101 : std::strtoull(given, nullptr, 10);
}

constexpr std::uint64_t kSlots = 10'000;

}  // namespace

TEST_CASE("in ten thousand healthy slots with one in a hundred skipped there is no false alarm",
          "[monitor]") {
    INFO("HEADMON_SEED=" << seed());
    Simulation simulation{{seed(), 0.01, 0.0, RandomNetwork::kFirst + kSlots / 2}};
    simulation.run(kSlots);
    CHECK(simulation.mismatches() == 0);
    CHECK(simulation.alarms() == 0);
    CHECK(simulation.late() == 0);
    CHECK(simulation.skipped().size() > kSlots / 200);
    // Two slots are not over yet.
    CHECK(simulation.verdicts().size() == kSlots - 2);
    for (const auto& [slot, verdict] : simulation.verdicts()) {
        const bool was_skipped = simulation.skipped().contains(slot);
        REQUIRE((verdict == (was_skipped ? Verdict::kMissed : Verdict::kOnTime)));
    }
    // One header a slot proves that the chain only grew.
    CHECK(simulation.headers_asked() <= kSlots);
}

TEST_CASE("in ten thousand slots with random faults the facts are those of a slow simple model",
          "[monitor]") {
    for (const double faults : {0.005, 0.03, 0.15}) {
        INFO("HEADMON_SEED=" << seed() << " faults " << faults);
        Simulation simulation{{seed(), 0.05, faults, RandomNetwork::kFirst + kSlots / 6}};
        simulation.run(kSlots / 3);
        CHECK(simulation.mismatches() == 0);
        CHECK(simulation.splits_agree());
        CHECK(simulation.reorgs_agree());
        CHECK(simulation.late() > 0);
        CHECK(simulation.reorgs() > 0);
        CHECK(simulation.splits() > 0);
        CHECK(simulation.ever_behind() > 0);
        std::map<Verdict, std::size_t> counts;
        for (const auto& [slot, verdict] : simulation.verdicts()) {
            ++counts[verdict];
        }
        CHECK(counts[Verdict::kOnTime] > kSlots / 6);
        CHECK(counts[Verdict::kMissed] > 0);
    }
}
