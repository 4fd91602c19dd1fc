// What a node is asked by REST, and what its answers say of it.
#include <algorithm>
#include <cassert>
#include <string>
#include <utility>

#include "monitor/upstream.hpp"

namespace monitor {
namespace {

chain::Head head_of(const beacon_api::BlockHeader& header) {
    chain::Head head;
    head.slot = header.slot;
    head.block = header.root;
    head.state = header.state_root;
    head.execution_optimistic = header.execution_optimistic;
    return head;
}

/// What came in place of an answer.
std::string reason_of(const base::Error& error) {
    switch (error.code) {
        case base::ErrorCode::kHttpStatus:
            return error.detail;
        case base::ErrorCode::kDeadline:
            return "no answer in time";
        default:
            return base::to_string(error);
    }
}

updates::RestQuestion question_of(RestRequest::Kind kind) {
    using Kind = RestRequest::Kind;
    using updates::RestQuestion;
    switch (kind) {
        case Kind::kIdentity:
            return RestQuestion::kGenesis;
        case Kind::kVersion:
            return RestQuestion::kVersion;
        case Kind::kSyncing:
            return RestQuestion::kSyncing;
        case Kind::kHead:
            return RestQuestion::kHead;
        case Kind::kHeader:
            return RestQuestion::kHeader;
    }
    assert(false);
    return RestQuestion::kGenesis;
}

bool is_not_found(const RestAnswer& answer) {
    constexpr int kNotFound = 404;
    return !answer.result && answer.result.error().code == base::ErrorCode::kHttpStatus &&
           !answer.exchanges.empty() && answer.exchanges.back().status == kNotFound;
}

}  // namespace

void Upstream::enqueue_status(bool check_due) {
    using Kind = RestRequest::Kind;
    using updates::RestQuestion;
    if (check_due) {
        requests_.enqueue({Kind::kIdentity, {}});
        questions_.put(RestQuestion::kGenesis);
    }
    if (status_.network_check == updates::NetworkCheck::kMismatch) {
        return;
    }
    for (const auto question :
         {RestQuestion::kVersion, RestQuestion::kSyncing, RestQuestion::kHead}) {
        questions_.put(question);
    }
    // In this order: a head counts once its node is checked, and is best only if it does not sync.
    for (const Kind kind : {Kind::kVersion, Kind::kSyncing, Kind::kHead}) {
        requests_.enqueue({kind, {}});
    }
}

void Upstream::enqueue_head(bool check_due) {
    if (check_due) {
        requests_.enqueue({RestRequest::Kind::kIdentity, {}});
    }
    requests_.enqueue({RestRequest::Kind::kHead, {}});
}

void Upstream::enqueue_header(const chain::Root& root) {
    requests_.enqueue({RestRequest::Kind::kHeader, root});
}

void Upstream::rest_answered(const RestRequest& request, const RestAnswer& answer,
                             base::MonoTime now) {
    requests_.answered(answer, now, slot_);
    for (const beacon_api::Exchange& exchange : answer.exchanges) {
        liveness_.rest_answered(exchange.received.mono);
    }
    const auto question = question_of(request.kind);
    if (!answer.result) {
        const base::Error& error = answer.result.error();
        const bool is_own =
            std::find(own_roots_.begin(), own_roots_.end(), request.root) != own_roots_.end();
        // A node need not have a block that others reported.
        const bool need_not_have =
            request.kind == RestRequest::Kind::kHeader && !is_own && is_not_found(answer);
        if (error.code != base::ErrorCode::kCancelled && !need_not_have) {
            questions_.failed(question, reason_of(error));
        }
        return;
    }
    questions_.answered(question);
    if (const auto* identity = std::get_if<Identity>(&*answer.result)) {
        if (identity->spec && identity->chain.slot_duration) {
            questions_.answered(updates::RestQuestion::kSpec);
        } else if (identity->spec) {
            questions_.failed(updates::RestQuestion::kSpec,
                              "no SLOT_DURATION_MS or SECONDS_PER_SLOT that can be read");
        } else {
            questions_.failed(updates::RestQuestion::kSpec, reason_of(identity->spec.error()));
        }
    }
}

void Upstream::set_spec(const chain::Spec& spec) {
    status_.odd_spec_members.clear();
    for (const std::string& name : spec.odd_members) {
        status_.odd_spec_members += (status_.odd_spec_members.empty() ? "" : ", ") + name;
    }
}

void Upstream::head_reported(const chain::Root& root, bool is_optimistic) {
    status_.is_head_optimistic = is_optimistic;
    if (std::find(own_roots_.begin(), own_roots_.end(), root) == own_roots_.end()) {
        own_roots_.push_back(root);
    }
}

void Upstream::set_version(const std::string& version) {
    if (status_.version != version) {
        status_.version = version;
        topics_.version_learned(version);
        update_limits();
    }
}

std::optional<chain::Head> Upstream::rest_head(const beacon_api::BlockHeader& header,
                                               base::MonoTime at) {
    head_reported(header.root, header.execution_optimistic);
    if (is_syncing()) {
        // Some clients stream no heads while they sync: that is neither a stall nor a gap.
        return std::nullopt;
    }
    liveness_.rest_head(header.root, header.slot, at);
    buffering_.rest_head(header.root, at);
    const bool has_connection = status_.state == updates::StreamState::kOpen ||
                                status_.state == updates::StreamState::kWaiting;
    if (!has_connection || has_head_ || polled_ == header.root) {
        return std::nullopt;
    }
    polled_ = header.root;
    return head_of(header);
}

}  // namespace monitor
