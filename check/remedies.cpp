#include "check/remedies.hpp"

#include <algorithm>
#include <array>

#include "updates/stream_end_reason.hpp"

namespace check {
namespace {

using updates::StreamEndReason;

/// What is reported of one cause.
struct Remedy {
    std::string_view problem;
    std::string_view fix;
};
struct EndRemedy {
    StreamEndReason reason;
    Remedy remedy;
};

constexpr std::array kByEnd{
    EndRemedy{
        StreamEndReason::kConnectFailed,
        {"accepts no connection",
         "start the beacon node, and check host, port, firewall, and that its REST API is on and "
         "listens on that address"}},
    EndRemedy{StreamEndReason::kDnsFailed,
              {"has a host name that cannot be looked up",
               "check the spelling of the host name, and this machine's DNS"}},
    EndRemedy{
        StreamEndReason::kTlsFailed,
        {"fails at TLS",
         "check that this port speaks https where the URL says https, and plain http where it says "
         "http, that the certificate's names and dates are right, and name a private CA with "
         "ca_file (--ca-file)"}},
    EndRemedy{StreamEndReason::kConnectTimeout,
              {"does not answer at its address",
               "check the address, the network between, and firewalls that drop packets"}},
    EndRemedy{StreamEndReason::kReset,
              {"breaks the connection", "see the logs of the node and of any proxy before it"}},
    EndRemedy{StreamEndReason::kMalformed,
              {"sends what is neither HTTP nor an event of the Beacon API",
               "check the port: it may be that of the p2p network or of another service; if it is "
               "the node's REST API, update the node"}},
    EndRemedy{
        StreamEndReason::kContentType,
        {"answers something that is no event stream",
         "check that the URL is that of a beacon node's REST API, and not of a web page or an "
         "execution client"}},
    EndRemedy{
        StreamEndReason::kRedirect,
        {"redirects to where headmon does not follow", "give the URL that the redirect leads to"}},
    EndRemedy{StreamEndReason::kTooLarge,
              {"sends more than any beacon node does",
               "check that the URL is that of a beacon node's REST API"}},
    EndRemedy{StreamEndReason::kContentCoding,
              {"compresses its answer",
               "switch compression off, in the node or the proxy before it, for the REST API and "
               "the event stream: headmon asks for answers as they are"}},
    EndRemedy{StreamEndReason::kErrorEvent,
              {"ends its event stream with an error",
               "see the node's log for what it says of its event stream"}},
    EndRemedy{StreamEndReason::kEof,
              {"ends its event stream",
               "see the node's log, and the time limits of any proxy before it"}},
};

constexpr Remedy kTooLate{
    "gives no answer in time",
    "see the node's log, load and disk, and restart it if it hangs; for a slow way to "
    "it give a longer --timeout"};

constexpr Remedy kOtherAnswer{"answers what no beacon node says",
                              "check that the URL is that of a beacon node's REST API; if it is, "
                              "update the node"};

constexpr Remedy kCredentials{"wants other credentials",
                              "check the key: user and password of the URL, or headers "
                              "(--header, headers and headers_from_env in the config)"};
constexpr Remedy kNotFound{"does not know the path",
                           "check the URL: it ends before /eth/v1, a path prefix belongs to it, "
                           "and the port is that of the beacon node's REST API"};
constexpr Remedy kTooMany{"is asked too often",
                          "raise the node's or the provider's limit, or ask from fewer places"};
constexpr Remedy kServerError{"reports a failure",
                              "see its log for it; where a proxy answers in its place, see the "
                              "proxy's log too"};
constexpr Remedy kGatewayError{"is not reached by the proxy before it",
                               "start the node, see its log, and the upstream of any proxy before "
                               "it"};
/// Of a node that answers other requests.
constexpr Remedy kNoConnection{"accepts no connection for it, though it answers other requests",
                               "see how many connections the node, or a proxy before it, allows"};
constexpr Remedy kOtherStatus{"refuses the request",
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

/// Whether nothing was reached at all.
bool is_without_connection(const FailureCause& cause) {
    return cause.end == StreamEndReason::kConnectFailed ||
           cause.end == StreamEndReason::kConnectTimeout;
}

const Remedy& remedy_of(const FailureCause& cause) {
    if (cause.http_status != 0) {
        const bool is_gateway = cause.http_status == 502 || cause.http_status == 504;
        return is_gateway && !cause.answers_otherwise ? kGatewayError
                                                      : by_status(cause.http_status);
    }
    if (cause.answers_otherwise && is_without_connection(cause)) {
        return kNoConnection;
    }
    if (!cause.end) {
        return cause.code == base::ErrorCode::kDeadline ? kTooLate : kOtherAnswer;
    }
    const auto* const found =
        std::find_if(kByEnd.begin(), kByEnd.end(),
                     [&](const EndRemedy& known) { return known.reason == *cause.end; });
    return found == kByEnd.end() ? kOtherAnswer : found->remedy;
}

}  // namespace

FailureCause cause_of(const beacon_api::RequestError& error) {
    FailureCause cause;
    if (error.transport) {
        cause.end = monitor::end_reason_of(*error.transport);
    } else if (error.code == base::ErrorCode::kHttpStatus) {
        cause.end = StreamEndReason::kHttpStatus;
    }
    cause.code = error.code;
    cause.http_status = error.http_status;
    cause.detail = error.http_status == 0
                       ? error.detail
                       : beacon_api::status_text(error.http_status, error.detail);
    return cause;
}

FailureCause cause_of(const monitor::StreamEnd& end) {
    FailureCause cause;
    cause.end = end.reason;
    cause.http_status = end.http_status;
    cause.detail = end.detail;
    return cause;
}

std::string_view name_of(const FailureCause& cause) {
    return cause.end ? to_string(*cause.end) : base::to_string(cause.code);
}

std::string problem_text(const FailureCause& cause) {
    std::string text{remedy_of(cause).problem};
    if (cause.http_status != 0 && !cause.detail.empty()) {
        return text + " (" + cause.detail + ")";
    }
    text += " (" + std::string{name_of(cause)};
    if (!cause.detail.empty()) {
        text += ": " + cause.detail;
    }
    return text + ")";
}

std::string fix_text(const FailureCause& cause) {
    return std::string{remedy_of(cause).fix};
}

}  // namespace check
