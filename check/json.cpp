#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "chain/root.hpp"
#include "chain/sync_status.hpp"
#include "check/remedies.hpp"
#include "check/table.hpp"
#include "updates/chain_facts.hpp"
#include "updates/client_family.hpp"
#include "updates/json_writer.hpp"

namespace check {
namespace {

using updates::JsonWriter;

std::optional<std::string_view> if_not_empty(std::string_view text) {
    return text.empty() ? std::nullopt : std::optional{text};
}

void add_clock(JsonWriter& out, const std::optional<updates::ClockSkew>& clock) {
    if (!clock) {
        out.null("clock");
        return;
    }
    out.begin_object("clock");
    out.text("level", to_string(clock->level));
    out.seconds("offset_seconds", clock->offset);
    out.seconds("uncertainty_seconds", clock->uncertainty);
    out.end_object();
}

void add_chain(JsonWriter& out, const std::optional<monitor::ChainIdentity>& chain) {
    if (!chain) {
        out.null("chain");
        return;
    }
    out.begin_object("chain");
    out.text("genesis_time", genesis_text(*chain));
    out.root("genesis_validators_root", chain->genesis_validators_root);
    out.seconds("slot_duration_seconds", chain->slot_duration
                                             ? std::optional<base::Duration>{*chain->slot_duration}
                                             : std::nullopt);
    out.end_object();
}

void add_findings(JsonWriter& out, const std::vector<Finding>& findings) {
    out.begin_array("findings");
    for (const Finding& finding : findings) {
        out.begin_object();
        out.text("finding", finding.code);
        out.text("verdict", to_string(finding.severity));
        out.text("problem", finding.problem);
        out.text("advice", finding.advice);
        out.end_object();
    }
    out.end_array();
}

void add_sync(JsonWriter& out, const NodeReport& report) {
    if (!report.syncing.result) {
        out.null("sync");
        return;
    }
    const chain::SyncStatus& syncing = *report.syncing.result;
    out.begin_object("sync");
    out.decimal("head_slot", syncing.head_slot.value);
    out.count("sync_distance", syncing.sync_distance);
    out.flag("is_syncing", syncing.is_syncing);
    out.flag("is_optimistic", syncing.is_optimistic);
    out.flag("el_offline", syncing.el_offline);
    out.end_object();
}

void add_head(JsonWriter& out, const NodeReport& report, const NodeAssessment& assessment) {
    if (!report.head.result) {
        out.null("head");
        return;
    }
    const beacon_api::BlockHeader& head = *report.head.result;
    out.begin_object("head");
    out.decimal("slot", head.slot.value);
    out.root("block", head.root);
    out.number("age_slots", assessment.head_age);
    out.flag("execution_optimistic", head.execution_optimistic);
    out.end_object();
}

void add_topic_probes(JsonWriter& out, const NodeReport& report) {
    out.begin_array("topic_sets");
    for (const TopicProbe& probe : report.topic_probes) {
        const bool is_ended =
            probe.state == TopicProbe::State::kRefused || probe.state == TopicProbe::State::kFailed;
        out.begin_object();
        out.text("topic_set", to_string(probe.topic_set));
        out.text("answer", to_string(probe.state));
        if (is_ended) {
            out.text("reason", to_string(probe.end.reason));
        } else {
            out.null("reason");
        }
        out.number("status", is_ended && probe.end.http_status != 0
                                 ? std::optional{probe.end.http_status}
                                 : std::nullopt);
        out.seconds("opened_after_seconds", probe.opened_after);
        out.end_object();
    }
    out.end_array();
}

void add_client(JsonWriter& out, const NodeReport& report) {
    const std::string_view version =
        report.version.result ? std::string_view{*report.version.result} : std::string_view{};
    const auto family = updates::find_client_family(version);
    out.text("client", family ? if_not_empty(to_string(*family)) : std::nullopt);
    out.text("version", if_not_empty(version));
}

void add_node(JsonWriter& out, const NodeReport& report, const NodeAssessment& assessment) {
    const auto works = [](const TopicProbe& probe) { return probe.works(); };
    const bool is_reachable =
        !report.exchanges.empty() ||
        std::any_of(report.topic_probes.begin(), report.topic_probes.end(), works);
    out.begin_object();
    out.text("name", report.id.name());
    out.text("origin", report.origin);
    out.text("verdict", to_string(assessment.severity));
    out.flag("reachable", is_reachable);
    if (is_reachable || report.syncing.result) {
        out.null("reason");
    } else {
        out.text("reason", name_of(cause_of(report.syncing.result.error())));
    }
    out.text("network_check", to_string(assessment.network));
    out.text("network_name",
             report.spec.result ? if_not_empty(report.spec.result->config_name) : std::nullopt);
    const auto chain = chain_of(report);
    add_chain(out, chain ? std::optional{*chain} : std::nullopt);
    add_client(out, report);
    const TopicProbe* const working = report.working_topics();
    out.text("topic_set",
             working != nullptr ? if_not_empty(to_string(working->topic_set)) : std::nullopt);
    add_topic_probes(out, report);
    add_sync(out, report);
    add_head(out, report, assessment);
    add_clock(out, assessment.clock);
    add_findings(out, assessment.findings);
    out.end_object();
}

}  // namespace

std::string check_json(const Checked& checked) {
    const Assessment& assessment = checked.assessment;
    std::string text;
    JsonWriter out{text};
    out.begin_object();
    out.text("status", plugin_status(assessment.severity));
    out.text("verdict", to_string(assessment.severity));
    out.number("exit_code", exit_code_of(assessment.severity));
    add_chain(out, assessment.chain);
    add_clock(out, assessment.clock);
    out.flag("kernel_synchronised", assessment.kernel_synchronised);
    add_findings(out, assessment.findings);
    out.begin_array("nodes");
    for (std::size_t i = 0; i < assessment.nodes.size(); ++i) {
        add_node(out, checked.reports[i], assessment.nodes[i]);
    }
    out.end_array();
    out.end_object();
    return text + "\n";
}

}  // namespace check
