#include "check/node_report.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <chrono>

#include "monitor/node_access.hpp"

namespace check {
namespace {

using State = TopicProbe::State;

}  // namespace

std::string_view to_string(TopicProbe::State state) {
    switch (state) {
        case State::kNotAsked:
            return "not_asked";
        case State::kConnecting:
            return "connecting";
        case State::kWaiting:
            return "no_answer";
        case State::kAccepted:
            return "accepted";
        case State::kDelivered:
            return "delivered";
        case State::kRefused:
            return "refused";
        case State::kFailed:
            return "failed";
    }
    assert(false);
    return "unknown";
}

const TopicProbe* NodeReport::working_topics() const {
    const auto is_malformed = [](const TopicProbe& probe) {
        return probe.state == TopicProbe::State::kFailed &&
               probe.end.reason == updates::StreamEndReason::kMalformed;
    };
    for (const auto state : {TopicProbe::State::kDelivered, TopicProbe::State::kAccepted}) {
        const auto* const found =
            std::find_if(topic_probes.begin(), topic_probes.end(),
                         [&](const TopicProbe& probe) { return probe.state == state; });
        if (found != topic_probes.end()) {
            return std::any_of(topic_probes.begin(), found, is_malformed) ? nullptr : found;
        }
    }
    return nullptr;
}

bool NodeReport::is_rest_answered() const {
    return genesis.result || spec.result || version.result || syncing.result || head.result;
}

bool NodeReport::is_anything_answered() const {
    return is_rest_answered() || std::any_of(topic_probes.begin(), topic_probes.end(),
                                             [](const TopicProbe& probe) { return probe.works(); });
}

beacon_api::RequestResult<monitor::ChainIdentity> chain_of(const NodeReport& report) {
    if (!report.genesis.result) {
        return report.genesis.result.error();
    }
    return monitor::make_identity(*report.genesis.result,
                                  report.spec.result ? &*report.spec.result : nullptr);
}

std::string genesis_text(const monitor::ChainIdentity& chain) {
    return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}",
                       std::chrono::floor<std::chrono::seconds>(chain.genesis_time));
}

}  // namespace check
