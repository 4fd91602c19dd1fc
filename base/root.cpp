#include "base/root.hpp"

#include <optional>

namespace base {
namespace {

constexpr std::string_view kDigits = "0123456789abcdef";

std::optional<std::uint8_t> digit_value(char digit) {
    if (digit >= '0' && digit <= '9') {
        return static_cast<std::uint8_t>(digit - '0');
    }
    if (digit >= 'a' && digit <= 'f') {
        return static_cast<std::uint8_t>(digit - 'a' + 10);
    }
    if (digit >= 'A' && digit <= 'F') {
        return static_cast<std::uint8_t>(digit - 'A' + 10);
    }
    return std::nullopt;
}

}  // namespace

Result<Root> parse_root(std::string_view hex, std::string_view field) {
    const Error bad{ErrorCode::kBadHex, std::string{field}};
    Root root;
    if (hex.size() != 2 + 2 * root.bytes.size() || !hex.starts_with("0x")) {
        return bad;
    }
    for (std::size_t i = 0; i < root.bytes.size(); ++i) {
        const auto high = digit_value(hex[2 + 2 * i]);
        const auto low = digit_value(hex[3 + 2 * i]);
        if (!high || !low) {
            return bad;
        }
        root.bytes[i] = static_cast<std::uint8_t>((*high << 4U) | *low);
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

}  // namespace base
