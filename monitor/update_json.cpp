#include "monitor/update_json.hpp"

#include <fmt/format.h>

#include <chrono>
#include <string_view>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "base/root.hpp"

namespace monitor {
namespace {

namespace json = boost::json;

json::string_view view(std::string_view text) {
    return {text.data(), text.size()};
}

/// RFC 3339, UTC, with microseconds.
json::value time(base::WallTime when) {
    const auto day = std::chrono::floor<std::chrono::days>(when);
    const std::chrono::year_month_day date{day};
    const std::chrono::hh_mm_ss clock{std::chrono::floor<std::chrono::microseconds>(when - day)};
    return json::value(
        fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z", static_cast<int>(date.year()),
                    static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                    clock.hours().count(), clock.minutes().count(), clock.seconds().count(),
                    clock.subseconds().count()));
}

json::value time(const std::optional<base::Instant>& when) {
    return when ? time(when->wall) : json::value{};
}

double seconds(base::Duration duration) {
    return std::chrono::duration<double>{duration}.count();
}

json::value seconds_or_null(const std::optional<base::Duration>& duration) {
    return duration ? json::value(seconds(*duration)) : json::value{};
}

json::value root(const base::Root& root) {
    return json::value(view(base::to_string(root)));
}

json::value slot(base::Slot slot) {
    return json::value(view(std::to_string(slot.value)));
}

json::value candidate(const std::optional<CandidateId>& id) {
    return id ? json::value(view(id->name())) : json::value{};
}

json::array names(const std::vector<CandidateId>& candidates) {
    json::array names;
    for (const CandidateId& id : candidates) {
        names.emplace_back(view(id.name()));
    }
    return names;
}

/// Writes the members of each kind of fact.
class Members {
  public:
    explicit Members(json::object& out) : out_{out} {}

    void operator()(const RunStarted& fact) const {
        name("run_started");
        out_["candidates"] = names(fact.candidates);
    }

    void operator()(const StreamOpened& fact) const {
        name("stream_opened", fact.candidate);
        out_["reopened"] = fact.reopened;
    }

    void operator()(const StreamEnded& fact) const {
        name("stream_ended", fact.candidate);
        out_["reason"] = view(base::to_string(fact.reason));
        out_["detail"] = view(fact.detail);
        out_["ends_in_row"] = fact.ends_in_row;
    }

    void operator()(const NodeHead& fact) const {
        name("node_head", fact.candidate);
        head(fact.head, fact.source);
        const HeadTiming& timing = fact.timing;
        const bool is_timed = timing.age == HeadAge::kLive && !timing.is_repeat;
        const bool is_judged = timing.delay && timing.deadline;
        out_["is_latest"] = fact.is_latest;
        out_["is_first"] = fact.is_first;
        out_["age"] = view(to_string(timing.age));
        out_["is_repeat"] = timing.is_repeat;
        out_["lag_seconds"] = is_timed ? json::value(seconds(fact.lag)) : json::value{};
        out_["delay_seconds"] = seconds_or_null(timing.delay);
        out_["is_late"] = is_judged ? json::value(timing.is_late()) : json::value{};
        deadline(timing.deadline);
    }

    void operator()(const BestHead& fact) const {
        name("best_head", fact.candidate);
        head(fact.head, fact.source);
    }

    void operator()(const Reorg& fact) const {
        name("reorg");
        out_["old_head"] = root(fact.old_head);
        out_["new_head"] = root(fact.new_head);
        out_["depth"] = fact.depth;
        out_["certainty"] = view(to_string(fact.certainty));
        out_["told_by"] = candidate(fact.told_by);
    }

    void operator()(const Finalized& fact) const {
        name("finalized", fact.candidate);
        out_["epoch"] = view(std::to_string(fact.checkpoint.epoch.value));
        out_["block"] = root(fact.checkpoint.block);
        out_["state"] = root(fact.checkpoint.state);
        out_["execution_optimistic"] = fact.checkpoint.execution_optimistic;
    }

    void operator()(const SlotVerdict& fact) const {
        name("slot_verdict");
        out_["slot"] = slot(fact.slot);
        out_["verdict"] = view(to_string(fact.verdict));
        out_["by"] = candidate(fact.by);
        out_["block"] = fact.root ? root(*fact.root) : json::value{};
        out_["delay_seconds"] = seconds_or_null(fact.delay);
        deadline(fact.deadline);
    }

    void operator()(const HeadSplit& fact) const {
        name("head_split");
        out_["is_over"] = fact.is_over;
        out_["since_monotonic_seconds"] = seconds(fact.since.time_since_epoch());
        json::array branches;
        for (const HeadSplit::Branch& branch : fact.branches) {
            json::object one;
            one["head"] = root(branch.head);
            one["slot"] = slot(branch.slot);
            one["nodes"] = names(branch.nodes);
            branches.emplace_back(std::move(one));
        }
        out_["branches"] = std::move(branches);
    }

