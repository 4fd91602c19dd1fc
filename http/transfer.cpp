#include "http/transfer.hpp"

#include <curl/curl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "http/curl_error.hpp"
#include "http/header.hpp"
#include "http/redactor.hpp"
#include "http/response_head.hpp"

namespace http {

namespace {

using http::FailureReason;

constexpr std::string_view kAcceptEncoding = "Accept-Encoding";
constexpr int kRedirectsMax = 3;
/// Small, as each open stream has one: a head event is half a kilobyte.
constexpr long kStreamBufferBytes = 8L * 1024;
constexpr long kFetchBufferBytes = 2L * 1024;
/// curl's smallest. Used for the request of a TLS connection only.
constexpr long kUploadBufferBytes = 16L * 1024;
/// How long curl goes by a private CA file that it has read: a replaced one counts within a minute.
constexpr long kCaFileSeconds = 60;
/// How long a connection is used again by later requests: a node that has moved to another address
/// answers from there within some slots, though the old one answers too.
constexpr long kConnectionSeconds = 30;
constexpr long kKeepAliveIdleSeconds = 30;
constexpr long kKeepAliveIntervalSeconds = 10;

struct FreeEasy {
    void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
struct FreeList {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

bool is_redirect(int status) {
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

/// Whether a header cannot end its line and begin another.
bool is_safe(const Header& header) {
    const auto is_control = [](char c) { return static_cast<unsigned char>(c) < ' ' && c != '\t'; };
    return !header.name.empty() && header.name.find(':') == std::string::npos &&
           std::none_of(header.name.begin(), header.name.end(), is_control) &&
           std::none_of(header.value.begin(), header.value.end(), is_control);
}

}  // namespace

struct Transfer::Hop {
    std::unique_ptr<curl_slist, FreeList> headers;
    std::array<char, CURL_ERROR_SIZE> error_text{};
    /// Behind what it points to, so that it goes first.
    std::unique_ptr<CURL, FreeEasy> easy{curl_easy_init()};
    std::size_t header_bytes = 0;
    bool refused_option = false;
    /// This process had no descriptor left for a socket: no fault of the node's.
    bool no_descriptor = false;
    bool connected = false;
    bool head = false;
    bool body = false;
    /// The answer is a redirect: what curl reports of this hop from then on is ignored.
    bool redirects = false;
    /// What we found wrong ourselves.
    std::optional<TransferError> failure;

