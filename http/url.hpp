#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace http {

/// A longer URL is rejected.
inline constexpr std::size_t kUrlBytesMax = std::size_t{8} * 1024;

/// The URL of a beacon node. A secret: userinfo, path and query may hold keys, so the whole text
/// has no operator<< and no to_string; what may be shown is `origin()`.
class Url {
  public:
    /// Reads an absolute http or https URL. A trailing slash of the path is dropped, so that paths
    /// can be appended. Fails with kBadUrl; the detail names what is wrong and repeats nothing of
    /// the text.
    [[nodiscard]] static base::Result<Url> parse(std::string_view text);

    /// The same, with the path left as it is: for a URL that is requested unchanged.
    [[nodiscard]] static base::Result<Url> parse_whole(std::string_view text);

    /// The target of a redirect: `location`, absolute or relative to this URL, without userinfo and
    /// with its trailing slash. Fails with kBadUrl.
    [[nodiscard]] base::Result<Url> resolve(std::string_view location) const;

    /// `scheme://host:port`, the port always there. All of a URL that may be logged or shown.
    [[nodiscard]] const std::string& origin() const { return origin_; }
    /// `host:port`: the name of a node that was given none.
    [[nodiscard]] std::string host_and_port() const;
    [[nodiscard]] bool is_https() const { return is_https_; }

    /// This URL with `path` (begins with '/', or is empty) behind its own path, and `query`
    /// (without '?') behind its own query. Bytes that a URL cannot hold are percent-encoded.
    [[nodiscard]] Url with_path(std::string_view path, std::string_view query = {}) const;
    /// This URL without its userinfo: for another host, to which no credentials go.
    [[nodiscard]] Url without_userinfo() const;

    /// User name and password, percent-decoded; both empty when the URL has none. A secret.
    struct Userinfo {
        std::string user;
        std::string password;
    };
    [[nodiscard]] Userinfo secret_userinfo() const;

    /// The whole text, normalised: the port always there, no fragment. For the transport, and for
    /// telling two URLs apart; never for people.
    [[nodiscard]] const std::string& secret_text() const { return text_; }

    friend bool operator==(const Url&, const Url&) = default;

  private:
    enum class TrailingSlash : std::uint8_t { kDrop, kKeep };
    [[nodiscard]] static base::Result<Url> read(const std::string& text, TrailingSlash slash);

    std::string text_;
    std::string origin_;
    bool is_https_ = false;
};

}  // namespace http
