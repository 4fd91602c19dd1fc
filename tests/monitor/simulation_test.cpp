// Random schedules through the state machine. The seed of a failure is printed; give
// it back in HEADMON_SEED to run that one alone.
#include <chrono>
#include <cstdlib>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include <catch2/catch.hpp>

#include "monitor/head_monitor.hpp"
#include "tests/monitor/candidates.hpp"
#include "tests/monitor/heads.hpp"
#include "tests/monitor/naive_cache.hpp"
#include "tests/monitor/random.hpp"
#include "updates/update.hpp"

using monitor::Actions;
using monitor::CloseStream;
using monitor::GiveUp;
using monitor::HeadMonitor;
using monitor::OpenStream;
using monitor::Publish;
using monitor::SendRequest;
using tests::NaiveCache;
using tests::pass_check;
using tests::Random;
using tests::seeds;
using updates::NodeId;
using updates::StreamEndReason;
using updates::StreamState;
using namespace std::chrono_literals;

namespace {

/// One run after another of the machine, and the rules checked on all that it answers.
class Simulation {
  public:
    explicit Simulation(unsigned seed) : random_{seed} { begin(monitor::PersistentState{}); }

    void step() {
        pass(std::chrono::milliseconds{random_.below(700)});
        if (now_.mono >= next_tick_) {
            tick();
        } else if (random_.one_in(is_bleak_ ? 600 : 60)) {
            restart();
        } else {
            stream_step(names_[random_.below(static_cast<unsigned>(names_.size()))]);
        }
        if (machine_->is_over()) {
            restart();
        }
    }

    [[nodiscard]] int give_ups() const { return give_ups_; }

  private:
    struct Node {
        bool is_live = false;
        int openings = 0;
        int ends = 0;
        bool opened_at_tick = false;
        /// What its stream asks for.
        std::string head_topic = "head_v2";
    };

    void pass(base::Duration duration) {
        now_.mono += duration;
        now_.wall += std::chrono::duration_cast<base::WallTime::duration>(duration);
    }

