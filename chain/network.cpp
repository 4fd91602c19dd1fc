#include "chain/network.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>

namespace chain {
namespace {

Network make_network(std::string_view name, std::chrono::seconds genesis,
                     std::chrono::seconds slot_duration, std::string_view root) {
    return {name, SlotClock{base::WallTime{genesis}, slot_duration},
            parse_root(root, "genesis_validators_root").value()};
}

template <class Is>
const Network* find_if(const Is& is) {
    const auto networks = known_networks();
    const auto found = std::find_if(networks.begin(), networks.end(), is);
    return found == networks.end() ? nullptr : &*found;
}

}  // namespace

std::span<const Network> known_networks() {
    using std::chrono::seconds;
    // The genesis state's time: where a config has MIN_GENESIS_TIME and GENESIS_DELAY, their sum.
    static const std::array kNetworks{
        make_network("mainnet", seconds{1'606'824'023}, seconds{12},
                     "0x4b363db94e286120d76eb905340fdd4e54bfe9f06bf33ff6cf5ad27f511bfe95"),
        make_network("sepolia", seconds{1'655'733'600}, seconds{12},
                     "0xd8ea171f3c94aea21ebc42a1ed61052acf3f9209c00e4efbaaddac09ed9b8078"),
        make_network("hoodi", seconds{1'742'213'400}, seconds{12},
                     "0x212f13fc4df078b6cb7db228f1c8307566dcecf900867401a92023d7ba99cb5f"),
        make_network("gnosis", seconds{1'638'993'340}, seconds{5},
                     "0xf5dcb5564e829aab27264b9becd5dfaa017085611224cb3036f573368dbb9d47"),
    };
    return kNetworks;
}

const Network* find_network(std::string_view name) {
    return find_if([&](const Network& network) { return network.name == name; });
}

const Network* find_network(const Root& genesis_validators_root) {
    return find_if([&](const Network& network) {
        return network.genesis_validators_root == genesis_validators_root;
    });
}

const Network* find_network(const SlotClock& clock) {
    return find_if([&](const Network& network) { return network.clock == clock; });
}

std::string network_name(const Root& genesis_validators_root) {
    constexpr std::size_t kShort = 10;
    const Network* const known = find_network(genesis_validators_root);
    return known == nullptr ? to_string(genesis_validators_root).substr(0, kShort)
                            : std::string{known->name};
}

}  // namespace chain
