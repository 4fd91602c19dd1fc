#include "recording/facts.hpp"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <set>
#include <span>

#include "base/printable.hpp"
#include "base/text.hpp"
#include "base/time_text.hpp"
#include "recording/json_members.hpp"

namespace recording {
namespace {

/// Other settings give the monitor other turns; what it finds at one of them is the same fact.
constexpr std::chrono::seconds kSameMoment{1};
/// Of what is shown of one member.
constexpr std::size_t kShownMax = 2000;

using Names = std::span<const std::string_view>;

// What each kind of update states. What nodes send and nothing follows from is no fact of ours, nor
// are ages, counts and texts for people.
constexpr std::array<std::string_view, 2> kRunStarted{"nodes", "renewed"};
constexpr std::array<std::string_view, 2> kStreamOpened{"node", "reopened"};
constexpr std::array<std::string_view, 2> kStreamEnded{"node", "reason"};
constexpr std::array<std::string_view, 9> kNodeHead{
    "node",       "slot",     "block",         "payload_status",   "source",
    "timeliness", "is_first", "delay_seconds", "deadline_seconds",
};
constexpr std::array<std::string_view, 4> kBestHead{"slot", "block", "payload_status", "node"};
constexpr std::array<std::string_view, 6> kReorg{"old_head",       "new_head",  "depth",
                                                 "is_depth_exact", "certainty", "reported_by"};
constexpr std::array<std::string_view, 3> kFinalized{"node", "epoch", "block"};
constexpr std::array<std::string_view, 2> kHeadProven{"slot", "block"};
constexpr std::array<std::string_view, 6> kSlotVerdict{
    "slot", "verdict", "first_reported_by", "block", "delay_seconds", "deadline_seconds"};
constexpr std::array<std::string_view, 2> kHeadSplit{"is_over", "branches"};
constexpr std::array<std::string_view, 4> kNodeBehind{"node", "is_behind", "slot", "best_slot"};
constexpr std::array<std::string_view, 1> kClockSkew{"level"};
constexpr std::array<std::string_view, 2> kStreamBuffered{"node", "is_buffered"};
constexpr std::array<std::string_view, 6> kNodeStatus{"node",          "health",    "issues",
                                                      "network_check", "topic_set", "rest_breaker"};
constexpr std::array<std::string_view, 4> kSlotTime{"genesis", "slot_duration_seconds", "source",
                                                    "node"};
constexpr std::array<std::string_view, 1> kCycleFailed{"consecutive_failed_cycles"};
constexpr std::array<std::string_view, 1> kRunEnded{"reason"};
constexpr std::array<std::string_view, 2> kServiceEnded{"service", "reason"};
constexpr std::array<std::string_view, 2> kServiceHealth{"service", "health"};

struct Kind {
    std::string_view name;
    Names members;
    /// It is published again while it stays the same: by its node, or of all.
    bool is_state = false;
};

constexpr std::array<Kind, 19> kKinds{{{"run_started", kRunStarted},
                                       {"stream_opened", kStreamOpened},
                                       {"stream_ended", kStreamEnded},
                                       {"node_head", kNodeHead},
                                       {"best_head", kBestHead},
                                       {"reorg", kReorg},
                                       {"finalized", kFinalized},
                                       {"head_proven", kHeadProven},
                                       {"slot_verdict", kSlotVerdict},
                                       {"head_split", kHeadSplit},
                                       {"node_behind", kNodeBehind},
                                       {"clock_skew", kClockSkew, true},
                                       {"stream_buffered", kStreamBuffered},
                                       {"node_status", kNodeStatus, true},
                                       {"slot_time", kSlotTime},
                                       {"cycle_failed", kCycleFailed},
                                       {"run_ended", kRunEnded},
                                       {"service_ended", kServiceEnded},
                                       {"service_health", kServiceHealth}}};

const Kind* find_kind(std::string_view name) {
    const auto* const found = std::find_if(kKinds.begin(), kKinds.end(),
                                           [name](const Kind& kind) { return kind.name == name; });
    return found == kKinds.end() ? nullptr : found;
}

/// "clock_skew", "node_status alpha": whose state it is.
std::string owner_of(const Fact& fact) {
    const bool has_node = !fact.members.empty() && fact.members.front().first == "node";
    return std::string{fact.kind} + (has_node ? " " + fact.members.front().second : "");
}

/// A value as people read it: words without the quotes of JSON.
std::string shown(const std::string& json) {
    std::string text;
    const bool is_text = json.size() > 2 && json.front() == '"' &&
                         json.find_first_of("\\ =", 1) == std::string::npos;
    text = is_text ? json.substr(1, json.size() - 2) : json;
    return base::printable(text, kShownMax);
}

/// Which members each kind of update has.
std::map<std::string_view, std::set<std::string_view>> members_of(const std::vector<Fact>& facts) {
    std::map<std::string_view, std::set<std::string_view>> all;
    for (const Fact& fact : facts) {
        auto& members = all[fact.kind];
        for (const auto& [name, value] : fact.members) {
            members.insert(name);
        }
    }
    return all;
}

/// Takes a member out of all facts of a kind.
void drop(std::vector<Fact>& facts, std::string_view kind, std::string_view member) {
    for (Fact& fact : facts) {
        if (fact.kind == kind) {
            std::erase_if(fact.members, [member](const auto& one) { return one.first == member; });
        }
    }
}

std::vector<std::string> drop_what_one_has(std::vector<Fact>& before, std::vector<Fact>& after) {
    std::vector<std::string> dropped;
    const auto one = members_of(before);
    const auto other = members_of(after);
    for (const auto& [kind, members] : one) {
        const auto found = other.find(kind);
        if (found == other.end()) {
            continue;
        }
        std::vector<std::string_view> lonely;
        std::set_symmetric_difference(members.begin(), members.end(), found->second.begin(),
                                      found->second.end(), std::back_inserter(lonely));
        for (const std::string_view member : lonely) {
            drop(before, kind, member);
            drop(after, kind, member);
            dropped.push_back(std::string{kind} + "." + std::string{member});
        }
    }
    return dropped;
}

std::string words_of(const Fact& fact) {
    std::string words{fact.kind};
    for (const auto& [name, value] : fact.members) {
        if (value != "null") {
            words.append(" ").append(name).append("=").append(shown(value));
        }
    }
    return words;
}

/// One side's facts by their words, in order.
using ByWords = std::map<std::string, std::vector<const Fact*>>;

ByWords by_words(const std::vector<Fact>& facts) {
    ByWords all;
    std::map<std::string, std::string> states;
    for (const Fact& fact : facts) {
        std::string words = words_of(fact);
        if (find_kind(fact.kind)->is_state) {
            std::string& last = states[owner_of(fact)];
            if (last == words) {
                continue;
            }
            last = words;
        }
        all[std::move(words)].push_back(&fact);
    }
    return all;
}

/// Those of two lists of one fact that have no counterpart.
void match(const std::string& words, std::span<const Fact* const> before,
           std::span<const Fact* const> after, std::vector<FactDifference>& out) {
    while (!before.empty() || !after.empty()) {
        if (!before.empty() && !after.empty()) {
            const auto apart = before.front()->at - after.front()->at;
            if (apart <= kSameMoment && apart >= -kSameMoment) {
                before = before.subspan(1);
                after = after.subspan(1);
                continue;
            }
        }
        const bool is_after =
            before.empty() || (!after.empty() && after.front()->at < before.front()->at);
        auto& side = is_after ? after : before;
        out.push_back({is_after, side.front()->at, words, side.front()->json});
        side = side.subspan(1);
    }
}

}  // namespace

class FactReader::Impl {
  public:
    Impl(std::optional<base::WallTime> from, std::optional<base::WallTime> to)
        : from_{from}, to_{to} {}

