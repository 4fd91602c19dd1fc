#include "sse/utf8.hpp"

#include <cstddef>
#include <cstdint>

namespace sse {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

/// What a lead byte asks for: how many bytes follow it, and the range of the first of them. The
/// range shuts out overlong forms, surrogates and what lies beyond U+10FFFF.
struct Lead {
    std::size_t following = 0;
    std::uint8_t lower = 0x80;
    std::uint8_t upper = 0xBF;
};

/// `following` is 0 for a byte that begins no sequence of several bytes.
Lead lead_of(std::uint8_t byte) {
    if (byte >= 0xC2 && byte <= 0xDF) {
        return {.following = 1};
    }
    if (byte >= 0xE0 && byte <= 0xEF) {
        return {.following = 2,
                .lower = static_cast<std::uint8_t>(byte == 0xE0 ? 0xA0 : 0x80),
                .upper = static_cast<std::uint8_t>(byte == 0xED ? 0x9F : 0xBF)};
    }
    if (byte >= 0xF0 && byte <= 0xF4) {
        return {.following = 3,
                .lower = static_cast<std::uint8_t>(byte == 0xF0 ? 0x90 : 0x80),
                .upper = static_cast<std::uint8_t>(byte == 0xF4 ? 0x8F : 0xBF)};
    }
    return {};
}

struct Sequence {
    std::size_t size = 1;
    bool well_formed = false;
};

/// The sequence that begins `bytes`, or as much of it as is right: at least one byte.
Sequence first_sequence(std::string_view bytes) {
    const auto at = [&](std::size_t i) { return static_cast<std::uint8_t>(bytes[i]); };
    if (at(0) < 0x80) {
        return {.size = 1, .well_formed = true};
    }
    const Lead lead = lead_of(at(0));
    std::size_t size = 1;
    while (size <= lead.following && size < bytes.size()) {
        const std::uint8_t lower = size == 1 ? lead.lower : std::uint8_t{0x80};
        const std::uint8_t upper = size == 1 ? lead.upper : std::uint8_t{0xBF};
        if (at(size) < lower || at(size) > upper) {
            break;
        }
        ++size;
    }
    return {.size = size, .well_formed = lead.following > 0 && size == lead.following + 1};
}

}  // namespace

void append_well_formed(std::string& out, std::string_view bytes) {
    std::size_t kept = 0;
    std::size_t i = 0;
    while (i < bytes.size()) {
        const Sequence sequence = first_sequence(bytes.substr(i));
        if (!sequence.well_formed) {
            out += bytes.substr(kept, i - kept);
            out += kReplacement;
            kept = i + sequence.size;
        }
        i += sequence.size;
    }
    out += bytes.substr(kept);
}

}  // namespace sse
