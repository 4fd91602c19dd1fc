#include "chain/root.hpp"

#include <array>
#include <cstdint>

namespace chain {
namespace {

constexpr std::string_view kDigits = "0123456789abcdef";

}  // namespace

base::Result<Root> parse_root(std::string_view hex, std::string_view field) {
    Root root;
    if (hex.size() != 2 + 2 * root.bytes.size() || !hex.starts_with("0x")) {
        return base::Error{base::ErrorCode::kBadHex, std::string{field}};
    }
    // Without a branch a digit, and so that the compiler can take many digits at a time: roots are
    // most of what comes in.
    std::array<std::uint8_t, 2 * sizeof(root.bytes)> values{};
    std::uint8_t bad = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
        const auto c = static_cast<std::uint8_t>(hex[2 + i]);
        const auto digit = static_cast<std::uint8_t>(c - '0');
        const auto letter = static_cast<std::uint8_t>((c | 0x20U) - 'a');
        const bool is_digit = digit < 10;
        bad |= static_cast<std::uint8_t>(!is_digit & (letter >= 6));
        values[i] = is_digit ? digit : static_cast<std::uint8_t>(letter + 10);
    }
    if (bad != 0) {
        return base::Error{base::ErrorCode::kBadHex, std::string{field}};
    }
    for (std::size_t i = 0; i < root.bytes.size(); ++i) {
        root.bytes[i] = static_cast<std::uint8_t>((values[2 * i] << 4U) | values[2 * i + 1]);
    }
    return root;
}

std::string to_string(const Root& root) {
    std::string text = "0x";
    text.reserve(2 + 2 * root.bytes.size());
    for (const std::uint8_t byte : root.bytes) {
        text += kDigits[byte >> 4U];
        text += kDigits[byte & 0x0fU];
    }
    return text;
}

std::string short_string(const Root& root) {
    const std::string whole = to_string(root);
    return whole.substr(0, 6) + "…" + whole.substr(whole.size() - 4);
}

}  // namespace chain
