#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <string_view>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "chain/root.hpp"
#include "updates/client_family.hpp"
#include "check/table.hpp"
#include "check/remedies.hpp"
#include "chain/sync_status.hpp"
#include "updates/chain_facts.hpp"

namespace check {
namespace {

namespace json = boost::json;

json::string_view view(std::string_view text) {
    return {text.data(), text.size()};
}

json::value text_or_null(std::string_view text) {
    return text.empty() ? json::value{} : json::value(view(text));
}

double seconds(base::Duration duration) {
    return std::chrono::duration<double>{duration}.count();
}

json::value time(base::WallTime when) {
    return json::value(
        fmt::format("{:%Y-%m-%dT%H:%M:%S}Z", std::chrono::floor<std::chrono::seconds>(when)));
}

json::value clock_of(const std::optional<updates::ClockSkew>& clock) {
    if (!clock) {
        return {};
    }
    json::object out;
    out["doubt"] = view(to_string(clock->level));
    out["offset_seconds"] = seconds(clock->offset);
    out["uncertainty_seconds"] = seconds(clock->uncertainty);
    return out;
}

json::value chain_json(const base::Result<monitor::ChainIdentity>& chain) {
    if (!chain) {
        return {};
    }
    json::object out;
    out["genesis_time"] = time(chain->genesis_time);
    out["genesis_validators_root"] = view(to_string(chain->genesis_validators_root));
    out["slot_duration_seconds"] = seconds(chain->slot_duration);
    return out;
}

json::array findings_of(const std::vector<Finding>& findings) {
    json::array out;
    for (const Finding& finding : findings) {
        json::object one;
        one["finding"] = view(finding.what);
        one["verdict"] = view(to_string(finding.grade));
        one["problem"] = view(finding.problem);
        one["advice"] = view(finding.advice);
        out.push_back(std::move(one));
    }
    return out;
}

json::value sync_of(const NodeLook& look) {
    if (!look.syncing.said) {
        return {};
    }
    const chain::SyncStatus& syncing = *look.syncing.said;
    json::object out;
    out["head_slot"] = view(std::to_string(syncing.head_slot.value));
    out["sync_distance"] = syncing.sync_distance;
    out["is_syncing"] = syncing.is_syncing;
    out["is_optimistic"] = syncing.is_optimistic;
    out["el_offline"] = syncing.el_offline;
    return out;
}

json::value head_of(const NodeLook& look, const NodeVerdict& verdict) {
    if (!look.head.said) {
        return {};
    }
    json::object out;
    out["slot"] = view(std::to_string(look.head.said->slot.value));
    out["block"] = view(to_string(look.head.said->root));
    out["age_slots"] = verdict.head_age ? json::value(*verdict.head_age) : json::value{};
    out["execution_optimistic"] = look.head.said->execution_optimistic;
    return out;
}

json::array forms_of(const NodeLook& look) {
    using Answer = FormLook::Answer;
    json::array out;
    for (const FormLook& form : look.forms) {
        json::object one;
        one["form"] = view(to_string(form.form));
        one["answer"] = view(to_string(form.answer));
        const bool is_ended = form.answer == Answer::kRefused || form.answer == Answer::kFailed;
        one["reason"] =
            is_ended ? json::value(view(to_string(form.end.reason))) : json::value{};
        one["status"] =
            is_ended && form.end.http_status != 0 ? json::value(form.end.http_status) : json::value{};
        one["opened_after_seconds"] =
            form.opened_after ? json::value(seconds(*form.opened_after)) : json::value{};
        out.push_back(std::move(one));
    }
    return out;
}

json::object node_of(const NodeLook& look, const NodeVerdict& verdict) {
    const auto is_asked = [](const FormLook& form) { return form.works(); };
    const bool is_reachable =
        !look.exchanges.empty() || std::any_of(look.forms.begin(), look.forms.end(), is_asked);
    json::object out;
    out["name"] = view(look.id.name());
    out["origin"] = view(look.origin);
    out["verdict"] = view(to_string(verdict.grade));
    out["reachable"] = is_reachable;
    out["reason"] = is_reachable || look.syncing.said
                        ? json::value{}
                        : json::value(view(trouble_of(look.syncing.said.error()).word));
    out["network"] = view(to_string(verdict.network));
    out["network_name"] =
        look.spec.said ? text_or_null(look.spec.said->config_name) : json::value{};
    out["chain"] = chain_json(chain_of(look));
    const auto family =
        look.version.said ? updates::find_client_family(*look.version.said) : std::nullopt;
    out["client"] = family ? json::value(view(to_string(*family))) : json::value{};
    out["version"] = look.version.said ? text_or_null(*look.version.said) : json::value{};
    const FormLook* const form = look.working_form();
    out["topics"] =
        form == nullptr ? json::value{} : json::value(view(to_string(form->form)));
    out["forms"] = forms_of(look);
    out["sync"] = sync_of(look);
    out["head"] = head_of(look, verdict);
    out["clock"] = clock_of(verdict.clock);
    out["findings"] = findings_of(verdict.findings);
    return out;
}

}  // namespace

std::string check_json(const Checked& checked) {
    json::object out;
    const CheckVerdict& verdict = checked.verdict;
    out["verdict"] = view(to_string(verdict.grade));
    out["exit_code"] = exit_code_of(verdict.grade);
    out["chain"] = verdict.chain ? chain_json(*verdict.chain) : json::value{};
    out["clock"] = clock_of(verdict.clock);
    out["kernel_synchronised"] =
        verdict.kernel_synchronised ? json::value(*verdict.kernel_synchronised) : json::value{};
    out["findings"] = findings_of(verdict.findings);
    json::array nodes;
    for (std::size_t i = 0; i < verdict.nodes.size(); ++i) {
        nodes.push_back(node_of(checked.looks[i], verdict.nodes[i]));
    }
    out["nodes"] = std::move(nodes);
    return json::serialize(out) + "\n";
}

}  // namespace check