    void begin(monitor::PersistentState state) {
        names_.clear();
        for (const char* name : {"a", "b", "c", "d", "e"}) {
            if (random_.one_in(2)) {
                names_.emplace_back(name);
            }
        }
        if (names_.empty()) {
            names_.emplace_back("a");
        }
        std::vector<updates::NodeId> ids;
        nodes_.clear();
        for (const std::string& name : names_) {
            ids.emplace_back(name);
            nodes_[name];
        }
        is_bleak_ = random_.one_in(4);
        cache_ = NaiveCache{};
        floor_holds_ = published_.has_value();
        floor_ticks_ = 0;
        acting_ticks_ = 0;
        failed_in_row_ = 0;
        cycle_counted_ = false;
        open_since_tick_ = false;
        opened_at_ = now_.mono;
        next_tick_ = now_.mono + std::chrono::milliseconds{random_.below(12'000)};
        pass_check(state, ids);
        // Silence has tests of its own.
        HeadMonitor::Options options;
        for (const updates::NodeId& id : ids) {
            options.liveness[id] = monitor::LivenessOverride{24h, std::nullopt};
        }
        machine_.emplace(ids, options, std::move(state));
        take(machine_->started(now_));
        for (const std::string& name : names_) {
            REQUIRE(nodes_[name].is_live);
        }
    }

    void restart() {
        if (!machine_->is_over()) {
            stopping_ = true;
            cache_ = NaiveCache{};
            take(machine_->stopped(updates::RunEndReason::kListChanged, now_));
            stopping_ = false;
        }
        for (const auto& [name, node] : nodes_) {
            REQUIRE_FALSE(node.is_live);
            REQUIRE(node.openings == node.ends);
        }
        // Calls that come too late move nothing.
        REQUIRE(machine_->on_tick(now_).empty());
        REQUIRE(machine_->stream_opened(updates::NodeId{names_[0]}, now_).empty());
        monitor::PersistentState state = std::move(*machine_).take_state();
        REQUIRE(state.best.has_value() == published_.has_value());
        pass(100ms);
        begin(std::move(state));
    }

    void tick() {
        next_tick_ += 12s;
        const bool acts = now_.mono - opened_at_ >= 6s;
        ticking_ = true;
        for (auto& [name, node] : nodes_) {
            node.opened_at_tick = false;
        }
        if (acts) {
            ++acting_ticks_;
            cycle_counted_ = false;
            open_since_tick_ = count(StreamState::kOpen) > 0;
        }
        const auto actions = machine_->on_tick(now_);
        if (!acts) {
            REQUIRE(actions.empty());
        }
        take(actions, acts);
        ticking_ = false;
        for (const auto& [name, node] : nodes_) {
            REQUIRE((!acts || node.is_live));
        }
    }

    void stream_step(const std::string& name) {
        const updates::NodeId id{random_.one_in(30) ? "stranger" : name};
        Node* node = nodes_.contains(id.name()) ? &nodes_[id.name()] : nullptr;
        const bool was_live = node != nullptr && node->is_live;
        const auto expect_nothing = [&](const Actions& actions) {
            REQUIRE((was_live || actions.empty()));
            return actions;
        };
        // In a bleak run no node ever answers.
        const unsigned kind = is_bleak_ ? random_.below(2) * 40 : random_.below(100);
        if (kind < 20) {
            take(expect_nothing(machine_->stream_connected(id, now_)));
        } else if (kind < 30) {
            open_since_tick_ = open_since_tick_ || was_live;
            take(expect_nothing(machine_->stream_opened(id, now_)));
        } else if (kind < 35) {
            open_since_tick_ = open_since_tick_ || was_live;
            take(expect_nothing(machine_->bytes_received(id, now_)));
        } else if (kind < 60) {
            take(expect_nothing(
                machine_->stream_ended(id, monitor::StreamEnd{StreamEndReason::kReset}, now_)));
        } else if (kind < 64) {
            open_since_tick_ = open_since_tick_ || was_live;
            const base::Result<beacon_api::ChainEvent> bad{
                base::Error{base::ErrorCode::kBadHex, "block"}};
            // What nobody asked for ends nothing; a head of the topic that was does.
            take(expect_nothing(machine_->event_received(
                id, random_.one_in(2) && node != nullptr ? node->head_topic : "attestation", bad,
                now_)));
        } else if (was_live && random_.one_in(3)) {
            head(id);
        }
    }

    void head(const updates::NodeId& id) {
        chain::Head event =
            tests::head(slot_ + random_.below(3), static_cast<std::uint8_t>(random_.below(4)));
        slot_ += random_.one_in(5) ? 1U : 0U;
        event.execution_optimistic = random_.one_in(8);
        expected_latest_ = !event.execution_optimistic && cache_.is_latest(id.name(), event.slot);
        if (!event.execution_optimistic) {
            pending_head_ = {id.name(), event};
        }
        open_since_tick_ = true;
        failed_in_row_ = 0;
        take(machine_->event_received(id, node_of(id).head_topic, beacon_api::ChainEvent{event},
                                      now_));
    }

    [[nodiscard]] int count(StreamState state) const {
        int found = 0;
        for (const std::string& name : names_) {
            found += machine_->state(updates::NodeId{name}) == state ? 1 : 0;
        }
        return found;
    }

    void take(const Actions& actions, bool is_tick = false) {
        bests_.clear();
        for (const auto& action : actions) {
            std::visit([this](const auto& what) { check(what); }, action);
        }
        if (is_tick && floor_holds_ && ++floor_ticks_ == 2) {
            floor_holds_ = false;
            expect_best();
        }
        REQUIRE(bests_ == expected_bests_);
        expected_bests_.clear();
    }

    Node& node_of(const updates::NodeId& id) {
        REQUIRE(nodes_.contains(id.name()));
        return nodes_[id.name()];
    }

    void check(const OpenStream& action) {
        Node& node = node_of(action.node);
        REQUIRE_FALSE(node.is_live);
        REQUIRE_FALSE(node.opened_at_tick);
        REQUIRE((ticking_ || now_.mono == opened_at_));
        node.is_live = true;
        node.opened_at_tick = ticking_;
        node.head_topic = action.topics.starts_with("head_v2") ? "head_v2" : "head";
        ++node.openings;
    }
    void check(const CloseStream& action) { REQUIRE(node_of(action.node).is_live); }
    void check(const GiveUp& /*action*/) {
        REQUIRE(failed_in_row_ == monitor::kFailedCyclesMax);
        REQUIRE(machine_->is_over());
        ++give_ups_;
    }
    void check(const SendRequest& /*action*/) {}
    void check(const monitor::SetSlotTime& /*action*/) {}
    void check(const monitor::SetDeadline& /*action*/) {}
    void check(const Publish& action) {
        std::visit([this](const auto& fact) { check_fact(fact); }, action.update.fact);
    }

    void check_fact(const updates::StreamOpened& fact) {
        REQUIRE(node_of(fact.node).is_live);
        REQUIRE(fact.reopened == (node_of(fact.node).openings > 1));
        failed_in_row_ = 0;
        open_since_tick_ = true;
    }
    void check_fact(const updates::StreamEnded& fact) {
        Node& node = node_of(fact.node);
        REQUIRE(node.is_live);
        node.is_live = false;
        ++node.ends;
        cache_.remove(fact.node.name());
        if (!cache_.best() && published_ && !floor_holds_) {
            floor_holds_ = true;
            floor_ticks_ = 0;
        }
        expect_best();
        bool none_left = true;
        for (const auto& [name, other] : nodes_) {
            none_left = none_left && !other.is_live;
        }
        if (!stopping_ && none_left && acting_ticks_ > 0 && !open_since_tick_ && !cycle_counted_) {
            cycle_counted_ = true;
            expected_failure_ = true;
        }
    }
    void check_fact(const updates::NodeHead& fact) {
        REQUIRE(fact.is_latest == expected_latest_);
        if (pending_head_) {
            cache_.put(pending_head_->first, pending_head_->second);
            pending_head_.reset();
            expect_best();
        }
    }
    void check_fact(const updates::BestHead& fact) {
        REQUIRE_FALSE(fact.head.execution_optimistic);
        REQUIRE(node_of(fact.node).is_live);
        bests_.emplace_back(fact.node.name(), fact.head.slot.value, fact.head.block);
    }
    void check_fact(const updates::CycleFailed& fact) {
        REQUIRE(expected_failure_);
        expected_failure_ = false;
        REQUIRE(fact.consecutive == ++failed_in_row_);
    }
    void check_fact(const auto& /*fact*/) {}
    void check_fact(const updates::NodeStatus& fact) { (void)node_of(fact.node); }

    /// Works out what must have been published as best by now.
    void expect_best() {
        REQUIRE_FALSE(expected_failure_);
        const auto& best = cache_.best();
        if (!best || !best->was_latest) {
            return;
        }
        if (floor_holds_ && best->head.slot < published_->slot) {
            return;
        }
        floor_holds_ = false;
        if (published_ && published_->block == best->head.block) {
            return;
        }
        published_ = best->head;
        expected_bests_.emplace_back(best->node, best->head.slot.value, best->head.block);
    }

    using Best = std::tuple<std::string, std::uint64_t, chain::Root>;

    Random random_;
    base::Instant now_{base::MonoTime{1h}, base::WallTime{std::chrono::seconds{1767225600}}};
    base::MonoTime opened_at_;
    base::MonoTime next_tick_;
    std::vector<std::string> names_;
    std::map<std::string, Node> nodes_;
    std::optional<HeadMonitor> machine_;
    std::uint64_t slot_ = 10;

    NaiveCache cache_;
    std::optional<chain::Head> published_;
    bool floor_holds_ = false;
    int floor_ticks_ = 0;
    std::optional<std::pair<std::string, chain::Head>> pending_head_;
    bool expected_latest_ = false;
    std::vector<Best> bests_;
    std::vector<Best> expected_bests_;

    int give_ups_ = 0;
    bool is_bleak_ = false;
    bool ticking_ = false;
    bool stopping_ = false;
    int acting_ticks_ = 0;
    bool open_since_tick_ = false;
    bool cycle_counted_ = false;
    bool expected_failure_ = false;
    std::uint32_t failed_in_row_ = 0;
};

}  // namespace

TEST_CASE("random schedules break no rule of the state machine", "[monitor]") {
    int give_ups = 0;
    for (const unsigned seed : seeds(3000)) {
        INFO("HEADMON_SEED=" << seed);
        Simulation simulation{seed};
        for (int i = 0; i < 300; ++i) {
            simulation.step();
        }
        give_ups += simulation.give_ups();
    }
    // Else the schedules do not reach what they are to try.
    CHECK((give_ups > 0 || std::getenv("HEADMON_SEED") != nullptr));
}

TEST_CASE("each of thousands of slots has one best head", "[monitor]") {
    constexpr std::uint64_t kSlots = 20'000;
    const updates::NodeId alpha{"alpha"};
    const updates::NodeId beta{"beta"};
    monitor::PersistentState state;
    pass_check(state, {alpha, beta});
    HeadMonitor machine{{alpha, beta}, {}, std::move(state)};
    base::Instant now{base::MonoTime{1h}, base::WallTime{std::chrono::seconds{1767225600}}};
    std::uint64_t bests = 0;
    const auto take = [&](const Actions& actions) {
        for (const auto& action : actions) {
            const auto* publish = std::get_if<Publish>(&action);
            bests += publish != nullptr &&
                             std::holds_alternative<updates::BestHead>(publish->update.fact)
                         ? 1U
                         : 0U;
        }
    };
    take(machine.started(now));
    chain::Head head;
    for (std::uint64_t slot = 1; slot <= kSlots; ++slot) {
        now.mono += 12s;
        now.wall += 12s;
        head.slot = chain::Slot{slot};
        for (std::size_t i = 0; i < 8; ++i) {
            head.block.bytes[i] = static_cast<std::uint8_t>(slot >> (8 * i));
        }
        const base::Result<beacon_api::ChainEvent> event{beacon_api::ChainEvent{head}};
        take(machine.event_received(alpha, "head_v2", event, now));
        take(machine.event_received(beta, "head_v2", event, now));
        take(machine.on_tick(now));
    }
    CHECK(bests == kSlots);
}
