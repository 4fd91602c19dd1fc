#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "http/callback_queue.hpp"
#include "http/plain_body.hpp"
#include "http/request.hpp"
#include "http/transfer_listener.hpp"

namespace http {

/// One request on its way, over all its redirects: makes curl's handle for each hop and records
/// what curl calls back. Does not know the multi handle. Internal to http/.
class Transfer : public std::enable_shared_from_this<Transfer> {
  public:
    enum class Kind : std::uint8_t { kStream, kFetch };

    /// What all transfers of one client share; outlives each hop.
    struct Context {
        CallbackQueue& callbacks;
        base::Clock& clock;
        std::size_t header_bytes_max;
    };

    Transfer(Request request, Kind kind, const Context& context, TransferListener& listener);
    Transfer(const Transfer&) = delete;
    Transfer& operator=(const Transfer&) = delete;
    ~Transfer();

    /// Makes the first hop's handle; or returns why there is none.
    [[nodiscard]] std::optional<TransferError> begin();
    /// Replaces the hop by the one that its redirect names; or returns why it is not followed.
    [[nodiscard]] std::optional<TransferError> follow();
    /// curl is done with the hop, with this CURLcode.
    void hop_done(int code);
    /// Ends the transfer for a reason of ours.
    void fail(TransferError why);

    /// The body as it comes, where curl hands on the bytes of the connection as they are.
    [[nodiscard]] std::optional<PlainBody>& plain_body() { return plain_body_; }
    /// The rest of the body can be read from its socket once curl has handed on what it has read.
    [[nodiscard]] bool may_leave_curl() const {
        return plain_body_ && !has_ended_ && !head_.content_length;
    }

    /// The queue has room again for the bytes that it was paused for.
    void resume();

    [[nodiscard]] Kind kind() const { return kind_; }
    /// curl's handle of the hop, or null.
    [[nodiscard]] void* easy() const;
    /// The transfer whose hop this handle is.
    [[nodiscard]] static Transfer* of(void* easy);
    /// The hop's handle was removed from the multi handle, and is not needed any more.
    void drop_hop();

    /// Null once there is nobody to call.
    TransferListener* listener;
    [[nodiscard]] const ResponseHead& head() const { return head_; }
    [[nodiscard]] const TransferError& end() const { return end_; }
    /// The hop speaks plain http.
    [[nodiscard]] bool is_plain() const { return !target_.is_https(); }
    /// When the hop's first byte was read.
    [[nodiscard]] base::Instant first_byte() const { return first_byte_; }

  private:
    struct Hop;

    static int on_open_socket(void* self, int purpose, void* address);
    static int on_prereq(void* self, char*, char*, int, int);
    static std::size_t on_header(char* line, std::size_t, std::size_t length, void* self);
    static std::size_t on_body(char* bytes, std::size_t, std::size_t length, void* self);

    [[nodiscard]] std::optional<TransferError> make_hop();
    void header_line(std::string_view line);
    void read_head(int status);

    Request request_;
    Kind kind_;
    Context context_;
    /// Where the hop goes, without userinfo.
    Url target_;
    std::unique_ptr<Hop> hop_;
    int redirects_ = 0;
    bool connected_reported_ = false;
    bool has_ended_ = false;

    ResponseHead head_;
    std::string location_;
    std::optional<PlainBody> plain_body_;
    TransferError end_;
    base::Instant first_byte_{};
};

}  // namespace http
