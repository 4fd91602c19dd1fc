#include "api/bearer_token.hpp"

#include <openssl/crypto.h>

#include <algorithm>

#include "base/text.hpp"
#include "http/header.hpp"

namespace api {

base::Result<BearerToken> BearerToken::parse(std::string_view text) {
    const auto is_token = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               std::string_view{"-._~+/="}.find(c) != std::string_view::npos;
    };
    text = base::trimmed(text);
    if (text.size() < kTokenBytesMin || text.size() > kTokenBytesMax ||
        !std::all_of(text.begin(), text.end(), is_token)) {
        return base::bad_value("holds no token: 16 to 512 letters, digits and -._~+/=");
    }
    return BearerToken{std::string{text}};
}

bool BearerToken::is_in(const std::vector<http::Header>& headers) const {
    constexpr std::string_view kScheme = "Bearer ";
    std::string_view sent;
    int fields = 0;
    for (const http::Header& header : headers) {
        if (http::is_same_word(header.name, "Authorization")) {
            sent = header.value;
            ++fields;
        }
    }
    if (fields != 1 || !http::is_same_word(sent.substr(0, kScheme.size()), kScheme)) {
        return false;
    }
    sent = base::trimmed(sent.substr(kScheme.size()));
    // Its length is no secret: that of the token which headmon makes is known.
    return sent.size() == text_.size() &&
           ::CRYPTO_memcmp(sent.data(), text_.data(), text_.size()) == 0;
}

}  // namespace api
