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

/// Writes the members of each kind of fact.
class Members {
  public:
    explicit Members(json::object& out) : out_{out} {}

    void operator()(const RunStarted& fact) const {
        name("run_started");
        json::array names;
        for (const CandidateId& id : fact.candidates) {
            names.emplace_back(view(id.name()));
        }
        out_["candidates"] = std::move(names);
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
        head(fact.head);
        out_["is_latest"] = fact.is_latest;
        out_["is_first"] = fact.is_first;
        out_["lag_seconds"] = seconds(fact.lag);
        out_["delay_seconds"] = fact.delay ? json::value(seconds(*fact.delay)) : json::value{};
    }

    void operator()(const BestHead& fact) const {
        name("best_head", fact.candidate);
        head(fact.head);
    }

    void operator()(const NodeStatus& fact) const {
        name("node_status", fact.candidate);
        out_["state"] = view(to_string(fact.state));
        out_["version"] = view(fact.version);
        out_["last_byte"] = time(fact.last_byte);
        out_["last_head"] = time(fact.last_head);
        out_["ends"] = fact.ends;
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
    void name(std::string_view update) const { out_["update"] = view(update); }
    void name(std::string_view update, const CandidateId& candidate) const {
        name(update);
        out_["candidate"] = view(candidate.name());
    }

    void head(const beacon_api::HeadEvent& head) const {
        out_["slot"] = view(std::to_string(head.slot.value));
        out_["block"] = view(base::to_string(head.block));
        out_["state"] = view(base::to_string(head.state));
        out_["epoch_transition"] = head.epoch_transition;
        out_["current_epoch_dependent_root"] =
            view(base::to_string(head.current_epoch_dependent_root));
        out_["next_epoch_dependent_root"] = view(base::to_string(head.next_epoch_dependent_root));
        out_["payload_status"] =
            head.payload_status ? json::value(view(beacon_api::to_string(*head.payload_status)))
                                : json::value{};
        out_["execution_optimistic"] = head.execution_optimistic;
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
