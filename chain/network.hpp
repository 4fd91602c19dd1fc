#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "chain/root.hpp"
#include "chain/slot_clock.hpp"

namespace chain {

/// A public network. Its genesis validators root alone names it, and with it genesis and the length
/// of a slot.
struct Network {
    std::string_view name;
    SlotClock clock;
    Root genesis_validators_root;
};

/// Mainnet, sepolia, hoodi, gnosis.
[[nodiscard]] std::span<const Network> known_networks();

/// By name, by genesis validators root, by slot time. Null for another one.
[[nodiscard]] const Network* find_network(std::string_view name);
[[nodiscard]] const Network* find_network(const Root& genesis_validators_root);
[[nodiscard]] const Network* find_network(const SlotClock& clock);

/// What people call the chain with this genesis: "hoodi", else how its root begins: "0x12345678".
[[nodiscard]] std::string network_name(const Root& genesis_validators_root);

}  // namespace chain
