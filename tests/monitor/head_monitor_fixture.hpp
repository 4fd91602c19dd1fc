#pragma once

#include <initializer_list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "chain/sync_status.hpp"
#include "monitor/head_monitor.hpp"
#include "tests/monitor/heads.hpp"
#include "tests/support/update_recorder.hpp"
#include "updates/update.hpp"

namespace tests {

/// Steps a HeadMonitor through a story and keeps what it answers. Every step takes a millisecond;
/// slots are 12 s. All nodes have passed the network check, while slot time is not known, unless a
/// test asks otherwise.
class HeadMonitorFixture {
  public:
    using Actions = monitor::Actions;
    using Kind = monitor::RestRequest::Kind;

    HeadMonitorFixture(std::initializer_list<const char*> names) {
        begin(names, monitor::PersistentState{});
    }

    /// Ends the run for a change of the list and begins one over `names`.
    HeadMonitorFixture& next_run(std::initializer_list<const char*> names) {
        if (!machine_->is_over()) {
            stops(updates::RunEndReason::kListChanged);
        }
        monitor::PersistentState state = std::move(*machine_).take_state();
        begin(names, std::move(state));
        return *this;
    }

    HeadMonitorFixture& passes(base::Duration duration) {
        now_.mono += duration;
        now_.wall += std::chrono::duration_cast<base::WallTime::duration>(duration);
        return *this;
    }
    HeadMonitorFixture& connects(const std::string& name) {
        return took(machine_->stream_connected(about(name), step()));
    }
    HeadMonitorFixture& opens(const std::string& name) {
        return took(machine_->stream_opened(about(name), step()));
    }
    HeadMonitorFixture& sends_bytes(const std::string& name) {
        return took(machine_->bytes_received(about(name), step()));
    }
    /// By the candidate that was named last.
    HeadMonitorFixture& reports_head(const chain::Head& event) {
        slots_[event.block] = event.slot;
        return sends("head_v2", beacon_api::ChainEvent{event});
    }
    HeadMonitorFixture& reports_head(chain::Slot slot) {
        return reports_head(head(slot.value, static_cast<std::uint8_t>(slot.value)));
    }
    HeadMonitorFixture& reports_head(const std::string& name, const chain::Head& event) {
        (void)about(name);
        return reports_head(event);
    }
    /// A head among the bytes that were sent last.
    HeadMonitorFixture& sends_in_one_read(const chain::Head& event, base::Instant at) {
        return took(
            machine_->event_received(*candidate_, "head_v2", beacon_api::ChainEvent{event}, at));
    }
    HeadMonitorFixture& sends(const std::string& topic,
                              const base::Result<beacon_api::ChainEvent>& event) {
        return took(machine_->event_received(*candidate_, topic, event, step()));
    }
    HeadMonitorFixture& ends(const std::string& name,
                             updates::StreamEndReason reason = updates::StreamEndReason::kReset,
                             const std::string& detail = "", int status = 0) {
        const monitor::StreamEnd why{reason, detail, status};
        return took(machine_->stream_ended(about(name), why, step()));
    }
    HeadMonitorFixture& ends(const std::string& name, const monitor::StreamEnd& why) {
        return took(machine_->stream_ended(about(name), why, step()));
    }
    /// Every stream that is not over.
    HeadMonitorFixture& all_streams_end(updates::StreamEndReason reason) {
        for (updates::NodeId id : candidates_) {
            ends(id.name(), reason);
        }
        return *this;
    }
    HeadMonitorFixture& tick() { return took(machine_->on_tick(step())); }
    HeadMonitorFixture& tick_after(base::Duration duration) { return passes(duration).tick(); }
    /// Ticks a slot apart; every stream that is opened at one fails at once.
    HeadMonitorFixture& ticks(int count) {
        for (int i = 0; i < count; ++i) {
            tick_after(kSlot);
            for (updates::NodeId id : candidates_) {
                if (state(id.name()) == updates::StreamState::kConnecting) {
                    ends(id.name(), updates::StreamEndReason::kConnectFailed);
                }
            }
        }
        return *this;
    }
    HeadMonitorFixture& stops(updates::RunEndReason end) {
        return took(machine_->stopped(end, step()));
    }
    /// Nobody waits for the first answers any longer.
    HeadMonitorFixture& wait_ends() {
        passes(monitor::NetworkGuard::kWait);
        return took(machine_->on_deadline(step()));
    }
    /// Whatever the node is asked now is answered, but for one kind.
    HeadMonitorFixture& answers_all_but(const std::string& name, Kind kind) {
        while (asking_.contains(name)) {
            const monitor::RestRequest request = asking_.at(name);
            if (request.kind == kind) {
                refuses(name, request);
            } else if (request.kind == Kind::kIdentity) {
                answers_identity(name, known_chain.value_or(kUnknown));
            } else if (request.kind == Kind::kVersion) {
                answers_version(name, "x");
            } else if (request.kind == Kind::kSyncing) {
                answers_syncing(name, false);
            } else if (request.kind == Kind::kHeader) {
                answers_header(name, request);
            } else {
                answers_head(name, 100, 1);
            }
        }
        return *this;
    }
    HeadMonitorFixture& slot_begins() { return took(machine_->slot_began(step())); }