    template <class Value>
    void set(CURLoption option, Value value) {
        refused_option = curl_easy_setopt(easy.get(), option, value) != CURLE_OK || refused_option;
    }
    void add_header(const std::string& line) {
        curl_slist* longer = curl_slist_append(headers.get(), line.c_str());
        refused_option = refused_option || longer == nullptr;
        if (longer != nullptr) {
            (void)headers.release();
            headers.reset(longer);
        }
    }
    void set_transport(const Request& request, Kind kind);
    void set_credentials(const Endpoint& endpoint);
};

Transfer::Transfer(Request request, Kind kind, const Context& context, TransferListener& to)
    : listener{&to},
      request_{std::move(request)},
      kind_{kind},
      context_{context},
      target_{request_.endpoint.url.without_userinfo()} {}

Transfer::~Transfer() = default;

std::optional<TransferError> Transfer::begin() {
    return make_hop();
}

std::optional<TransferError> Transfer::follow() {
    if (request_.body) {
        return TransferError{FailureReason::kRedirect, "a body is sent nowhere else"};
    }
    if (redirects_ == kRedirectsMax) {
        return TransferError{FailureReason::kRedirect, "more than three redirects"};
    }
    const auto next = target_.resolve(location_);
    if (!next) {
        return TransferError{FailureReason::kRedirect, "no usable target: " + next.error().detail};
    }
    if (target_.is_https() && !next->is_https()) {
        return TransferError{FailureReason::kRedirect, "from https to http"};
    }
    ++redirects_;
    target_ = *next;
    return make_hop();
}

void Transfer::Hop::set_transport(const Request& request, Kind kind) {
    set(CURLOPT_PROTOCOLS_STR, "http,https");
    set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    // What is no HTTP comes as a body without a head, so that its first bytes tell what it is.
    set(CURLOPT_HTTP09_ALLOWED, 1L);
    set(CURLOPT_FOLLOWLOCATION, 0L);
    set(CURLOPT_NOSIGNAL, 1L);
    // No environment variable names a proxy: a node is reached as its URL has it.
    set(CURLOPT_PROXY, "");
    set(CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
    // A resolver thread that hangs is left behind instead of waited for.
    set(CURLOPT_QUICK_EXIT, 1L);
    // A name is looked up for each connection: a node that has moved is found by the next one.
    set(CURLOPT_DNS_CACHE_TIMEOUT, 0L);
    set(CURLOPT_MAXLIFETIME_CONN, kConnectionSeconds);
    set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(request.connect_timeout.count()));
    set(CURLOPT_TCP_KEEPALIVE, 1L);
    set(CURLOPT_TCP_KEEPIDLE, kKeepAliveIdleSeconds);
    set(CURLOPT_TCP_KEEPINTVL, kKeepAliveIntervalSeconds);
    set(CURLOPT_UPLOAD_BUFFERSIZE, kUploadBufferBytes);
    set(CURLOPT_BUFFERSIZE, kind == Kind::kStream ? kStreamBufferBytes : kFetchBufferBytes);
    if (kind == Kind::kStream) {
        set(CURLOPT_FRESH_CONNECT, 1L);
        set(CURLOPT_FORBID_REUSE, 1L);
    }
    set(CURLOPT_SSL_VERIFYPEER, 1L);
    set(CURLOPT_SSL_VERIFYHOST, 2L);
    set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    // One file names who is trusted. With a directory as well, a private CA would not be the only
    // one, and curl would read the file again for each connection instead of keeping it.
    set(CURLOPT_CAPATH, static_cast<const char*>(nullptr));
    if (!request.endpoint.tls.ca_file.empty()) {
        set(CURLOPT_CAINFO, request.endpoint.tls.ca_file.c_str());
        set(CURLOPT_CA_CACHE_TIMEOUT, kCaFileSeconds);
    }
    set(CURLOPT_USERAGENT, "headmon/" HEADMON_VERSION);
    if (!request.accept.empty()) {
        add_header("Accept: " + request.accept);
    }
    if (request.body) {
        set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body->text.size()));
        set(CURLOPT_POSTFIELDS, request.body->text.data());
        set(CURLOPT_CUSTOMREQUEST, request.body->method.c_str());
        add_header("Content-Type: " + request.body->content_type);
    }
    // Without the field any coding would be acceptable (RFC 9110, 12.5.3).
    add_header(std::string{kAcceptEncoding} + ": identity");
}

void Transfer::Hop::set_credentials(const Endpoint& endpoint) {
    const auto userinfo = endpoint.url.secret_userinfo();
    if (!userinfo.user.empty() || !userinfo.password.empty()) {
        set(CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BASIC));
        set(CURLOPT_USERNAME, userinfo.user.c_str());
        set(CURLOPT_PASSWORD, userinfo.password.c_str());
    }
    if (!endpoint.tls.client_certificate_file.empty()) {
        set(CURLOPT_SSLCERT, endpoint.tls.client_certificate_file.c_str());
    }
    if (!endpoint.tls.client_key_file.empty()) {
        set(CURLOPT_SSLKEY, endpoint.tls.client_key_file.c_str());
    }
    for (const Header& header : endpoint.headers) {
        if (is_same_word(header.name, kAcceptEncoding)) {
            continue;
        }
        // To curl "Name:" means to leave that header out; "Name;" is the one without a value.
        add_header(header.value.empty() ? header.name + ";" : header.name + ": " + header.value);
    }
}

std::optional<TransferError> Transfer::make_hop() {
    hop_ = std::make_unique<Hop>();
    if (!hop_->easy) {
        return TransferError{FailureReason::kConnectFailed, "out of memory"};
    }
    const Endpoint& endpoint = request_.endpoint;
    if (!std::all_of(endpoint.headers.begin(), endpoint.headers.end(), is_safe)) {
        return TransferError{FailureReason::kConnectFailed, "an extra header cannot be sent"};
    }
    hop_->set_transport(request_, kind_);
    if (target_.origin() == endpoint.url.origin()) {
        hop_->set_credentials(endpoint);
    }
    hop_->set(CURLOPT_URL, target_.secret_text().c_str());
    hop_->set(CURLOPT_HTTPHEADER, hop_->headers.get());
    hop_->set(CURLOPT_ERRORBUFFER, hop_->error_text.data());
    hop_->set(CURLOPT_PRIVATE, static_cast<void*>(this));
    hop_->set(CURLOPT_OPENSOCKETFUNCTION, &Transfer::on_open_socket);
    hop_->set(CURLOPT_OPENSOCKETDATA, static_cast<void*>(this));
    hop_->set(CURLOPT_PREREQFUNCTION, &Transfer::on_prereq);
    hop_->set(CURLOPT_PREREQDATA, static_cast<void*>(this));
    hop_->set(CURLOPT_HEADERFUNCTION, &Transfer::on_header);
    hop_->set(CURLOPT_HEADERDATA, static_cast<void*>(this));
    hop_->set(CURLOPT_WRITEFUNCTION, &Transfer::on_body);
    hop_->set(CURLOPT_WRITEDATA, static_cast<void*>(this));
    if (is_plain()) {
        // A stream that is not encrypted is taken from curl once its head is read: then its chunks
        // are ours from the beginning.
        hop_->set(CURLOPT_HTTP_TRANSFER_DECODING, kind_ == Kind::kStream ? 0L : 1L);
    }
    if (hop_->refused_option) {
        return TransferError{FailureReason::kConnectFailed, "libcurl refused an option"};
    }
    return std::nullopt;
}

void Transfer::resume() {
    const CURLcode code = curl_easy_pause(hop_->easy.get(), CURLPAUSE_CONT);
    if (code != CURLE_OK) {
        hop_done(code);
    }
}

void* Transfer::easy() const {
    return hop_ ? hop_->easy.get() : nullptr;
}

Transfer* Transfer::of(void* easy) {
    char* self = nullptr;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &self);
    return static_cast<Transfer*>(static_cast<void*>(self));
}

