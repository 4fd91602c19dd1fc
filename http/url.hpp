#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace http {

/// The URL of a beacon node. A secret: userinfo, path and query may hold keys, so the whole text
/// has no operator<< and no to_string; what may be shown is `origin()`.
class Url {
  public:
    /// Reads an absolute http or https URL. A trailing slash of the path is dropped, so that paths
    /// can be appended. Fails with kBadUrl; the detail says what is wrong and repeats nothing of
    /// the text.
    [[nodiscard]] static base::Result<Url> parse(std::string_view text);

    /// `scheme://host:port`, the port always there. All of a URL that may be logged or shown.
    [[nodiscard]] const std::string& origin() const { return origin_; }
    /// `host:port`: the name of a node that was given none.
    [[nodiscard]] std::string host_and_port() const;
    [[nodiscard]] bool is_https() const { return is_https_; }

    /// This URL with `path` (begins with '/') behind its own path, and `query` (without '?') behind
    /// its own query.
    [[nodiscard]] Url with_path(std::string_view path, std::string_view query = {}) const;
    /// This URL without its userinfo: for another host, to which no credentials go.
    [[nodiscard]] Url without_userinfo() const;

    /// The whole text. For the transport, and for telling two URLs apart; never for people.
    [[nodiscard]] const std::string& secret_text() const { return text_; }

    friend bool operator==(const Url&, const Url&) = default;

  private:
    std::string text_;
    std::string origin_;
    bool is_https_ = false;
};

}  // namespace http
