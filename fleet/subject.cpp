#include "fleet/subject.hpp"

#include <array>
#include <utility>
#include <vector>

#include "base/text.hpp"

namespace fleet {
namespace {

constexpr std::string_view kNoNode = "-";
constexpr std::string_view kHexDigits = "0123456789ABCDEF";

bool is_plain(char byte) {
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9') || byte == '-' || byte == '_';
}

void append_escaped(std::string& out, char byte) {
    const auto value = static_cast<unsigned char>(byte);
    out += '%';
    out += kHexDigits[value >> 4U];
    out += kHexDigits[value & 15U];
}

}  // namespace

std::string escape_token(std::string_view text) {
    std::string token;
    token.reserve(text.size());
    for (const char byte : text) {
        if (is_plain(byte)) {
            token += byte;
        } else {
            append_escaped(token, byte);
        }
    }
    return token;
}

std::optional<std::string> unescape_token(std::string_view token) {
    std::string text;
    for (std::size_t i = 0; i < token.size(); ++i) {
        if (is_plain(token[i])) {
            text += token[i];
            continue;
        }
        if (token[i] != '%' || token.size() - i < 3) {
            return std::nullopt;
        }
        const auto high = kHexDigits.find(token[i + 1]);
        const auto low = kHexDigits.find(token[i + 2]);
        if (high == std::string_view::npos || low == std::string_view::npos) {
            return std::nullopt;
        }
        text += static_cast<char>(high * 16 + low);
        i += 2;
    }
    return text;
}

std::string to_string(const Subject& subject) {
    std::string node{kNoNode};
    if (subject.node) {
        node = escape_token(*subject.node);
        if (node == kNoNode) {
            node.clear();
            append_escaped(node, kNoNode.front());
        }
    }
    return std::string{kSubjectRoot} + '.' + escape_token(subject.instance) + '.' +
           escape_token(subject.kind) + '.' + node;
}

std::optional<Subject> parse_subject(std::string_view text) {
    const std::vector<std::string> tokens = base::split(text, '.');
    if (tokens.size() != 4 || tokens[0] != kSubjectRoot) {
        return std::nullopt;
    }
    auto instance = unescape_token(tokens[1]);
    auto kind = unescape_token(tokens[2]);
    auto node = unescape_token(tokens[3]);
    if (!instance || !kind || !node || instance->empty() || kind->empty() || node->empty()) {
        return std::nullopt;
    }
    Subject subject{std::move(*instance), std::move(*kind), std::nullopt};
    if (tokens[3] != kNoNode) {
        subject.node = std::move(node);
    }
    return subject;
}

}  // namespace fleet
