#include "base/root.hpp"

#include <array>
#include <cstdint>

namespace base {
namespace {

constexpr std::string_view kDigits = "0123456789abcdef";

constexpr std::uint8_t kNoDigit = 0xff;

/// The value of each byte as a hex digit of either case.
constexpr std::array<std::uint8_t, 256> make_digit_values() {
    std::array<std::uint8_t, 256> values{};
    values.fill(kNoDigit);
    for (std::uint8_t i = 0; i < 16; ++i) {
        values[static_cast<unsigned char>(kDigits[i])] = i;
        values[static_cast<unsigned char>("0123456789ABCDEF"[i])] = i;
    }
    return values;
}

constexpr auto kDigitValues = make_digit_values();

}  // namespace

Result<Root> parse_root(std::string_view hex, std::string_view field) {
    Root root;
    if (hex.size() != 2 + 2 * root.bytes.size() || !hex.starts_with("0x")) {
        return Error{ErrorCode::kBadHex, std::string{field}};
    }
    // No branch a digit: roots are most of what comes in, and their digits cannot be predicted.
    unsigned seen = 0;
    for (std::size_t i = 0; i < root.bytes.size(); ++i) {
        const unsigned high = kDigitValues[static_cast<unsigned char>(hex[2 + 2 * i])];
        const unsigned low = kDigitValues[static_cast<unsigned char>(hex[3 + 2 * i])];
        seen |= high | low;
        root.bytes[i] = static_cast<std::uint8_t>((high << 4U) | low);
    }
    if (seen > 0x0fU) {
        return Error{ErrorCode::kBadHex, std::string{field}};
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