void Transfer::drop_hop() {
    hop_.reset();
}

int Transfer::on_open_socket(void* self, int /*purpose*/, void* address) {
    const auto& to = *static_cast<const curl_sockaddr*>(address);
    const int fd = ::socket(to.family, to.socktype | SOCK_CLOEXEC, to.protocol);
    if (fd < 0 && (errno == EMFILE || errno == ENFILE)) {
        static_cast<Transfer*>(self)->hop_->no_descriptor = true;
    }
    return fd < 0 ? CURL_SOCKET_BAD : fd;
}

int Transfer::on_prereq(void* self, char* /*remote*/, char* /*local*/, int /*rport*/,
                        int /*lport*/) {
    auto& transfer = *static_cast<Transfer*>(self);
    transfer.hop_->connected = true;
    if (!std::exchange(transfer.connected_reported_, true)) {
        transfer.context_.callbacks.add(transfer.shared_from_this(),
                                        CallbackQueue::Kind::kConnected);
    }
    return CURL_PREREQFUNC_OK;
}

std::size_t Transfer::on_header(char* line, std::size_t /*one*/, std::size_t length, void* self) {
    auto& transfer = *static_cast<Transfer*>(self);
    transfer.header_line({line, length});
    // Taking less than was given makes curl stop.
    return transfer.hop_->failure ? 0 : length;
}

std::size_t Transfer::on_body(char* bytes, std::size_t /*one*/, std::size_t length, void* self) {
    auto& transfer = *static_cast<Transfer*>(self);
    if (!transfer.hop_->head) {
        transfer.hop_->failure = without_head({bytes, length});
        return 0;
    }
    if (!transfer.hop_->redirects && length > 0) {
        if (transfer.context_.callbacks.is_full()) {
            // curl keeps these bytes and gives them again.
            transfer.context_.callbacks.add_paused(transfer.shared_from_this(),
                                                   transfer.context_.clock);
            return CURL_WRITEFUNC_PAUSE;
        }
        transfer.hop_->body = true;
        transfer.context_.callbacks.add_bytes(transfer.shared_from_this(), {bytes, length},
                                              transfer.context_.clock);
    }
    return length;
}

void Transfer::header_line(std::string_view line) {
    if (hop_->header_bytes == 0) {
        first_byte_ = context_.clock.instant();
    }
    // Interim answers and trailers count too: there may be any number of them.
    hop_->header_bytes += line.size();
    if (hop_->header_bytes > context_.header_bytes_max) {
        hop_->failure = TransferError{FailureReason::kTooLarge, "headers"};
        return;
    }
    if (hop_->head || (line != "\r\n" && line != "\n")) {
        return;
    }
    long status = 0;
    curl_easy_getinfo(hop_->easy.get(), CURLINFO_RESPONSE_CODE, &status);
    // 101 is no interim answer: nothing of HTTP comes after it.
    if (status >= 200 || status == 101) {
        read_head(static_cast<int>(status));
    }
}

void Transfer::read_head(int status) {
    CURL* const curl = hop_->easy.get();
    hop_->head = true;
    if (is_redirect(status)) {
        hop_->redirects = true;
        location_ = header_of(curl, "location");
        context_.callbacks.add(shared_from_this(), CallbackQueue::Kind::kRedirect);
        return;
    }
    head_ = ResponseHead{};
    head_.status = status;
    hop_->failure = read_response_head(curl, context_.clock.wall_now(), request_.endpoint, head_);
    if (!hop_->failure) {
        if (kind_ == Kind::kStream && is_plain()) {
            plain_body_.emplace(is_chunked(curl), context_.header_bytes_max);
        }
        context_.callbacks.add(shared_from_this(), CallbackQueue::Kind::kHead);
    }
}

void Transfer::hop_done(int code) {
    if (hop_->redirects) {
        return;
    }
    if (hop_->failure) {
        fail(*hop_->failure);
        return;
    }
    if (hop_->no_descriptor) {
        fail(
            TransferError{FailureReason::kConnectFailed,
                          "this process has no file descriptor left; raise its limit (ulimit -n)"});
        return;
    }
    long os_error = 0;
    curl_easy_getinfo(hop_->easy.get(), CURLINFO_OS_ERRNO, &os_error);
    const std::string text = Redactor{request_.endpoint}.show(hop_->error_text.data(), 160);
    HopProgress progress;
    progress.connected = hop_->connected;
    progress.head = hop_->head;
    progress.body = hop_->body;
    progress.os_error = static_cast<int>(os_error);
    progress.text = text;
    fail(transfer_error_of(code, progress));
}

void Transfer::fail(TransferError why) {
    has_ended_ = true;
    end_ = std::move(why);
    context_.callbacks.add(shared_from_this(), CallbackQueue::Kind::kEnd);
}

}  // namespace http