    /// The answers of a node, each after its question.
    HeadMonitorFixture& answers(const std::string& name, monitor::RestRequest request,
                                monitor::RestAnswer::Value said) {
        base::Instant at = step();
        asking_.erase(name);
        beacon_api::Exchange exchange;
        exchange.status = 200;
        exchange.sent = at.mono;
        exchange.received = at;
        const monitor::RestAnswer answer{std::move(said), {exchange}};
        return took(machine_->rest_answered(about(name), request, answer, at));
    }
    HeadMonitorFixture& answers_identity(const std::string& name, const chain::SlotClock& clock,
                                         std::uint8_t validators = 0) {
        return answers(name, {Kind::kIdentity, {}}, identity(clock, validators));
    }
    HeadMonitorFixture& answers_version(const std::string& name, const std::string& version) {
        return answers(name, {Kind::kVersion, {}}, version);
    }
    HeadMonitorFixture& answers_syncing(const std::string& name, bool is_syncing) {
        chain::SyncStatus syncing;
        syncing.is_syncing = is_syncing;
        return answers(name, {Kind::kSyncing, {}}, syncing);
    }
    HeadMonitorFixture& answers_head(const std::string& name, std::uint64_t slot,
                                     std::uint8_t block) {
        beacon_api::BlockHeader header;
        header.root = root(block);
        header.slot = chain::Slot{slot};
        header.parent_root = root(static_cast<std::uint8_t>(block - 1));
        return answers(name, {Kind::kHead, {}}, header);
    }
    /// Every node says no to whatever it is being asked.
    HeadMonitorFixture& all_refuse() {
        while (!asking_.empty()) {
            const auto [name, question] = *asking_.begin();
            refuses(name, question);
        }
        return *this;
    }
    HeadMonitorFixture& refuses(const std::string& name, const monitor::RestRequest& question) {
        asking_.erase(name);
        beacon_api::Exchange exchange;
        exchange.status = 404;
        const monitor::RestAnswer no{base::Error{base::ErrorCode::kHttpStatus, ""}, {exchange}};
        return took(machine_->rest_answered(about(name), question, no, step()));
    }
    /// The node does not answer what it was asked.
    HeadMonitorFixture& times_out(const std::string& name, Kind kind) {
        const monitor::RestAnswer answer{base::Error{base::ErrorCode::kDeadline, ""}, {}};
        return took(machine_->rest_answered(about(name), {kind, {}}, answer, step()));
    }
    /// The node's own clock, in the head of an answer.
    HeadMonitorFixture& answers_date(const std::string& name, base::WallTime date) {
        const base::Instant at = step();
        beacon_api::Exchange exchange;
        exchange.status = 200;
        exchange.sent = at.mono;
        exchange.received = at;
        exchange.date = std::chrono::floor<std::chrono::seconds>(date);
        const monitor::RestAnswer answer{monitor::RestAnswer::Value{std::string{"x"}}, {exchange}};
        return took(machine_->rest_answered(about(name), {Kind::kVersion, {}}, answer, at));
    }
    /// Answers every request for a header, until none is left; refuses whatever else is requested.
    HeadMonitorFixture& answers_headers() {
        while (!asking_.empty()) {
            const auto [name, question] = *asking_.begin();
            answers_header(name, question);
        }
        return *this;
    }
    /// Answers `question`, about the head with nothing new or about a header as if each block's
    /// parent were the one before, but for 13, whose parent is 10. Its slot is the one that was
    /// reported, else 86 more than the block.
    HeadMonitorFixture& answers_header(const std::string& name,
                                       const monitor::RestRequest& question) {
        if (question.kind != Kind::kHeader) {
            return refuses(name, question);
        }
        const std::uint8_t block = question.root.bytes.back();
        beacon_api::BlockHeader header;
        header.root = question.root;
        const auto slot = slots_.find(question.root);
        header.slot = slot == slots_.end() ? chain::Slot{86U + block} : slot->second;
        header.parent_root = root(static_cast<std::uint8_t>(block == 13 ? 10 : block - 1));
        return answers(name, question, header);
    }
    /// What was asked of a node since this was called last.
    [[nodiscard]] std::vector<monitor::RestRequest> open_requests(const std::string& name) {
        std::vector<monitor::RestRequest> open;
        for (const auto& ask : asked_) {
            if (ask.node.name() == name) {
                open.push_back(ask.request);
            }
        }
        std::erase_if(asked_, [&](const auto& ask) { return ask.node.name() == name; });
        return open;
    }
    /// By an answer of the candidate that is named first.
    HeadMonitorFixture& learns_slot_time(const chain::SlotClock& clock) {
        return answers_identity(candidates_.front().name(), clock);
    }

