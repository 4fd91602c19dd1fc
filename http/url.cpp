#include "http/url.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <utility>

namespace http {

namespace {

struct Cleanup {
    void operator()(CURLU* url) const { curl_url_cleanup(url); }
    void operator()(char* text) const { curl_free(text); }
};
using Handle = std::unique_ptr<CURLU, Cleanup>;

base::Error bad(const char* what) {
    return {base::ErrorCode::kBadUrl, what};
}

/// One part of a parsed URL, or nothing when it has none or the part cannot be read.
std::optional<std::string> part_of(CURLU* url, CURLUPart part, unsigned flags = 0) {
    char* text = nullptr;
    if (curl_url_get(url, part, &text, flags) != CURLUE_OK) {
        return std::nullopt;
    }
    const std::unique_ptr<char, Cleanup> owner{text};
    return std::string{text};
}

bool is_url_byte(char c) {
    return c > ' ' && c < '\x7f';
}

std::string lower(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return text;
}

/// Whether an authority follows the scheme. libcurl overlooks a third slash and takes the path's
/// first name for the host.
bool has_host(std::string_view text) {
    const std::size_t scheme_end = text.find("://");
    if (scheme_end == std::string_view::npos) {
        return false;
    }
    const std::string_view rest = text.substr(scheme_end + 3);
    return !rest.empty() && std::string_view{"/?#\\"}.find(rest.front()) == std::string_view::npos;
}

/// Appends `text`, bytes that would end or break a part of a URL percent-encoded.
void append_encoded(std::string& out, std::string_view text, std::string_view reserved) {
    constexpr std::string_view kHex = "0123456789ABCDEF";
    for (const char c : text) {
        if (is_url_byte(c) && reserved.find(c) == std::string_view::npos) {
            out += c;
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        out += '%';
        out += kHex[byte >> 4U];
        out += kHex[byte & 15U];
    }
}

/// Reads `text` into `url`; or returns what is wrong with it.
std::optional<std::string> parse_into(CURLU* url, const std::string& text) {
    // A relative reference is no URL here; a scheme that libcurl does not know is one all the same,
    // so that the error below can name the two that are.
    const CURLUcode refused =
        curl_url_set(url, CURLUPART_URL, text.c_str(), CURLU_NON_SUPPORT_SCHEME);
    const auto scheme = part_of(url, CURLUPART_SCHEME);
    if (refused == CURLUE_OK && scheme != "http" && scheme != "https") {
        return "the scheme is not http or https";
    }
    if (!has_host(text)) {
        return "no scheme://host";
    }
    if (refused != CURLUE_OK) {
        return curl_url_strerror(refused);
    }
    const auto host = part_of(url, CURLUPART_HOST);
    if (!host || host->empty() || !std::all_of(host->begin(), host->end(), is_url_byte)) {
        return "no usable host";
    }
    const auto port = part_of(url, CURLUPART_PORT, CURLU_DEFAULT_PORT);
    if (!port || *port == "0") {
        return "the port is out of range";
    }
    for (const CURLUPart part : {CURLUPART_USER, CURLUPART_PASSWORD}) {
        if (part_of(url, part) && !part_of(url, part, CURLU_URLDECODE)) {
            return "the userinfo cannot be decoded";
        }
    }
    return std::nullopt;
}

void drop_trailing_slashes(std::string& path) {
    while (!path.empty() && path.back() == '/') {
        path.pop_back();
    }
}

}  // namespace

base::Result<Url> Url::parse(std::string_view text) {
    return read(std::string{text.substr(0, kUrlBytesMax + 1)}, TrailingSlash::kDrop);
}

base::Result<Url> Url::parse_whole(std::string_view text) {
    return read(std::string{text.substr(0, kUrlBytesMax + 1)}, TrailingSlash::kKeep);
}

base::Result<Url> Url::read(const std::string& text, TrailingSlash slash) {
    if (text.size() > kUrlBytesMax) {
        return bad("longer than 8192 bytes");
    }
    if (!std::all_of(text.begin(), text.end(), is_url_byte)) {
        return bad("holds a space, a control character or a byte that is not ASCII");
    }
    const Handle parsed{curl_url()};
    if (const auto problem = parse_into(parsed.get(), text)) {
        return bad(problem->c_str());
    }
    const std::string scheme = part_of(parsed.get(), CURLUPART_SCHEME).value_or("");
    const std::string host = part_of(parsed.get(), CURLUPART_HOST).value_or("");
    const std::string port = part_of(parsed.get(), CURLUPART_PORT, CURLU_DEFAULT_PORT).value_or("");

    const std::string host_in_lower_case = lower(host);
    if (host_in_lower_case != host && host.front() != '[') {
        // Not for an IPv6 literal: setting a host drops its zone.
        curl_url_set(parsed.get(), CURLUPART_HOST, host_in_lower_case.c_str(), 0);
    }
    curl_url_set(parsed.get(), CURLUPART_FRAGMENT, nullptr, 0);
    auto whole = part_of(parsed.get(), CURLUPART_URL, CURLU_DEFAULT_PORT);
    if (!whole || whole->size() > kUrlBytesMax ||
        !std::all_of(whole->begin(), whole->end(), is_url_byte)) {
        return bad("cannot be normalised");
    }
    Url url;
    url.is_https_ = scheme == "https";
    url.origin_ = scheme + "://" + host_in_lower_case + ":" + port;
    url.text_ = std::move(*whole);
    if (slash == TrailingSlash::kDrop) {
        const std::size_t query_at = std::min(url.text_.find('?'), url.text_.size());
        std::string without = url.text_.substr(0, query_at);
        drop_trailing_slashes(without);
        // A URL that is only an origin keeps its one slash: a request needs a path.
        if (without.find('/', std::string_view{"https://"}.size()) == std::string::npos) {
            without += '/';
        }
        url.text_.replace(0, query_at, without);
    }
    return url;
}

base::Result<Url> Url::resolve(std::string_view location) const {
    if (location.empty() || location.size() > kUrlBytesMax ||
        !std::all_of(location.begin(), location.end(), is_url_byte)) {
        return bad("not a URL");
    }
    const Handle target{curl_url()};
    const std::string from = without_userinfo().text_;
    const std::string to{location};
    if (curl_url_set(target.get(), CURLUPART_URL, from.c_str(), 0) != CURLUE_OK ||
        curl_url_set(target.get(), CURLUPART_URL, to.c_str(), CURLU_NON_SUPPORT_SCHEME) !=
            CURLUE_OK) {
        return bad("not a URL");
    }
    const auto whole = part_of(target.get(), CURLUPART_URL);
    if (!whole) {
        return bad("not a URL");
    }
    auto url = read(*whole, TrailingSlash::kKeep);
    if (!url) {
        return url;
    }
    return url->without_userinfo();
}

std::string Url::host_and_port() const {
    const std::size_t scheme_end = origin_.find("://");
    return scheme_end == std::string::npos ? std::string{} : origin_.substr(scheme_end + 3);
}

Url Url::with_path(std::string_view path, std::string_view query) const {
    const std::size_t query_at = std::min(text_.find('?'), text_.size());
    std::string own_query = text_.substr(query_at);
    Url url = *this;
    url.text_.resize(query_at);
    if (!path.empty()) {
        drop_trailing_slashes(url.text_);
        append_encoded(url.text_, path, "?#");
    }
    if (!query.empty()) {
        // Not "?&": a URL may end with an empty query.
        own_query += own_query.empty() ? "?" : (own_query == "?" ? "" : "&");
        append_encoded(own_query, query, "#");
    }
    url.text_ += own_query;
    return url;
}

Url Url::without_userinfo() const {
    const std::size_t authority = text_.find("://");
    if (authority == std::string::npos) {
        return *this;
    }
    const std::size_t begin = authority + 3;
    const std::size_t end = std::min(text_.find('/', begin), text_.size());
    const std::size_t at = std::string_view{text_}.substr(0, end).rfind('@');
    Url url = *this;
    if (at != std::string::npos && at >= begin) {
        url.text_.erase(begin, at + 1 - begin);
    }
    return url;
}

Url::Userinfo Url::secret_userinfo() const {
    const Handle parsed{curl_url()};
    Userinfo info;
    if (curl_url_set(parsed.get(), CURLUPART_URL, text_.c_str(), 0) == CURLUE_OK) {
        info.user = part_of(parsed.get(), CURLUPART_USER, CURLU_URLDECODE).value_or("");
        info.password = part_of(parsed.get(), CURLUPART_PASSWORD, CURLU_URLDECODE).value_or("");
    }
    return info;
}

}  // namespace http
