#include "base/printable.hpp"

namespace base {

std::string printable(std::string_view text, std::size_t bytes_max) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string out;
    for (const char c : text.substr(0, bytes_max)) {
        if (c >= ' ' && c <= '~' && c != '\\') {
            out += c;
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        out += "\\x";
        out += kDigits[byte >> 4U];
        out += kDigits[byte & 0x0fU];
    }
    if (text.size() > bytes_max) {
        out += "...";
    }
    return out;
}

}  // namespace base
