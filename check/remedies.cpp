#include "check/remedies.hpp"

#include <array>
#include <string_view>

#include "updates/stream_end_reason.hpp"
#include "base/text.hpp"

namespace check {
namespace {

/// What is said of one word, or of one status.
struct Remedy {
    std::string_view word;
    std::string_view problem;
    std::string_view advice;
};

constexpr std::array kByWord{
    Remedy{"connect_failed", "accepts no connection",
           "start the beacon node, and check host, port, firewall, and that its REST API is on and "
           "listens on that address"},
    Remedy{"dns_failed", "has a host name that cannot be looked up",
           "check the spelling of the host name, and this machine's DNS"},
    Remedy{"tls_failed", "fails at TLS",
           "check that this port speaks https, that the certificate's names and dates are right, "
           "and name a private CA with ca_file (--ca-file)"},
    Remedy{"connect_timeout", "does not answer at its address",
           "check the address, the network between, and firewalls that drop packets"},
    Remedy{"deadline", "gives no answer in time",
           "look at the node's log, load and disk, and restart it if it hangs; for a slow way to "
           "it give a longer --timeout"},
    Remedy{"reset", "breaks the connection",
           "look at the logs of the node and of any proxy before it"},
    Remedy{"malformed", "answers something that is not HTTP",
           "check the port: it may be that of https, of the p2p network or of another service"},
    Remedy{"content_type", "answers something that is no event stream",
           "check that the URL is that of a beacon node's REST API, and not of a web page or an "
           "execution client"},
    Remedy{"redirect", "redirects to where headmon does not follow",
           "give the URL that the redirect leads to"},
    Remedy{"too_large", "sends more than any beacon node does",
           "check that the URL is that of a beacon node's REST API"},
    Remedy{"error_event", "ends its event stream with an error",
           "look at the node's log for what it says of its event stream"},
    Remedy{"eof", "ends its event stream",
           "look at the node's log, and at the time limits of any proxy before it"},
};

constexpr Remedy kOtherAnswer{"", "answers what no beacon node says",
                              "check that the URL is that of a beacon node's REST API; if it is, "
                              "update the node"};

constexpr Remedy kCredentials{"", "wants other credentials",
                              "check the key: user and password of the URL, or headers "
                              "(--header, headers and headers_from_env in the config)"};
constexpr Remedy kNotFound{"", "does not know the path",
                           "check the URL: it ends before /eth/v1, a path prefix belongs to it, "
                           "and the port is that of the beacon node's REST API"};
constexpr Remedy kTooMany{"", "is asked too often",
                          "raise the node's or the provider's limit, or ask from fewer places"};
constexpr Remedy kServerError{"", "is reached, and what answers for it reports a failure",
                              "start the node, look at its log, and at the upstream of any proxy "
                              "before it"};
constexpr Remedy kOtherStatus{"", "refuses the request",
                              "check that the URL is that of a beacon node's REST API"};

const Remedy& by_status(int status) {
    switch (status) {
        case 401:
        case 403:
        case 407:
            return kCredentials;
        case 404:
            return kNotFound;
        case 429:
            return kTooMany;
        default:
            return status >= 500 ? kServerError : kOtherStatus;
    }
}

const Remedy& remedy_of(const Trouble& trouble) {
    if (trouble.status != 0) {
        return by_status(trouble.status);
    }
    for (const Remedy& remedy : kByWord) {
        if (remedy.word == trouble.word) {
            return remedy;
        }
    }
    return kOtherAnswer;
}

}  // namespace

Trouble trouble_of(const base::Error& error) {
    constexpr std::string_view kStatus = "status ";
    if (error.code == base::ErrorCode::kHttpStatus && error.detail.starts_with(kStatus)) {
        const auto status =
            base::parse_number(std::string_view{error.detail}.substr(kStatus.size()), 100, 999);
        return {"http_status", static_cast<int>(status.value_or(0)), ""};
    }
    // What the transport says begins with its end reason.
    for (const updates::StreamEndReason reason : updates::kAllStreamEndReasons) {
        const std::string word{to_string(reason)};
        if (error.detail.starts_with(word + ": ")) {
            return {word, 0, error.detail.substr(word.size() + 2)};
        }
    }
    return {std::string{base::to_string(error.code)}, 0, error.detail};
}

Trouble trouble_of(const monitor::StreamEnd& end) {
    return {std::string{to_string(end.reason)}, end.http_status, end.detail};
}

std::string describe(const Trouble& trouble) {
    std::string text{remedy_of(trouble).problem};
    if (trouble.status != 0) {
        return text + " (status " + std::to_string(trouble.status) + ")";
    }
    text += " (" + trouble.word;
    if (!trouble.detail.empty()) {
        text += ": " + trouble.detail;
    }
    return text + ")";
}

std::string advise(const Trouble& trouble) {
    return std::string{remedy_of(trouble).advice};
}

}  // namespace check
