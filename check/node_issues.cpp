#include "check/node_issues.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <string>
#include <utility>

#include "base/time_text.hpp"
#include "check/remedies.hpp"
#include "updates/client_family.hpp"

namespace check {
namespace {

using updates::NodeIssue;
using State = TopicProbe::State;

const TopicProbe* find_failed(const NodeReport& report) {
    const auto* const found =
        std::find_if(report.topic_probes.begin(), report.topic_probes.end(),
                     [](const TopicProbe& probe) { return probe.state == State::kFailed; });
    return found == report.topic_probes.end() ? nullptr : found;
}

updates::StreamState stream_state(const NodeReport& report) {
    if (report.working_topics() != nullptr) {
        return updates::StreamState::kOpen;
    }
    const auto is_refused = [](const TopicProbe& probe) { return probe.state == State::kRefused; };
    const bool is_ended =
        find_failed(report) != nullptr ||
        std::all_of(report.topic_probes.begin(), report.topic_probes.end(), is_refused);
    return is_ended ? updates::StreamState::kEnded : updates::StreamState::kWaiting;
}

/// A client that answers at once took its time, so something holds its answers back.
bool is_held_back(const NodeReport& report) {
    const TopicProbe* const probe = report.working_topics();
    if (probe == nullptr || !probe->opened_after || *probe->opened_after <= kHeadersLate) {
        return false;
    }
    const auto habits =
        report.version.result ? updates::find_client_habits(*report.version.result) : std::nullopt;
    return !habits || habits->headers_at_once;
}

/// The node's own head moved while its stream gave none.
bool is_stalled(const NodeReport& report) {
    const auto& after = report.head_after_wait;
    return is_without_head(report) && after && *after && report.head.result &&
           (*after)->root != report.head.result->root;
}

/// What one look has not brought, though `headmon run` would ask again.
std::vector<updates::UnansweredQuestion> unanswered(const NodeReport& report) {
    using updates::RestQuestion;
    std::vector<updates::UnansweredQuestion> out;
    const auto add = [&](RestQuestion question, const auto& answer) {
        if (!answer.result) {
            out.push_back({question, problem_text(cause_of(answer.result.error())), 1});
        }
    };
    add(RestQuestion::kGenesis, report.genesis);
    add(RestQuestion::kSpec, report.spec);
    add(RestQuestion::kVersion, report.version);
    add(RestQuestion::kSyncing, report.syncing);
    add(RestQuestion::kHead, report.head);
    return out;
}

std::string odd_members_of(const NodeReport& report) {
    std::string text;
    if (report.spec.result) {
        for (const std::string& name : report.spec.result->odd_members) {
            text += (text.empty() ? "" : ", ") + name;
        }
    }
    return text;
}

Finding with_cause(Finding finding, std::string_view subject, FailureCause cause,
                   const NodeReport& report) {
    cause.answers_otherwise = report.is_anything_answered();
    finding.problem = std::string{subject} + " " + problem_text(cause);
    finding.advice = fix_text(cause);
    return finding;
}

/// The finding of a question without an answer.
template <class T>
Finding unknown(Finding finding, std::string_view what, const Answer<T>& answer,
                const NodeReport& report) {
    if (answer.result) {
        return finding;
    }
    return with_cause(std::move(finding), "asked for " + std::string{what} + ", it",
                      cause_of(answer.result.error()), report);
}

Finding no_stream(Finding finding, const NodeReport& report) {
    if (const TopicProbe* const failed = find_failed(report)) {
        return with_cause(std::move(finding), "asked for its event stream, it",
                          cause_of(failed->end), report);
    }
    finding.problem = "its event stream refuses even the topic head alone";
    finding.advice =
        "check that a proxy passes the query on; some providers serve no events at all";
    return finding;
}

/// "hoodi, genesis 2025-03-17T12:10:00Z"
std::string chain_text(const monitor::ChainIdentity& chain, const NodeReport& report) {
    const bool is_named = report.spec.result && !report.spec.result->config_name.empty();
    return fmt::format("{}{}, genesis {}", to_string(chain),
                       is_named ? ", which it calls " + report.spec.result->config_name : "",
                       genesis_text(chain));
}

Finding wrong_network(Finding finding, const NodeReport& report, const CheckContext& context) {
    if (const auto chain = chain_of(report)) {
        finding.problem = fmt::format("it is on another chain than {}: {}",
                                      context.network ? "the one configured" : "most of the nodes",
                                      chain_text(*chain, report));
    }
    return finding;
}

Finding network_disputed(Finding finding, const NodeReport& report) {
    if (const auto chain = chain_of(report)) {
        finding.problem = fmt::format("as many nodes are on another chain as on its own: {}",
                                      chain_text(*chain, report));
    }
    return finding;
}

Finding unchecked_network(Finding finding, const NodeReport& report) {
    if (!report.genesis.result) {
        return unknown(std::move(finding), "genesis", report.genesis, report);
    }
    if (!report.spec.result) {
        return unknown(std::move(finding), "its spec", report.spec, report);
    }
    finding.problem = "its spec gives no slot duration that can be read";
    return finding;
}

}  // namespace

updates::NodeStatus status_of(const NodeReport& report, updates::NetworkCheck check) {
    updates::NodeStatus status{report.id};
    status.state = stream_state(report);
    if (report.version.result) {
        status.version = *report.version.result;
    }
    status.network_check = check;
    if (const TopicProbe* const probe = report.working_topics()) {
        status.topic_set = probe->topic_set;
    }
    if (const auto chain = chain_of(report)) {
        status.network = to_string(*chain);
    }
    if (report.syncing.result) {
        status.syncing = *report.syncing.result;
    }
    if (report.head.result) {
        status.is_head_optimistic = report.head.result->execution_optimistic;
    }
    status.unanswered = unanswered(report);
    status.odd_spec_members = odd_members_of(report);
    status.breaker =
        report.is_rest_answered() ? updates::BreakerState::kClosed : updates::BreakerState::kOpen;
    status.is_stalled = is_stalled(report);
    status.is_buffered = is_held_back(report);
    return status;
}

Severity severity_of(updates::NodeHealth health) {
    switch (health) {
        case updates::NodeHealth::kGood:
            return Severity::kGood;
        case updates::NodeHealth::kDegraded:
            return Severity::kDegraded;
        case updates::NodeHealth::kUnusable:
            return Severity::kUnusable;
    }
    assert(false);
    return Severity::kUnusable;
}

Finding rest_down(Finding finding, const NodeReport& report) {
    if (report.syncing.result) {
        return finding;
    }
    return with_cause(std::move(finding), "its event stream works, and its REST API",
                      cause_of(report.syncing.result.error()), report);
}

Finding finding_of(NodeIssue issue, const NodeReport& report, const CheckContext& context) {
    Finding finding{to_string(issue), severity_of(updates::severity(issue)),
                    "it " + std::string{updates::summary(issue)},
                    std::string{updates::advice(issue)}};
    switch (issue) {
        case NodeIssue::kNoStream:
            return no_stream(std::move(finding), report);
        case NodeIssue::kStalled:
            finding.problem =
                fmt::format("in {:.1f} s no head came on its event stream, and its own head moved",
                            base::seconds(report.waited.value_or(base::Duration{})));
            return finding;
        case NodeIssue::kWrongNetwork:
            return wrong_network(std::move(finding), report, context);
        case NodeIssue::kUncheckedNetwork:
            return unchecked_network(std::move(finding), report);
        case NodeIssue::kNetworkDisputed:
            return network_disputed(std::move(finding), report);
        case NodeIssue::kSyncing:
            if (report.syncing.result) {
                finding.problem = fmt::format("it is syncing, {} slots behind",
                                              report.syncing.result->sync_distance);
            }
            return finding;
        case NodeIssue::kBuffered:
            if (const TopicProbe* const probe = report.working_topics()) {
                finding.problem =
                    fmt::format("its event stream answered after {:.1f} s only",
                                base::seconds(probe->opened_after.value_or(base::Duration{})));
            }
            return finding;
        case NodeIssue::kRestDown:
            return rest_down(std::move(finding), report);
        case NodeIssue::kSpecUnknown:
            return unknown(std::move(finding), "its spec", report.spec, report);
        case NodeIssue::kVersionUnknown:
            return unknown(std::move(finding), "its version", report.version, report);
        case NodeIssue::kSyncUnknown:
            return unknown(std::move(finding), "its sync state", report.syncing, report);
        case NodeIssue::kHeadUnknown:
            return unknown(std::move(finding), "its head", report.head, report);
        case NodeIssue::kElOffline:
            finding.problem = "its execution client is offline";
            return finding;
        // The judge's words say all; most are not of a single look.
        case NodeIssue::kGenesisUnknown:
        case NodeIssue::kHeaderUnknown:
        case NodeIssue::kSilent:
        case NodeIssue::kOptimistic:
        case NodeIssue::kBehind:
        case NodeIssue::kLagging:
        case NodeIssue::kUnproven:
        case NodeIssue::kHeadOld:
        case NodeIssue::kNodeClockOff:
            return finding;
    }
    assert(false);
    return finding;
}

bool is_before_genesis(const NodeReport& report) {
    const auto chain = chain_of(report);
    return chain && report.head_at.wall < chain->genesis_time;
}

bool is_without_head(const NodeReport& report) {
    if (!report.waited || is_before_genesis(report)) {
        return false;
    }
    const TopicProbe* const probe = report.working_topics();
    return probe != nullptr ? probe->state != State::kDelivered
                            : stream_state(report) == updates::StreamState::kWaiting;
}

}  // namespace check