    /// Drops what was answered so far.
    HeadMonitorFixture& forget() {
        actions_.clear();
        recorder_.clear();
        asked_.clear();
        return *this;
    }

    /// But questions.
    [[nodiscard]] const Actions& actions() const { return actions_; }
    /// What a node was asked.
    [[nodiscard]] std::vector<Kind> asked(const std::string& name) const {
        std::vector<Kind> kinds;
        for (const auto& ask : asked_) {
            if (ask.node.name() == name) {
                kinds.push_back(ask.request.kind);
            }
        }
        return kinds;
    }
    [[nodiscard]] const std::vector<updates::Update>& all_published() const {
        return recorder_.all();
    }
    /// The facts of one kind that were published, in order.
    template <class Fact>
    [[nodiscard]] std::vector<Fact> published() const {
        return recorder_.published<Fact>();
    }
    template <class Fact>
    [[nodiscard]] Fact last() const {
        const auto all = published<Fact>();
        // Throws when there is none.
        return all.at(all.size() - 1);
    }
    /// The candidates whose stream was to be opened, in order.
    [[nodiscard]] std::vector<std::string> opened() const {
        return names_of<monitor::OpenStream>();
    }
    [[nodiscard]] std::vector<std::string> closed() const {
        return names_of<monitor::CloseStream>();
    }
    /// The slots of the best heads that were published.
    [[nodiscard]] std::vector<std::uint64_t> best_slots() const {
        std::vector<std::uint64_t> slots;
        for (const auto& best : published<updates::BestHead>()) {
            slots.push_back(best.head.slot.value);
        }
        return slots;
    }
    [[nodiscard]] bool gave_up() const { return !names_of<monitor::GiveUp>().empty(); }
    [[nodiscard]] updates::StreamState state(const std::string& name) const {
        return machine_->state(updates::NodeId{name});
    }
    [[nodiscard]] base::Instant now() const { return now_; }
    [[nodiscard]] monitor::HeadMonitor& machine() { return *machine_; }

