#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "http/client.hpp"
#include "http/inbox.hpp"
#include "http/request.hpp"

namespace http {

/// One request on its way, over all its redirects: makes curl's handle for each hop and notes what
/// curl calls back. Knows nothing of the multi handle. Internal to http/.
class Call : public std::enable_shared_from_this<Call> {
  public:
    enum class Kind : std::uint8_t { kStream, kFetch };

    /// What is the same for all calls of one client; outlives each hop.
    struct Context {
        Inbox& inbox;
        base::Clock& clock;
        std::size_t header_bytes_max;
    };

    Call(Request request, Kind kind, const Context& context, TransferListener& listener);
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;
    ~Call();

    /// Makes the first hop's handle; or says why there is none.
    [[nodiscard]] std::optional<Failure> begin();
    /// Replaces the hop by the one that its redirect names; or says why it is not followed.
    [[nodiscard]] std::optional<Failure> follow();
    /// curl is done with the hop, with this CURLcode.
    void hop_done(int code);
    /// Ends the call for a reason of ours.
    void fail(Failure why);

    /// curl's handle of the hop, or null.
    [[nodiscard]] void* easy() const;
    /// The call whose hop this handle is.
    [[nodiscard]] static Call* of(void* easy);
    /// The hop's handle was removed from the multi handle, and is not needed any more.
    void drop_hop();

    /// Null once nobody wants to be called.
    TransferListener* listener;
    [[nodiscard]] const ResponseHead& head() const { return head_; }
    [[nodiscard]] const Failure& end() const { return end_; }
    /// When the hop's first byte was read.
    [[nodiscard]] base::Instant first_byte() const { return first_byte_; }

  private:
    struct Hop;

    static int on_open_socket(void* self, int purpose, void* address);
    static int on_prereq(void* self, char*, char*, int, int);
    static std::size_t on_header(char* line, std::size_t, std::size_t length, void* self);
    static std::size_t on_body(char* bytes, std::size_t, std::size_t length, void* self);

    [[nodiscard]] std::optional<Failure> make_hop();
    void header_line(std::string_view line);
    void read_head(int status);

    Request request_;
    Kind kind_;
    Context context_;
    /// Where the hop goes, without userinfo.
    Url target_;
    std::unique_ptr<Hop> hop_;
    int redirects_ = 0;
    bool connected_told_ = false;

    ResponseHead head_;
    std::string location_;
    Failure end_;
    base::Instant first_byte_{};
};

}  // namespace http