    void operator()(const NodeBehind& fact) const {
        name("node_behind", fact.candidate);
        out_["is_behind"] = fact.is_behind;
        out_["slot"] = slot(fact.slot);
        out_["best_slot"] = slot(fact.best_slot);
    }

    void operator()(const ClockDoubt& fact) const {
        name("clock_doubt");
        out_["level"] = view(to_string(fact.level));
        out_["offset_seconds"] = seconds(fact.offset);
        out_["uncertainty_seconds"] = seconds(fact.uncertainty);
        out_["kernel_synchronised"] =
            fact.kernel_synchronised ? json::value(*fact.kernel_synchronised) : json::value{};
    }

    void operator()(const ProxyDoubt& fact) const {
        name("proxy_doubt", fact.candidate);
        out_["is_buffered"] = fact.is_buffered;
        out_["hint"] = fact.is_buffered ? json::value(view(kBufferedHint)) : json::value{};
    }

    void operator()(const NodeStatus& fact) const {
        name("node_status", fact.candidate);
        out_["state"] = view(to_string(fact.state));
        out_["version"] = view(fact.version);
        out_["last_byte"] = time(fact.last_byte);
        out_["last_head"] = time(fact.last_head);
        out_["ends"] = fact.ends;
        out_["malformed"] = fact.malformed;
        out_["network"] = view(to_string(fact.network));
        out_["topics"] = view(to_string(fact.topics));
        out_["rest_breaker"] = view(to_string(fact.breaker));
        const auto said = [&](const auto& read) {
            return fact.syncing ? json::value(read(*fact.syncing)) : json::value{};
        };
        using beacon_api::Syncing;
        out_["head_slot"] = said([](const Syncing& it) { return slot(it.head_slot); });
        out_["sync_distance"] = said([](const Syncing& it) { return it.sync_distance; });
        out_["is_syncing"] = said([](const Syncing& it) { return it.is_syncing; });
        out_["is_optimistic"] = said([](const Syncing& it) { return it.is_optimistic; });
        out_["el_offline"] = said([](const Syncing& it) { return it.el_offline; });
        out_["is_silent"] = fact.is_silent;
        out_["is_stalled"] = fact.is_stalled;
        out_["is_behind"] = fact.is_behind;
        out_["is_buffered"] = fact.is_buffered;
    }

    void operator()(const SlotTime& fact) const {
        name("slot_time");
        out_["genesis"] = time(fact.clock.genesis());
        out_["slot_duration_seconds"] = seconds(fact.clock.slot_duration());
        out_["source"] = view(fact.source);
    }

    void operator()(const CycleFailed& fact) const {
        name("cycle_failed");
        out_["in_row"] = fact.in_row;
        out_["limit"] = fact.limit;
    }

    void operator()(const RunEnded& fact) const {
        name("run_ended");
        out_["end"] = view(to_string(fact.end));
        out_["detail"] = view(fact.detail);
    }

    void operator()(const ServiceEnded& fact) const {
        name("service_ended");
        out_["service"] = view(fact.service);
        out_["end"] = view(fact.end);
        out_["detail"] = view(fact.detail);
        out_["restart_after_seconds"] =
            fact.restart_after ? json::value(seconds(*fact.restart_after)) : json::value{};
        out_["fatal"] = fact.fatal;
        out_["failures_in_row"] = fact.failures_in_row;
    }

  private:
    void deadline(const std::optional<AttestationDeadline>& deadline) const {
        out_["deadline_seconds"] =
            deadline ? json::value(seconds(deadline->after_start)) : json::value{};
        out_["deadline_assumed"] = deadline ? json::value(deadline->assumed) : json::value{};
    }

    void name(std::string_view update) const { out_["update"] = view(update); }
    void name(std::string_view update, const CandidateId& candidate) const {
        name(update);
        out_["candidate"] = view(candidate.name());
    }

    void head(const beacon_api::HeadEvent& head, HeadSource source) const {
        // A block header says neither.
        const bool is_event = source == HeadSource::kStream;
        const auto dependent = [&](const base::Root& told) {
            return is_event ? root(told) : json::value{};
        };
        out_["slot"] = slot(head.slot);
        out_["block"] = root(head.block);
        out_["state"] = root(head.state);
        out_["epoch_transition"] = is_event ? json::value(head.epoch_transition) : json::value{};
        out_["current_epoch_dependent_root"] = dependent(head.current_epoch_dependent_root);
        out_["next_epoch_dependent_root"] = dependent(head.next_epoch_dependent_root);
        out_["payload_status"] =
            head.payload_status ? json::value(view(beacon_api::to_string(*head.payload_status)))
                                : json::value{};
        out_["execution_optimistic"] = head.execution_optimistic;
        out_["source"] = view(to_string(source));
    }

    json::object& out_;
};

}  // namespace

std::string to_json(const Update& update) {
    json::object out;
    // The members stand in the order in which they are put in.
    out["update"] = nullptr;
    out["at"] = time(update.at.wall);
    out["at_monotonic_seconds"] = seconds(update.at.mono.time_since_epoch());
    std::visit(Members{out}, update.fact);
    return json::serialize(out);
}

}  // namespace monitor
