#include "api/members.hpp"

#include <cstdint>
#include <set>

#include "base/time_text.hpp"
#include "updates/json.hpp"

namespace api {
namespace {

using updates::JsonWriter;

/// A head and the moment since which it is that; null where there is none.
void write_head(JsonWriter& out, std::string_view name, const updates::BestHead* head,
                const std::optional<base::Instant>& since, base::Instant now) {
    if (head == nullptr) {
        out.null(name);
        return;
    }
    out.begin_object(name);
    updates::write_members(out, *head, now);
    if (since) {
        out.text("since", base::to_rfc3339(since->wall));
        out.seconds("age_seconds", now.mono - since->mono);
    } else {
        out.null("since");
        out.null("age_seconds");
    }
    out.end_object();
}

void write_service(JsonWriter& out, const std::string& name,
                   const updates::ServiceSnapshot& service) {
    out.begin_object();
    out.text("service", name);
    out.text("health", to_string(service.health));
    out.text("detail", service.health_detail);
    out.flag("is_down", service.is_down);
    if (service.last_end) {
        out.begin_object("last_end");
        updates::write_members(out, *service.last_end, {});
        out.end_object();
    } else {
        out.null("last_end");
    }
    out.end_object();
}

void write_rank(JsonWriter& out, const NodeRank& rank) {
    out.text("node", rank.node.name());
    out.text("health", to_string(rank.health));
    out.flag("is_fresh", rank.is_fresh);
    out.flag("is_usable", rank.is_usable());
    const bool is_preferred = rank.preference != SIZE_MAX;
    out.count("preference",
              is_preferred ? std::optional<std::uint64_t>{rank.preference + 1} : std::nullopt);
    out.count("slots", rank.speed.slots);
    out.count("first_slots", rank.speed.firsts);
    out.seconds("mean_lag_seconds", rank.speed.mean_lag);
}

}  // namespace

void write_node(JsonWriter& out, const updates::NodeSnapshot& node, base::Instant now) {
    updates::write_members(out, node.status, now);
    out.count("consecutive_disconnects", node.consecutive_disconnects);
    if (node.last_end) {
        out.text("last_end", to_string(*node.last_end));
    } else {
        out.null("last_end");
    }
    if (node.head) {
        out.begin_object("head");
        updates::write_members(out, *node.head, now);
        out.end_object();
    } else {
        out.null("head");
    }
}

void write_nodes(JsonWriter& out, const NodeBoard& board, base::Instant now) {
    out.begin_array("nodes");
    for (const auto& [id, node] : board.snapshot().nodes) {
        out.begin_object();
        write_node(out, node, now);
        out.end_object();
    }
    out.end_array();
}

void write_slot(JsonWriter& out, const SlotRecord& record) {
    out.decimal("slot", record.slot.value);
    if (record.verdict) {
        out.begin_object("verdict");
        updates::write_members(out, *record.verdict, {});
        out.end_object();
    } else {
        out.null("verdict");
    }
    out.begin_array("reports");
    for (const SlotReport& report : record.reports) {
        out.begin_object();
        out.text("node", report.node.name());
        out.root("block", report.block);
        out.seconds("delay_seconds", report.delay);
        out.flag("is_late", report.is_late);
        out.seconds("lag_seconds", report.lag);
        out.flag("is_first", report.is_first);
        out.end_object();
    }
    out.end_array();
    if (record.not_watched) {
        out.begin_array("not_watched");
        for (const updates::NodeId node : *record.not_watched) {
            out.element(node.name());
        }
        out.end_array();
    } else {
        out.null("not_watched");
    }
}

void write_slots(JsonWriter& out, const NodeBoard& board, std::size_t last) {
    out.begin_array("slots");
    const auto& slots = board.slots().slots();
    for (auto slot = slots.rbegin(); slot != slots.rend() && last > 0; ++slot, --last) {
        out.begin_object();
        write_slot(out, slot->second);
        out.end_object();
    }
    out.end_array();
}

void write_heads(JsonWriter& out, const MergedHead& merged, const NodeBoard& board,
                 base::Instant now) {
    const auto& last = merged.last();
    const auto merged_head =
        last ? std::optional{updates::BestHead{last->node, last->head}} : std::nullopt;
    const auto& best = board.snapshot().best;
    write_head(out, "merged", merged_head ? &*merged_head : nullptr,
               last ? std::optional{last->at} : std::nullopt, now);
    write_head(out, "best", best ? &*best : nullptr, board.best_since(), now);
}

void write_services(JsonWriter& out, const NodeBoard& board,
                    const std::vector<std::string>& names) {
    const auto& services = board.snapshot().services;
    std::set<std::string> all{names.begin(), names.end()};
    for (const auto& [name, service] : services) {
        all.insert(name);
    }
    out.begin_array("services");
    for (const std::string& name : all) {
        const auto known = services.find(name);
        write_service(out, name,
                      known == services.end() ? updates::ServiceSnapshot{} : known->second);
    }
    out.end_array();
}

void write_best_node(JsonWriter& out, const NodeBoard& board, base::MonoTime now) {
    if (const auto choice = board.choice(now)) {
        out.text("node", choice->node.name());
        out.text("since", base::to_rfc3339(choice->since.wall));
        out.text("reason",
                 choice->reason == ChoiceReason::kBetter ? "better_for_3_slots" : "usable");
    } else {
        const bool is_stopped = board.is_stopped(now);
        out.count("code", 503);
        out.text("message", "no node can be used");
        out.begin_array("reasons");
        out.element(to_string(is_stopped ? Unready::kNotRunning : Unready::kNoUsableNode));
        out.end_array();
    }
    out.begin_array("nodes");
    for (const NodeRank& rank : board.ranks(now)) {
        out.begin_object();
        write_rank(out, rank);
        out.end_object();
    }
    out.end_array();
}

}  // namespace api
