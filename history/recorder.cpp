#include "history/recorder.hpp"

#include <SQLiteCpp/Transaction.h>

#include <algorithm>
#include <utility>
#include <variant>

#include "history/moment.hpp"
#include "history/recorder_state.hpp"

namespace history {
namespace {

/// How a run or a stream ended that headmon did not see end.
constexpr std::string_view kNotWatched = "not_watched";

constexpr const char* kSetMeta =
    "INSERT INTO meta (key, value) VALUES (?1, ?2) "
    "ON CONFLICT (key) DO UPDATE SET value = excluded.value";
constexpr const char* kGetMeta = "SELECT value FROM meta WHERE key = ?1";

}  // namespace

Recorder::Recorder(bool has_outbox) : has_outbox_{has_outbox} {}
Recorder::~Recorder() = default;

void Recorder::forget() {
    state_.reset();
}

void Recorder::record(const Batch& batch, Connection& connection) {
    if (batch.number <= written_) {
        return;
    }
    try {
        SQLite::Transaction transaction{connection.database(),
                                        SQLite::TransactionBehavior::IMMEDIATE};
        const std::int64_t now = to_micros(batch.at);
        const bool is_opened = !state_;
        if (is_opened) {
            state_ = std::make_unique<State>(connection);
            state_->watched_until = state_->rows.find(kGetMeta, "watched_until");
            if (has_outbox_) {
                state_->outbox.emplace(state_->rows);
            } else {
                Outbox::end(state_->rows);
            }
        }
        Pass pass{*state_, state_->watched_until.value_or(now)};
        if (is_opened) {
            pass.open(now, written_ == 0 ? nullptr : &seen_);
        }
        for (const updates::Message& message : batch.messages) {
            pass.record(message);
        }
        pass.end(batch);
        transaction.commit();
        state_->watched_until = now;
        written_ = batch.number;
        see(batch);
    } catch (...) {
        // It may know of rows that are not there.
        state_.reset();
        throw;
    }
}

void Recorder::see(const Batch& batch) {
    for (const updates::Message& message : batch.messages) {
        if (const auto* update = std::get_if<std::shared_ptr<const updates::Update>>(&message)) {
            seen_.apply(**update);
        } else if (const auto* snapshot = std::get_if<updates::Snapshot>(&message)) {
            seen_ = *snapshot;
        }
    }
}

void Recorder::Pass::open(std::int64_t now, const updates::Snapshot* seen) {
    if (!state_.watched_until) {
        rows_.run(kSetMeta, "begun", now);
    } else if (seen == nullptr) {
        begin_process(now);
    }
    load_run();
    if (seen != nullptr) {
        resume(*seen);
    }
}

void Recorder::Pass::begin_process(std::int64_t now) {
    const std::int64_t until = *state_.watched_until;
    rows_.run("UPDATE streams SET ended = max(?1, at), reason = ?2 WHERE ended IS NULL", until,
              kNotWatched);
    rows_.run("UPDATE runs SET ended = max(?1, at), reason = ?2 WHERE ended IS NULL", until,
              kNotWatched);
    const bool was_stopped = rows_.find(kGetMeta, "is_stopped").value_or(0) != 0;
    gap_ = Gap{until, was_stopped ? "stopped" : "killed", 0};
    close_gap(now);
}

void Recorder::Pass::load_run() {
    state_.run = rows_.find("SELECT max(at) FROM runs WHERE ended IS NULL");
    if (!state_.run) {
        return;
    }
    SQLite::Statement names = rows_.connection().cursor(
        "SELECT n.name FROM run_nodes m JOIN nodes n ON n.id = m.node WHERE m.run = ?");
    names.bind(1, *state_.run);
    while (names.executeStep()) {
        state_.run_nodes.emplace_back(names.getColumn(0).getString());
    }
    std::sort(state_.run_nodes.begin(), state_.run_nodes.end());
}

void Recorder::Pass::record(const updates::Message& message) {
    if (const auto* update = std::get_if<std::shared_ptr<const updates::Update>>(&message)) {
        at_ = to_micros((*update)->at.wall);
        close_gap(at_);
        std::visit(*this, (*update)->fact);
        if (state_.outbox) {
            state_.outbox->add(**update);
        }
    } else if (const auto* lagged = std::get_if<updates::Lagged>(&message)) {
        gap_ = Gap{at_, "lagged", lagged->count + (gap_ ? gap_->dropped : 0)};
    } else {
        resume(std::get<updates::Snapshot>(message));
    }
}

void Recorder::Pass::end(const Batch& batch) {
    const std::int64_t now = to_micros(batch.at);
    close_gap(now);
    for (const Unwatched& gap : batch.unwatched) {
        gap_ = Gap{to_micros(gap.from), gap.reason, 0};
        close_gap(to_micros(gap.until));
    }
    if (state_.outbox) {
        if (batch.passed_on) {
            state_.outbox->remove(batch.passed_on->origin, batch.passed_on->sequence);
        }
        state_.outbox->finish();
    }
    rows_.run(kSetMeta, "watched_until", now);
    rows_.run(kSetMeta, "is_stopped", batch.is_last);
}

void Recorder::Pass::close_gap(std::int64_t until) {
    if (gap_ && until > gap_->from) {
        (void)rows_.insert("INSERT INTO gaps (at, until, reason, dropped) VALUES (?, ?, ?, ?)",
                           gap_->from, until, gap_->reason, gap_->dropped);
        if (state_.outbox) {
            state_.outbox->add_gap(gap_->from, until, gap_->reason, gap_->dropped);
        }
    }
    gap_.reset();
}

/// What came while headmon did not listen is known by what is so now.
void Recorder::Pass::resume(const updates::Snapshot& snapshot) {
    resume_run(snapshot);
    for (auto& [id, its] : state_.nodes) {
        if (snapshot.nodes.find(id) == snapshot.nodes.end()) {
            lose_stream(its, at_);
        }
    }
    for (const auto& [id, known] : snapshot.nodes) {
        (*this)(known.status);
        State::Node& its = node(id);
        const bool is_open = known.status.state == updates::StreamState::kOpen;
        if (is_open && !its.stream) {
            open_stream(its);
        } else if (!is_open) {
            lose_stream(its, at_);
        }
    }
    if (snapshot.slot_time) {
        (*this)(*snapshot.slot_time);
    }
}

void Recorder::Pass::resume_run(const updates::Snapshot& snapshot) {
    std::vector<updates::NodeId> nodes;
    for (const auto& [id, known] : snapshot.nodes) {
        nodes.push_back(id);
    }
    const bool is_same = state_.run && snapshot.running && nodes == state_.run_nodes;
    if (is_same) {
        return;
    }
    end_run(at_, kNotWatched, "");
    if (snapshot.running) {
        start_run(nodes);
    }
}

void Recorder::Pass::start_run(const std::vector<updates::NodeId>& nodes) {
    state_.run = rows_.insert("INSERT INTO runs (at) VALUES (?)", at_);
    state_.run_nodes = nodes;
    std::sort(state_.run_nodes.begin(), state_.run_nodes.end());
    for (const updates::NodeId id : nodes) {
        rows_.run("INSERT OR IGNORE INTO run_nodes (run, node) VALUES (?, ?)", *state_.run,
                  node(id).id);
    }
}

void Recorder::Pass::end_run(std::int64_t at, std::string_view reason, std::string_view detail) {
    if (state_.run) {
        rows_.run("UPDATE runs SET ended = max(?1, at), reason = ?2, detail = ?3 WHERE at = ?4", at,
                  reason, detail, *state_.run);
        state_.run.reset();
    }
}

void Recorder::Pass::open_stream(State::Node& its) {
    its.stream =
        rows_.insert("INSERT INTO streams (at, node, opened) VALUES (?, ?, ?)", at_, its.id, at_);
}

void Recorder::Pass::lose_stream(State::Node& its, std::int64_t at) {
    if (its.stream) {
        rows_.run("UPDATE streams SET ended = max(?1, at), reason = ?2 WHERE at = ?3", at,
                  kNotWatched, *its.stream);
        its.stream.reset();
    }
}

Recorder::State::Node& Recorder::Pass::node(updates::NodeId id) {
    const auto [place, is_new] = state_.nodes.try_emplace(id);
    State::Node& its = place->second;
    if (is_new) {
        rows_.run("INSERT OR IGNORE INTO nodes (name) VALUES (?)", id.name());
        its.id = rows_.find("SELECT id FROM nodes WHERE name = ?", id.name()).value();
        its.stream =
            rows_.find("SELECT max(at) FROM streams WHERE node = ? AND ended IS NULL", its.id);
    }
    return its;
}

std::optional<std::int64_t> Recorder::Pass::node(const std::optional<updates::NodeId>& id) {
    return id ? std::optional{node(*id).id} : std::nullopt;
}

std::int64_t Recorder::Pass::block(chain::Slot slot, const chain::Root& root) {
    if (const std::int64_t* const known = state_.blocks.find(root)) {
        return *known;
    }
    auto key = rows_.find("SELECT at FROM blocks WHERE slot = ? AND root = ?", slot.value, root);
    if (!key) {
        key = rows_.insert("INSERT INTO blocks (at, slot, root) VALUES (?, ?, ?)", at_, slot.value,
                           root);
    }
    (void)state_.blocks.try_emplace(root, *key);
    return *key;
}

void Recorder::Pass::operator()(const updates::RunStarted& fact) {
    // A run that failed has said so.
    end_run(at_, kNotWatched, "");
    start_run(fact.nodes);
}

void Recorder::Pass::operator()(const updates::RunEnded& fact) {
    end_run(at_, to_string(fact.reason), fact.detail);
}

void Recorder::Pass::operator()(const updates::StreamOpened& fact) {
    State::Node& its = node(fact.node);
    lose_stream(its, at_);
    open_stream(its);
}

void Recorder::Pass::operator()(const updates::StreamEnded& fact) {
    State::Node& its = node(fact.node);
    if (its.stream) {
        rows_.run(
            "UPDATE streams SET ended = max(?1, at), reason = ?2, detail = ?3, "
            "consecutive_disconnects = ?4 WHERE at = ?5",
            at_, to_string(fact.reason), fact.detail, fact.consecutive_disconnects, *its.stream);
        its.stream.reset();
        return;
    }
    (void)rows_.insert(
        "INSERT INTO streams (at, node, ended, reason, detail, consecutive_disconnects) "
        "VALUES (?, ?, ?, ?, ?, ?)",
        at_, its.id, at_, to_string(fact.reason), fact.detail, fact.consecutive_disconnects);
}

}  // namespace history
