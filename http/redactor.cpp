#include "http/redactor.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <utility>

#include "base/printable.hpp"
#include "base/text.hpp"

namespace http {
namespace {

constexpr std::string_view kHidden = "[hidden]";
/// A shorter text is no secret that could be found again.
constexpr std::size_t kSecretBytesMin = 4;
/// The beginning of a longer secret that is hidden by itself.
constexpr std::size_t kBeginningBytes = 8;
/// Text beyond is neither searched nor shown.
constexpr std::size_t kTextBytesMax = std::size_t{4} * 1024;
/// As often is a text decoded that was encoded more than once.
constexpr int kEncodingsMax = 3;

/// Words of paths, topics, user names and authorizations that everybody knows; in lower case.
constexpr std::array<std::string_view, 55> kPublicWords{
    "api",         "eth",        "v1",           "v2",          "v3",
    "attestation", "basic",      "beacon",       "beacon-node", "beacon_node",
    "bearer",      "block",      "block_gossip", "caplin",      "chain",
    "chiado",      "config",     "consensus",    "erigon",      "error",
    "eth1",        "eth2",       "ethereum",     "events",      "finalized_checkpoint",
    "genesis",     "gnosis",     "grandine",     "head",        "head_v2",
    "headers",     "holesky",    "hoodi",        "http",        "https",
    "identity",    "lighthouse", "localhost",    "lodestar",    "mainnet",
    "nimbus",      "node",       "prysm",        "rest",        "sepolia",
    "spec",        "stream",     "syncing",      "teku",        "token",
    "topics",      "validator",  "version",      "chain_reorg", "event-stream"};

bool is_public(std::string_view folded) {
    return std::find(kPublicWords.begin(), kPublicWords.end(), folded) != kPublicWords.end();
}

/// Text without what encodings do to it, each byte with its place in the text.
struct Folded {
    std::string bytes;
    /// Where each byte begins in the text, and the text's end.
    std::vector<std::size_t> places;
};

std::optional<unsigned> hex_digit(char c) {
    if (c >= '0' && c <= '9') {
        return static_cast<unsigned>(c - '0');
    }
    const char lower = static_cast<char>(c | 0x20);
    if (lower >= 'a' && lower <= 'f') {
        return static_cast<unsigned>(lower - 'a') + 10U;
    }
    return std::nullopt;
}

/// How long the mark is that an encoded byte begins with, before its two hex digits; else 0.
std::size_t mark_size(std::string_view text) {
    for (const std::string_view mark : {"%", "\\u00", "\\x"}) {
        if (text.starts_with(mark)) {
            return mark.size();
        }
    }
    return 0;
}

/// Decodes each `%XX`, `\u00XX` and `\xXX` once. Whether there was one.
bool decode_once(Folded& text) {
    Folded out;
    bool any = false;
    const std::string_view bytes = text.bytes;
    std::size_t i = 0;
    while (i < bytes.size()) {
        out.places.push_back(text.places[i]);
        const std::size_t mark = mark_size(bytes.substr(i));
        if (mark > 0 && i + mark + 1 < bytes.size()) {
            const auto high = hex_digit(bytes[i + mark]);
            const auto low = hex_digit(bytes[i + mark + 1]);
            if (high && low) {
                out.bytes += static_cast<char>(*high * 16U + *low);
                any = true;
                i += mark + 2;
                continue;
            }
        }
        out.bytes += bytes[i];
        ++i;
    }
    out.places.push_back(text.places.back());
    text = std::move(out);
    return any;
}

/// One form of a text for all in which it may be repeated: decoded, without backslashes, a plus as
/// the space that it means in a query, in lower case.
Folded fold(std::string_view raw) {
    Folded text{std::string{raw}, {}};
    for (std::size_t i = 0; i <= raw.size(); ++i) {
        text.places.push_back(i);
    }
    int left = kEncodingsMax;
    while (left > 0 && decode_once(text)) {
        --left;
    }
    Folded out;
    for (std::size_t i = 0; i < text.bytes.size(); ++i) {
        char c = text.bytes[i];
        if (c == '\\') {
            continue;
        }
        c = c == '+' ? ' ' : c;
        out.bytes += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
        out.places.push_back(text.places[i]);
    }
    out.places.push_back(raw.size());
    return out;
}

constexpr std::string_view kBase64 =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Without the padding.
std::string to_base64(std::string_view bytes) {
    std::string out;
    std::uint32_t bits = 0;
    unsigned count = 0;
    for (const char c : bytes) {
        bits = (bits << 8U) | static_cast<unsigned char>(c);
        count += 8;
        while (count >= 6) {
            count -= 6;
            out += kBase64[(bits >> count) & 63U];
        }
    }
    if (count > 0) {
        out += kBase64[(bits << (6 - count)) & 63U];
    }
    return out;
}

/// Up to the first byte that is no base64.
std::string from_base64(std::string_view text) {
    std::string out;
    std::uint32_t bits = 0;
    unsigned count = 0;
    for (const char c : text) {
        const std::size_t value = kBase64.find(c);
        if (value == std::string_view::npos) {
            break;
        }
        bits = (bits << 6U) | static_cast<std::uint32_t>(value);
        count += 6;
        if (count >= 8) {
            count -= 8;
            out += static_cast<char>((bits >> count) & 0xFFU);
        }
    }
    return out;
}

/// What comes behind scheme and authority.
std::string_view behind_authority(std::string_view url) {
    const std::size_t authority = url.find("://");
    if (authority == std::string_view::npos) {
        return {};
    }
    const std::size_t path = url.find_first_of("/?", authority + 3);
    return path == std::string_view::npos ? std::string_view{} : url.substr(path);
}

}  // namespace

Redactor::Redactor(const Endpoint& endpoint) {
    const std::string_view target = behind_authority(endpoint.url.secret_text());
    const std::size_t query_at = std::min(target.find('?'), target.size());
    add_path(target.substr(0, query_at));
    if (query_at < target.size()) {
        add_query(target.substr(query_at + 1));
    }
    const auto userinfo = endpoint.url.secret_userinfo();
    if (!userinfo.user.empty() || !userinfo.password.empty()) {
        add_word(userinfo.user);
        add_credentials(userinfo.user, userinfo.password);
    }
    for (const Header& header : endpoint.headers) {
        add_header_value(header.value);
    }
}

void Redactor::add(std::string_view text, std::size_t least) {
    std::string folded = fold(text).bytes;
    if (folded.size() >= kSecretBytesMin) {
        least = std::min(least, folded.size());
        secrets_.push_back(Secret{std::move(folded), least});
    }
}

void Redactor::add_word(std::string_view word) {
    if (!is_public(fold(word).bytes)) {
        add(word, kBeginningBytes);
    }
}

void Redactor::add_whole(std::string_view text) {
    add(text, std::string_view::npos);
}

void Redactor::add_path(std::string_view path) {
    bool has_short = false;
    for (const std::string& segment : base::split(path, '/')) {
        add_word(segment);
    }
    // Short segments are hidden where all of the prefix is repeated. The API's own path is none.
    std::string_view prefix = path.substr(0, path.rfind("/eth/v"));
    while (prefix.ends_with('/')) {
        prefix.remove_suffix(1);
    }
    for (const std::string& segment : base::split(prefix, '/')) {
        const std::string folded = fold(segment).bytes;
        has_short =
            has_short || (!folded.empty() && folded.size() < kSecretBytesMin && !is_public(folded));
    }
    if (has_short) {
        add_whole(prefix);
    }
}

void Redactor::add_query(std::string_view query) {
    for (const std::string& part : base::split(query, '&')) {
        const std::string_view all = part;
        const std::size_t equals = std::min(all.find('='), all.size());
        const bool has_value = equals + 1 < all.size();
        if (has_value && all.substr(0, equals) == "topics") {
            continue;
        }
        add_word(has_value ? all.substr(equals + 1) : all.substr(0, equals));
        add_whole(all);
    }
}

void Redactor::add_credentials(std::string_view user, std::string_view password) {
    std::string both{user};
    both += ':';
    both += password;
    add(password, kBeginningBytes);
    add_whole(both);
    add(to_base64(both), kBeginningBytes);
}

void Redactor::add_header_value(std::string_view value) {
    constexpr std::string_view kBetween = " \t;,=\"'";
    add_whole(value);
    bool is_basic = false;
    std::size_t begin = value.find_first_not_of(kBetween);
    while (begin != std::string_view::npos) {
        const std::size_t end = std::min(value.find_first_of(kBetween, begin), value.size());
        const std::string_view word = value.substr(begin, end - begin);
        add_word(word);
        if (is_basic) {
            const std::string both = from_base64(word);
            const std::size_t colon = std::min(both.find(':'), both.size());
            add_word(std::string_view{both}.substr(0, colon));
            add_credentials(both.substr(0, colon), both.substr(std::min(colon + 1, both.size())));
        }
        is_basic = fold(word).bytes == "basic";
        begin = value.find_first_not_of(kBetween, end);
    }
}

std::size_t Redactor::match(std::string_view folded) const {
    std::size_t longest = 0;
    for (const auto& [secret, least] : secrets_) {
        const auto differs =
            std::mismatch(secret.begin(), secret.end(), folded.begin(), folded.end());
        const auto same = static_cast<std::size_t>(differs.first - secret.begin());
        const bool is_whole = same == secret.size();
        const bool is_cut = same == folded.size() && same >= kSecretBytesMin;
        // "lighthouse-1" does not hide "Lighthouse/v5".
        const bool is_word = !is_whole && is_public(folded.substr(0, same));
        if ((same >= least || is_cut) && !is_word) {
            longest = std::max(longest, same);
        }
    }
    return longest;
}

bool Redactor::has_secret(std::string_view text) const {
    if (secrets_.empty()) {
        return false;
    }
    const Folded folded = fold(text);
    const std::string_view bytes = folded.bytes;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        if (match(bytes.substr(i)) > 0) {
            return true;
        }
    }
    return false;
}

std::string Redactor::show(std::string_view text, std::size_t bytes_max) const {
    if (secrets_.empty()) {
        return base::printable(text, bytes_max);
    }
    text = text.substr(0, kTextBytesMax);
    const Folded folded = fold(text);
    const std::string_view bytes = folded.bytes;
    std::string out;
    std::size_t kept = 0;
    std::size_t i = 0;
    while (i < bytes.size()) {
        const std::size_t hidden = match(bytes.substr(i));
        if (hidden == 0) {
            ++i;
            continue;
        }
        out += text.substr(kept, folded.places[i] - kept);
        out += kHidden;
        i += hidden;
        kept = folded.places[i];
    }
    out += text.substr(kept);
    return base::printable(out, bytes_max);
}

}  // namespace http
