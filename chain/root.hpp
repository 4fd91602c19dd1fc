#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace chain {

/// A 32-byte hash tree root: of a block, a state, a set of duties.
struct Root {
    std::array<std::uint8_t, 32> bytes{};

    friend auto operator<=>(const Root&, const Root&) = default;
};

/// Reads `0x` and 64 hex digits of either case. Fails with kBadHex; the detail is `field`.
[[nodiscard]] base::Result<Root> parse_root(std::string_view hex, std::string_view field);

/// `0x` and 64 lower-case hex digits.
[[nodiscard]] std::string to_string(const Root& root);

/// `0x1234…cdef`, for people: the first and the last two bytes.
[[nodiscard]] std::string short_string(const Root& root);

}  // namespace chain

template <>
struct std::hash<chain::Root> {
    std::size_t operator()(const chain::Root& root) const noexcept {
        // A root is a hash already: any eight of its bytes are well spread.
        std::size_t value = 0;
        for (std::size_t i = 0; i < sizeof(value); ++i) {
            value = (value << 8U) | root.bytes[i];
        }
        return value;
    }
};
