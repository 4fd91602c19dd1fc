#include "simulator/scenario.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <utility>

#include "simulator/client_profile.hpp"

namespace simulator {
namespace {

constexpr std::array kFaultNames{
    std::pair<FaultKind, std::string_view>{FaultKind::kDown, "down"},
    std::pair<FaultKind, std::string_view>{FaultKind::kRefuse, "refuse"},
    std::pair<FaultKind, std::string_view>{FaultKind::kHangBeforeHeaders, "hang_before_headers"},
    std::pair<FaultKind, std::string_view>{FaultKind::kHangMidStream, "hang_mid_stream"},
    std::pair<FaultKind, std::string_view>{FaultKind::kClose, "close"},
    std::pair<FaultKind, std::string_view>{FaultKind::kResetMidEvent, "reset_mid_event"},
    std::pair<FaultKind, std::string_view>{FaultKind::kMalformed, "malformed"},
    std::pair<FaultKind, std::string_view>{FaultKind::kOversize, "oversize"},
    std::pair<FaultKind, std::string_view>{FaultKind::kOptimistic, "optimistic"},
    std::pair<FaultKind, std::string_view>{FaultKind::kLagging, "lagging"},
    std::pair<FaultKind, std::string_view>{FaultKind::kForked, "forked"},
    std::pair<FaultKind, std::string_view>{FaultKind::kCatchingUp, "catching_up"},
    std::pair<FaultKind, std::string_view>{FaultKind::kOtherNetwork, "other_network"},
    std::pair<FaultKind, std::string_view>{FaultKind::kRefuseTopic, "refuse_topic"},
    std::pair<FaultKind, std::string_view>{FaultKind::kSilentTopic, "silent_topic"},
    std::pair<FaultKind, std::string_view>{FaultKind::kBadGateway, "bad_gateway"},
    std::pair<FaultKind, std::string_view>{FaultKind::kSlowDrip, "slow_drip"},
    std::pair<FaultKind, std::string_view>{FaultKind::kStalled, "stalled"},
    std::pair<FaultKind, std::string_view>{FaultKind::kBuffered, "buffered"},
    std::pair<FaultKind, std::string_view>{FaultKind::kClockOff, "clock_off"},
    std::pair<FaultKind, std::string_view>{FaultKind::kRetryAfter, "retry_after"},
    std::pair<FaultKind, std::string_view>{FaultKind::kRestDown, "rest_down"},
    std::pair<FaultKind, std::string_view>{FaultKind::kUnknownTopic, "unknown_topic"},
    std::pair<FaultKind, std::string_view>{FaultKind::kWrongDepth, "wrong_depth"},
    std::pair<FaultKind, std::string_view>{FaultKind::kExtraEvent, "extra_event"},
    std::pair<FaultKind, std::string_view>{FaultKind::kCut, "cut"},
    std::pair<FaultKind, std::string_view>{FaultKind::kStreamStatus, "stream_status"},
    std::pair<FaultKind, std::string_view>{FaultKind::kRepeats, "repeats"},
    std::pair<FaultKind, std::string_view>{FaultKind::kEndpoint, "endpoint"},
    std::pair<FaultKind, std::string_view>{FaultKind::kLie, "lie"},
};

constexpr std::array kLieNames{
    std::pair<Lie, std::string_view>{Lie::kRoot, "root"},
    std::pair<Lie, std::string_view>{Lie::kSlot, "slot"},
    std::pair<Lie, std::string_view>{Lie::kState, "state"},
    std::pair<Lie, std::string_view>{Lie::kParent, "parent"},
    std::pair<Lie, std::string_view>{Lie::kHeader, "header"},
    std::pair<Lie, std::string_view>{Lie::kStatus, "status"},
    std::pair<Lie, std::string_view>{Lie::kTime, "time"},
    std::pair<Lie, std::string_view>{Lie::kTopic, "topic"},
    std::pair<Lie, std::string_view>{Lie::kReorg, "reorg"},
    std::pair<Lie, std::string_view>{Lie::kDate, "date"},
    std::pair<Lie, std::string_view>{Lie::kSpec, "spec"},
    std::pair<Lie, std::string_view>{Lie::kGenesis, "genesis"},
};

template <class Names, class Value>
std::string_view name_of(const Names& names, Value value) {
    const auto found = std::find_if(names.begin(), names.end(),
                                    [&](const auto& row) { return row.first == value; });
    assert(found != names.end());
    return found == names.end() ? "unknown" : found->second;
}

template <class Names>
auto find_named(const Names& names, std::string_view name) {
    const auto found = std::find_if(names.begin(), names.end(),
                                    [&](const auto& row) { return row.second == name; });
    return found == names.end() ? std::nullopt : std::optional{found->first};
}

}  // namespace

std::string_view to_string(FaultKind kind) {
    return name_of(kFaultNames, kind);
}

std::optional<FaultKind> find_fault_kind(std::string_view name) {
    return find_named(kFaultNames, name);
}

std::string_view to_string(Lie lie) {
    return name_of(kLieNames, lie);
}

std::optional<Lie> find_lie(std::string_view name) {
    return find_named(kLieNames, name);
}

std::string lie_names() {
    std::string names;
    for (const auto& [lie, name] : kLieNames) {
        names += names.empty() ? "" : ", ";
        names += name;
    }
    return names;
}

const Fault* find_fault(const NodeScript& node, FaultKind kind, std::uint64_t slot) {
    const auto found =
        std::find_if(node.faults.begin(), node.faults.end(), [&](const Fault& fault) {
            return fault.kind == kind && fault.from_slot <= slot && slot <= fault.to_slot;
        });
    return found == node.faults.end() ? nullptr : &*found;
}

Scenario with_slot_duration(Scenario scenario, std::chrono::milliseconds slot_duration) {
    const auto scale = [&](std::chrono::milliseconds& part) {
        part = part * slot_duration.count() / scenario.slot_duration.count();
    };
    for (NodeScript& node : scenario.nodes) {
        scale(node.delay);
        scale(node.jitter);
        for (Fault& fault : node.faults) {
            scale(fault.delay);
        }
    }
    scenario.slot_duration = slot_duration;
    return scenario;
}

Scenario healthy_scenario(std::size_t nodes) {
    Scenario scenario;
    for (std::size_t i = 0; i < nodes; ++i) {
        const auto& profile = client_profiles()[i % kClientCount];
        NodeScript node;
        node.name = std::string{profile.name};
        if (i >= kClientCount) {
            node.name += "-" + std::to_string(i / kClientCount + 1);
        }
        node.client = std::string{profile.name};
        node.delay = std::chrono::milliseconds{20 + 7 * (i % 8)};
        node.jitter = std::chrono::milliseconds{5};
        scenario.nodes.push_back(std::move(node));
    }
    return scenario;
}

}  // namespace simulator
