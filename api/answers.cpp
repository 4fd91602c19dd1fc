#include "api/answers.hpp"

#include <algorithm>

#include "api/members.hpp"
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

}  // namespace

Answer error_answer(int status, std::string_view message) {
    return object(status, [&](JsonWriter& out) {
        out.count("code", static_cast<std::uint64_t>(status));
        out.text("message", message);
    });
}

Answer head_answer(const MergedHead& merged, const NodeBoard& board, base::Instant now) {
    return object(200, [&](JsonWriter& out) { write_heads(out, merged, board, now); });
}

Answer nodes_answer(const NodeBoard& board, base::Instant now) {
    return object(200, [&](JsonWriter& out) { write_nodes(out, board, now); });
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
    return object(200, [&](JsonWriter& out) { write_slots(out, board, last); });
}

Answer services_answer(const NodeBoard& board, const std::vector<std::string>& names) {
    return object(200, [&](JsonWriter& out) { write_services(out, board, names); });
}

Answer best_node_answer(const NodeBoard& board, base::MonoTime now) {
    const int status = board.choice(now) ? 200 : 503;
    return object(status, [&](JsonWriter& out) { write_best_node(out, board, now); });
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