    base::Result<std::optional<Fact>> read(std::string_view line) {
        simdjson::dom::object object;
        if (parser_.parse(line.data(), line.size()).get(object)) {
            return base::Error{base::ErrorCode::kMalformedJson, "line"};
        }
        std::optional<base::Error> error;
        const Members in{object, error};
        const std::string_view name = in.text("update");
        if (!error && name == "lagged") {
            lost += in.count("count");
            return error ? base::Result<std::optional<Fact>>{*error} : std::optional<Fact>{};
        }
        const auto at = base::parse_rfc3339(in.text("at"));
        if (error) {
            return *error;
        }
        if (!at) {
            return base::Error{base::ErrorCode::kBadValue, "at"};
        }
        ++updates;
        const Kind* const kind = find_kind(name);
        if (kind == nullptr || (from_ && *at < *from_) || (to_ && *at >= *to_)) {
            return std::optional<Fact>{};
        }
        Fact fact{*at, kind->name, {}, {}};
        for (const std::string_view member : kind->members) {
            simdjson::dom::element value;
            if (!object[member].get(value)) {
                fact.members.emplace_back(member, simdjson::minify(value));
            }
        }
        if (kind->is_state) {
            Fact::Members& last = states_[owner_of(fact)];
            if (last == fact.members) {
                return std::optional<Fact>{};
            }
            last = fact.members;
        }
        fact.json = base::trimmed(line);
        return std::optional{std::move(fact)};
    }

    std::uint64_t updates = 0;
    std::uint64_t lost = 0;

  private:
    std::optional<base::WallTime> from_;
    std::optional<base::WallTime> to_;
    simdjson::dom::parser parser_;
    std::map<std::string, Fact::Members> states_;
};

FactReader::FactReader(std::optional<base::WallTime> from, std::optional<base::WallTime> to)
    : impl_{std::make_unique<Impl>(from, to)} {}

FactReader::~FactReader() = default;

base::Result<std::optional<Fact>> FactReader::read(std::string_view line) {
    return impl_->read(line);
}

std::uint64_t FactReader::updates() const {
    return impl_->updates;
}

std::uint64_t FactReader::lost() const {
    return impl_->lost;
}

FactComparison compare(std::vector<Fact> before, std::vector<Fact> after) {
    FactComparison comparison;
    comparison.not_compared = drop_what_one_has(before, after);
    const ByWords one = by_words(before);
    const ByWords other = by_words(after);
    const auto find = [](const ByWords& all, const std::string& words) {
        const auto found = all.find(words);
        return found == all.end() ? std::span<const Fact* const>{}
                                  : std::span<const Fact* const>{found->second};
    };
    for (const auto& [words, facts] : one) {
        match(words, facts, find(other, words), comparison.differences);
    }
    for (const auto& [words, facts] : other) {
        if (!one.contains(words)) {
            match(words, {}, facts, comparison.differences);
        }
    }
    std::stable_sort(
        comparison.differences.begin(), comparison.differences.end(),
        [](const FactDifference& left, const FactDifference& right) {
            return std::pair{left.at, left.is_after} < std::pair{right.at, right.is_after};
        });
    return comparison;
}

}  // namespace recording
