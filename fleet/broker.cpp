#include "fleet/broker.hpp"

#include <unistd.h>

#include <array>
#include <string_view>
#include <utility>
#include <vector>

#include "base/printable.hpp"
#include "fleet/subject.hpp"

namespace fleet {
namespace {

base::Error unreachable(std::string text) {
    return {base::ErrorCode::kUnreachable, std::move(text)};
}

/// The library's own words, made fit to be shown. It names no server in them; a URL that it might
/// is left out, and so is the place in its source, "(conn.c:733): ".
std::string shown(const std::string& text) {
    const auto place = text.rfind("): ", 40);
    const bool has_place = text.starts_with('(') && place != std::string::npos;
    const std::string words = has_place ? text.substr(place + 3) : text;
    return words.empty() || words.find("://") != std::string::npos
               ? ""
               : " (" + base::printable(words, 200) + ")";
}

std::string last_error() {
    natsStatus status = NATS_OK;
    const char* const text = nats_GetLastError(&status);
    return text == nullptr ? "" : text;
}

bool has_scheme(const std::string& url, std::string_view scheme) {
    return url.compare(0, scheme.size(), scheme) == 0;
}

void on_closed(natsConnection* connection, void* closure) {
    const auto on_lost = Registry<Broker::OnLost>::find(closure);
    if (on_lost && *on_lost) {
        const char* text = nullptr;
        const natsStatus status = natsConnection_GetLastError(connection, &text);
        (*on_lost)(describe(status == NATS_OK ? NATS_CONNECTION_CLOSED : status,
                            text == nullptr ? "" : text));
    }
}

void on_error(natsConnection* connection, natsSubscription* /*subscription*/, natsStatus status,
              void* closure) {
    const auto on_lost = Registry<Broker::OnLost>::find(closure);
    // What else is said here is said again where it matters: a slow reader has messages missing.
    if (on_lost && *on_lost && status == NATS_NOT_PERMITTED) {
        const char* text = nullptr;
        (void)natsConnection_GetLastError(connection, &text);
        (*on_lost)(describe(status, text == nullptr ? "" : text));
    }
}

}  // namespace

base::Error describe(natsStatus status, const std::string& last_error) {
    const std::string more = shown(last_error);
    switch (status) {
        case NATS_NO_SERVER:
            return unreachable(
                "no server of [fleet] servers can be reached; check their addresses and that "
                "nats-server runs" +
                more);
        case NATS_CONNECTION_AUTH_FAILED:
            return unreachable(
                "the broker refuses our credentials; check credentials_file, or user and password "
                "in servers" +
                more);
        case NATS_NOT_PERMITTED:
            return unreachable(
                "the broker does not permit it; give this user the permissions of docs/fleet.md" +
                more);
        case NATS_SSL_ERROR:
            return unreachable(
                "TLS with the broker failed; check ca_file, the broker's certificate and its "
                "dates" +
                more);
        case NATS_SECURE_CONNECTION_REQUIRED:
            return unreachable("the broker wants TLS; write tls:// in [fleet] servers");
        case NATS_SECURE_CONNECTION_WANTED:
            return unreachable(
                "the broker does not speak TLS; give it a certificate, or write nats:// in [fleet] "
                "servers and leave ca_file out");
        case NATS_NO_RESPONDERS:
            return unreachable(
                "the broker's JetStream does not answer; start nats-server with -js, or wait until "
                "its cluster has a leader");
        case NATS_TIMEOUT:
            return unreachable("the broker does not answer");
        case NATS_MAX_PAYLOAD:
            return unreachable(
                "the broker takes no message of that size; raise its max_payload to 1MB");
        case NATS_CONNECTION_CLOSED:
        case NATS_CONNECTION_DISCONNECTED:
        case NATS_STALE_CONNECTION:
        case NATS_IO_ERROR:
            return unreachable("the connection to the broker is lost" + more);
        default:
            return unreachable(std::string{"the broker: "} + natsStatus_GetText(status) + more);
    }
}

base::Error describe_stream_error(natsStatus status, int code, const std::string& text,
                                  const Options& options) {
    const std::string name = "stream " + base::printable(options.stream, 64);
    switch (code) {
        case 0:
            return describe(status, text);
        case JSStreamNotFoundErr:
            return unreachable("the broker has no " + name +
                               "; make it as docs/fleet.md has it, or set create_stream = true");
        case JSNotEnabledForAccountErr:
        case JSNotEnabledErr:
            return unreachable(
                "JetStream is not enabled for this account; start nats-server with -js, or give "
                "the account limits of its own");
        case JSStreamSubjectOverlapErr:
            return unreachable(
                "another stream of the broker has the subjects headmon.>; give its name as stream, "
                "or delete it");
        case JSMemoryResourcesExceededErr:
        case JSStorageResourcesExceededErr:
        case JSInsufficientResourcesErr:
        case JSAccountResourcesExceededErr:
            return unreachable("the broker has no room for " + name +
                               "; raise max_file_store or the limits of the account, or give a "
                               "lower size_mib_max" +
                               shown(text));
        case JSClusterNoPeersErr:
            return unreachable("the broker's cluster has too few servers for replicas = " +
                               std::to_string(options.replicas) + shown(text));
        case JSStreamStoreFailedErr:
            return unreachable(
                name + " is full or cannot be written; raise its limits or the broker's disk" +
                shown(text));
        default:
            return unreachable(name + ": error " + std::to_string(code) + shown(text));
    }
}

base::Error describe_last(natsStatus status) {
    return describe(status, last_error());
}

Broker::Broker(OnLost on_lost) : on_lost_{std::make_shared<OnLost>(std::move(on_lost))} {}

Broker::~Broker() {
    if (connection_) {
        natsConnection_Close(connection_.get());
    }
}

base::Result<std::unique_ptr<Broker>> Broker::connect(const Options& options, OnLost on_lost) {
    std::unique_ptr<Broker> broker{new Broker{std::move(on_lost)}};
    if (auto opened = broker->open(options); !opened) {
        return opened.error();
    }
    return broker;
}

base::Result<void> Broker::open(const Options& options) {
    natsOptions* made = nullptr;
    if (const natsStatus status = natsOptions_Create(&made); status != NATS_OK) {
        return describe_last(status);
    }
    const Handle<natsOptions> ours{made};
    std::vector<const char*> servers;
    bool is_secure = !options.ca_file.empty();
    for (const std::string& server : options.servers) {
        servers.push_back(server.c_str());
        is_secure = is_secure || has_scheme(server, "tls://");
    }
    for (const std::string& file : {options.credentials_file, options.ca_file}) {
        if (!file.empty() && ::access(file.c_str(), R_OK) != 0) {
            return base::bad_value(base::printable(file, 400) +
                                   " cannot be read; check [fleet] credentials_file and ca_file");
        }
    }
    void* const closure = on_lost_.closure();
    const auto set = [&]() -> natsStatus {
        natsStatus status =
            natsOptions_SetServers(made, servers.data(), static_cast<int>(servers.size()));
        const auto then = [&](auto call, auto... values) {
            status = status == NATS_OK ? call(made, values...) : status;
        };
        then(natsOptions_SetName, ("headmon " + escape_token(options.instance)).c_str());
        then(natsOptions_SetTimeout, std::int64_t{2000});
        then(natsOptions_SetAllowReconnect, false);
        then(natsOptions_SetIgnoreDiscoveredServers, true);
        then(natsOptions_SetPingInterval, std::int64_t{5000});
        then(natsOptions_SetMaxPingsOut, 2);
        then(natsOptions_SetWriteDeadline, std::int64_t{kTimeout.count()});
        then(natsOptions_SetClosedCB, on_closed, closure);
        then(natsOptions_SetErrorHandler, on_error, closure);
        if (is_secure) {
            then(natsOptions_SetSecure, true);
        }
        if (!options.ca_file.empty()) {
            then(natsOptions_LoadCATrustedCertificates, options.ca_file.c_str());
        }
        if (!options.credentials_file.empty()) {
            then(natsOptions_SetUserCredentialsFromFiles, options.credentials_file.c_str(),
                 static_cast<const char*>(nullptr));
        }
        return status;
    };
    natsStatus status = set();
    if (status == NATS_OK) {
        natsConnection* connection = nullptr;
        status = natsConnection_Connect(&connection, made);
        connection_.reset(connection);
    }
    if (status != NATS_OK) {
        return describe_last(status);
    }
    return {};
}

base::Result<void> Broker::require_stream(const Options& options) {
    jsOptions waits;
    jsOptions_Init(&waits);
    waits.Wait = kTimeout.count();
    jsCtx* context = nullptr;
    if (const natsStatus status = natsConnection_JetStream(&context, native(), &waits);
        status != NATS_OK) {
        return describe_last(status);
    }
    const Handle<jsCtx> ours{context};
    jsErrCode code{};
    jsStreamInfo* info = nullptr;
    const natsStatus status =
        js_GetStreamInfo(&info, context, options.stream.c_str(), nullptr, &code);
    const Handle<jsStreamInfo> found{info};
    if (status == NATS_OK) {
        return {};
    }
    if ((code == JSStreamNotFoundErr || status == NATS_NOT_FOUND) && options.create_stream) {
        return make_stream(context, options);
    }
    return describe_stream_error(status, status == NATS_NOT_FOUND ? JSStreamNotFoundErr : code,
                                 last_error(), options);
}

base::Result<void> Broker::make_stream(jsCtx* context, const Options& options) {
    using std::chrono::nanoseconds;
    jsStreamConfig stream;
    jsStreamConfig_Init(&stream);
    std::array<const char*, 1> subjects{"headmon.>"};
    stream.Name = options.stream.c_str();
    stream.Description = "What every headmon of the fleet has learned";
    stream.Subjects = subjects.data();
    stream.SubjectsLen = static_cast<int>(subjects.size());
    stream.Retention = js_LimitsPolicy;
    stream.Discard = js_DiscardOld;
    stream.Storage = js_FileStorage;
    stream.MaxAge = nanoseconds{options.age}.count();
    stream.Duplicates = nanoseconds{kDuplicates}.count();
    stream.MaxBytes = static_cast<std::int64_t>(options.bytes);
    stream.MaxMsgSize = kMessageBytesMax;
    stream.Replicas = options.replicas;
    jsErrCode code{};
    jsStreamInfo* info = nullptr;
    const natsStatus status = js_AddStream(&info, context, &stream, nullptr, &code);
    const Handle<jsStreamInfo> made{info};
    // Another headmon may have made it meanwhile.
    if (status == NATS_OK || code == JSStreamNameExistErr) {
        return {};
    }
    return describe_stream_error(status, code, last_error(), options);
}

}  // namespace fleet
