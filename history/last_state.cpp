#include "history/last_state.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "history/connection.hpp"
#include "history/guarded.hpp"
#include "history/moment.hpp"

namespace history {
namespace {

using std::chrono::duration_cast;
using std::chrono::microseconds;

std::optional<updates::TopicSet> find_topic_set(const std::string& word) {
    using updates::TopicSet;
    constexpr std::array kAll{TopicSet::kHeadV2Full, TopicSet::kHeadFull, TopicSet::kHeadOnly};
    const auto* const found = std::find_if(kAll.begin(), kAll.end(),
                                           [&](TopicSet set) { return to_string(set) == word; });
    return found == kAll.end() ? std::nullopt : std::optional{*found};
}

std::optional<chain::SlotClock> read_learned_clock(Connection& connection) {
    SQLite::Statement& rows = connection.prepare(
        "SELECT genesis, slot_duration_ms FROM slot_times WHERE source = 'node' "
        "ORDER BY at DESC LIMIT 1");
    std::optional<chain::SlotClock> clock;
    if (rows.executeStep() && rows.getColumn(1).getInt64() > 0) {
        clock.emplace(from_micros(rows.getColumn(0).getInt64()),
                      std::chrono::milliseconds{rows.getColumn(1).getInt64()});
    }
    rows.reset();
    return clock;
}

/// The last row of each node with its stream open, and since when its version has had that set.
std::vector<LastState::Topics> read_topics(Connection& connection, std::int64_t now) {
    const std::int64_t since = now - duration_cast<microseconds>(LastState::kTopicsAge).count();
    SQLite::Statement rows = connection.cursor(
        "SELECT n.name, h.version, h.topic_set, (SELECT min(at) FROM node_health o "
        "WHERE o.at >= ?1 AND o.node = h.node AND o.version = h.version "
        "AND o.topic_set = h.topic_set AND o.state = 'open') "
        "FROM node_health h JOIN nodes n ON n.id = h.node WHERE h.at IN "
        "(SELECT max(at) FROM node_health WHERE at >= ?1 AND at <= ?2 AND state = 'open' "
        "GROUP BY node)");
    rows.bind(1, since);
    rows.bind(2, now);
    std::vector<LastState::Topics> all;
    while (rows.executeStep()) {
        const auto set = find_topic_set(rows.getColumn(2).getString());
        if (set && *set != updates::TopicSet::kHeadV2Full) {
            all.push_back({rows.getColumn(0).getString(), rows.getColumn(1).getString(), *set,
                           microseconds{now - rows.getColumn(3).getInt64()}});
        }
    }
    return all;
}

std::optional<chain::Slot> read_best(Connection& connection, std::int64_t now) {
    SQLite::Statement& rows = connection.prepare(
        "SELECT b.slot FROM best_heads h JOIN blocks b ON b.at = h.block "
        "WHERE h.at >= ?1 AND h.at <= ?2 ORDER BY h.at DESC LIMIT 1");
    rows.bind(1, now - duration_cast<microseconds>(LastState::kBestAge).count());
    rows.bind(2, now);
    std::optional<chain::Slot> slot;
    if (rows.executeStep()) {
        slot = chain::Slot{static_cast<std::uint64_t>(rows.getColumn(0).getInt64())};
    }
    rows.reset();
    return slot;
}

}  // namespace

Result<LastState> read_last_state(const std::string& path, base::WallTime now) {
    return guarded(path, [&] {
        const auto connection = Connection::open_reader(path);
        const std::int64_t micros = to_micros(now);
        LastState state;
        state.slot_clock = read_learned_clock(*connection);
        state.topics = read_topics(*connection, micros);
        state.best_head = read_best(*connection, micros);
        return state;
    });
}

}  // namespace history
