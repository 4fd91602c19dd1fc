#include "api/answers.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "base/time_text.hpp"
#include "updates/json.hpp"
#include "updates/json_writer.hpp"
#include "updates/node_health.hpp"

namespace api {
namespace {

using updates::JsonWriter;

/// The object that `write` fills.
template <class Write>
Answer object(int status, Write write) {
    Answer answer{status, {}};
    JsonWriter out{answer.body};
    out.begin_object();
    write(out);
    out.end_object();
    return answer;
}

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

const updates::NodeSnapshot* find_node(const NodeBoard& board, std::string_view name) {
    const auto& nodes = board.snapshot().nodes;
    const auto found = std::find_if(nodes.begin(), nodes.end(),
                                    [&](const auto& entry) { return entry.first.name() == name; });
    return found == nodes.end() ? nullptr : &found->second;
}

Answer no_such_node() {
    return error_answer(404, "no node of that name; /v1/nodes lists all");
}

/// A status of 503 has the form of an error, with the reasons beside it.
Answer readiness(const std::vector<std::string_view>& reasons) {
    const bool is_ready = reasons.empty();
    return object(is_ready ? 200 : 503, [&](JsonWriter& out) {
        if (!is_ready) {
            out.count("code", 503);
            out.text("message", "not ready");
        }
        out.flag("ready", is_ready);
        out.begin_array("reasons");
        for (const std::string_view reason : reasons) {
            out.element(reason);
        }
        out.end_array();
    });
}

void write_slot(JsonWriter& out, const SlotRecord& record) {
    out.begin_object();
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

Answer error_answer(int status, std::string_view message) {
    return object(status, [&](JsonWriter& out) {
        out.count("code", static_cast<std::uint64_t>(status));
        out.text("message", message);
    });
}

Answer head_answer(const MergedHead& merged, const NodeBoard& board, base::Instant now) {
    return object(200, [&](JsonWriter& out) {
        const auto& last = merged.last();
        const auto merged_head =
            last ? std::optional{updates::BestHead{last->node, last->head}} : std::nullopt;
        const auto& best = board.snapshot().best;
        write_head(out, "merged", merged_head ? &*merged_head : nullptr,
                   last ? std::optional{last->at} : std::nullopt, now);
        write_head(out, "best", best ? &*best : nullptr, board.best_since(), now);
    });
}

Answer nodes_answer(const NodeBoard& board, base::Instant now) {
    return object(200, [&](JsonWriter& out) {
        out.begin_array("nodes");
        for (const auto& [id, node] : board.snapshot().nodes) {
            out.begin_object();
            write_node(out, node, now);
            out.end_object();
        }
        out.end_array();
    });
}

Answer node_answer(const NodeBoard& board, std::string_view name, base::Instant now) {
    const updates::NodeSnapshot* const node = find_node(board, name);
    return node == nullptr ? no_such_node()
                           : object(200, [&](JsonWriter& out) { write_node(out, *node, now); });
}

Answer node_ready_answer(const NodeBoard& board, std::string_view name, base::MonoTime now) {
    const updates::NodeSnapshot* const node = find_node(board, name);
    if (node == nullptr) {
        return no_such_node();
    }
    std::vector<std::string_view> reasons;
    const updates::NodeIssues issues = board.counted_issues(*node, now);
    for (const updates::NodeIssue issue : updates::kNodeIssues) {
        if (has_issue(issues, issue) && severity(issue) == updates::NodeHealth::kUnusable) {
            reasons.push_back(to_string(issue));
        }
    }
    for (const Unready reason : board.find_unready(*node, now)) {
        reasons.push_back(to_string(reason));
    }
    return readiness(reasons);
}

Answer slots_answer(const NodeBoard& board, std::size_t last) {
    return object(200, [&](JsonWriter& out) {
        out.begin_array("slots");
        const auto& slots = board.slots().slots();
        for (auto slot = slots.rbegin(); slot != slots.rend() && last > 0; ++slot, --last) {
            write_slot(out, slot->second);
        }
        out.end_array();
    });
}

Answer services_answer(const NodeBoard& board, const std::vector<std::string>& names) {
    return object(200, [&](JsonWriter& out) {
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
    });
}

Answer best_node_answer(const NodeBoard& board, base::MonoTime now) {
    const std::vector<NodeRank> ranks = board.ranks(now);
    const bool is_stopped = board.is_stopped(now);
    const auto choice = is_stopped ? std::nullopt : board.best_node();
    return object(choice ? 200 : 503, [&](JsonWriter& out) {
        if (choice) {
            out.text("node", choice->node.name());
            out.text("since", base::to_rfc3339(choice->since.wall));
            out.text("reason",
                     choice->reason == ChoiceReason::kBetter ? "better_for_3_slots" : "usable");
        } else {
            out.count("code", 503);
            out.text("message", "no node can be used");
            out.begin_array("reasons");
            out.element(to_string(is_stopped ? Unready::kNotRunning : Unready::kNoUsableNode));
            out.end_array();
        }
        out.begin_array("nodes");
        for (const NodeRank& rank : ranks) {
            out.begin_object();
            write_rank(out, rank);
            out.end_object();
        }
        out.end_array();
    });
}

Answer ready_answer(const NodeBoard& board, base::Instant now) {
    std::vector<std::string_view> reasons;
    for (const Unready reason : board.find_unready(now)) {
        reasons.push_back(to_string(reason));
    }
    return readiness(reasons);
}

Answer health_answer() {
    return object(200, [](JsonWriter& out) { out.text("status", "ok"); });
}

Answer version_answer(std::string_view version) {
    return object(200, [&](JsonWriter& out) {
        out.text("name", "headmon");
        out.text("version", version);
    });
}

}  // namespace api