    static constexpr base::Duration kSlot = std::chrono::seconds{12};

    /// For the next run.
    bool all_have_passed = true;
    /// Where all nodes that have passed are; slot time is known then.
    std::optional<chain::SlotClock> known_chain;
    /// What the operator has said; counts for the next run.
    std::optional<chain::SlotClock> configured_chain;
    monitor::HeadMonitor::Options options;

  private:
    void begin(std::initializer_list<const char*> names, monitor::PersistentState state) {
        candidates_.clear();
        for (const char* name : names) {
            candidates_.emplace_back(name);
        }
        if (configured_chain) {
            state.chain = monitor::ChainView{monitor::ConfiguredNetwork{
                configured_chain->genesis(), configured_chain->slot_duration(), std::nullopt}};
        }
        if (known_chain) {
            options.slot_time = updates::SlotTime{
                *known_chain, updates::SlotTimeSource::kConfiguration, std::nullopt};
        }
        if (all_have_passed) {
            (void)state.chain.set_candidates(candidates_);
            for (updates::NodeId id : candidates_) {
                (void)state.chain.identity_answered(
                    id, identity(known_chain.value_or(kUnknown), 0).chain);
            }
        }
        asking_.clear();
        machine_ = std::make_unique<monitor::HeadMonitor>(candidates_, options, std::move(state));
        took(machine_->started(step()));
    }
    static monitor::Identity identity(const chain::SlotClock& clock, std::uint8_t validators) {
        monitor::Identity identity;
        identity.chain.genesis_time = clock.genesis();
        identity.chain.slot_duration = clock.slot_duration();
        identity.chain.genesis_validators_root = root(validators);
        identity.spec->slot_duration = clock.slot_duration();
        return identity;
    }
    base::Instant step() {
        passes(std::chrono::milliseconds{1});
        return now_;
    }
    const updates::NodeId& about(const std::string& name) {
        candidate_.emplace(name);
        return *candidate_;
    }
    HeadMonitorFixture& took(const Actions& actions) {
        for (const auto& action : actions) {
            if (const auto* ask = std::get_if<monitor::SendRequest>(&action)) {
                asked_.push_back(*ask);
                asking_[ask->node.name()] = ask->request;
            } else {
                actions_.push_back(action);
            }
            if (const auto* publish = std::get_if<monitor::Publish>(&action)) {
                recorder_.record(publish->update);
            }
        }
        return *this;
    }
    template <class Kind>
    [[nodiscard]] std::vector<std::string> names_of() const {
        std::vector<std::string> names;
        for (const auto& action : actions_) {
            if (const auto* found = std::get_if<Kind>(&action)) {
                if constexpr (requires { found->node; }) {
                    names.push_back(found->node.name());
                } else {
                    names.push_back(found->reason);
                }
            }
        }
        return names;
    }

    inline static const chain::SlotClock kUnknown{base::WallTime{std::chrono::seconds{1}},
                                                  std::chrono::seconds{12}};

    std::vector<updates::NodeId> candidates_;
    std::unique_ptr<monitor::HeadMonitor> machine_;
    std::optional<updates::NodeId> candidate_;
    base::Instant now_{base::MonoTime{std::chrono::hours{1}},
                       base::WallTime{std::chrono::seconds{1767225600}}};
    Actions actions_;
    UpdateRecorder recorder_;
    std::map<chain::Root, chain::Slot> slots_;
    std::vector<monitor::SendRequest> asked_;
    /// What each node is being asked.
    std::map<std::string, monitor::RestRequest> asking_;
};

}  // namespace tests
