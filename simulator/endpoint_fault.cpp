#include "simulator/endpoint_fault.hpp"

#include <algorithm>
#include <array>

#include "simulator/target.hpp"

namespace simulator {
namespace {

struct Endpoint {
    std::string_view name;
    std::string_view path;
    /// What becomes odd.
    std::string_view member;
};

constexpr std::string_view kHeader = "header";

constexpr std::array kEndpoints{
    Endpoint{"genesis", "/eth/v1/beacon/genesis", "genesis_time"},
    Endpoint{"spec", "/eth/v1/config/spec", "SLOTS_PER_EPOCH"},
    Endpoint{"syncing", "/eth/v1/node/syncing", "sync_distance"},
    Endpoint{"version", "/eth/v1/node/version", "version"},
    Endpoint{"head", "/eth/v1/beacon/headers/head", "slot"},
    // Of any block but the head.
    Endpoint{kHeader, "", "slot"},
    Endpoint{"events", "/eth/v1/events", "slot"},
};

const Endpoint* find_endpoint(std::string_view name) {
    const auto* const found =
        std::find_if(kEndpoints.begin(), kEndpoints.end(),
                     [&](const Endpoint& endpoint) { return endpoint.name == name; });
    return found == kEndpoints.end() ? nullptr : found;
}

}  // namespace

bool is_endpoint(std::string_view name) {
    return find_endpoint(name) != nullptr;
}

bool is_of_endpoint(std::string_view endpoint, std::string_view target) {
    const std::string_view path = path_of(target);
    if (endpoint == kHeader) {
        return path.starts_with(kHeaders) && !is_of_endpoint("head", target);
    }
    const Endpoint* const known = find_endpoint(endpoint);
    return known != nullptr && known->path == path;
}

const Fault* find_endpoint_fault(const NodeScript& node, std::string_view target,
                                 std::uint64_t slot) {
    const auto found =
        std::find_if(node.faults.begin(), node.faults.end(), [&](const Fault& fault) {
            return fault.kind == FaultKind::kEndpoint && fault.from_slot <= slot &&
                   slot <= fault.to_slot && is_of_endpoint(fault.endpoint, target);
        });
    return found == node.faults.end() ? nullptr : &*found;
}

std::string with_odd_member(std::string json, std::string_view endpoint) {
    const Endpoint* const known = find_endpoint(endpoint);
    const std::string key = "\"" + std::string{known == nullptr ? "" : known->member} + "\":\"";
    const std::size_t begin = json.find(key);
    if (begin != std::string::npos) {
        const std::size_t value = begin + key.size() - 1;
        const std::size_t end = json.find('"', value + 1);
        json.replace(value, end + 1 - value, "7");
    }
    return json;
}

}  // namespace simulator
