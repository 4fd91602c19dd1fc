#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/notify.hpp"
#include "base/task.hpp"
#include "http/server_exchange.hpp"
#include "simulator/client_profile.hpp"

namespace simulator {

/// One client's event stream, as a beacon node of the profile serves it. Lives on the event loop.
class EventStream {
  public:
    /// How bytes go onto the wire.
    enum class Delivery : std::uint8_t {
        kWhole,
        /// A few bytes at a time.
        kDrip,
        /// Half of it, then a TCP reset.
        kHalfThenReset,
    };
    enum class Ending : std::uint8_t {
        /// With the final chunk, behind all that was queued.
        kClean,
        /// A FIN in the middle of the body, at once.
        kCut,
    };

    using MakeHeaders = std::function<std::vector<http::Header>()>;

    EventStream(const boost::asio::any_io_executor& executor, base::Clock& clock,
                const ClientProfile& profile, std::chrono::milliseconds slot_duration,
                std::vector<std::string> topics);

    /// Queues an event if the stream has its topic. A reader that is too slow loses events or the
    /// stream, as its client does it.
    void push(std::string_view topic, std::string_view data, Delivery delivery,
              bool comment_inside);
    [[nodiscard]] bool has_topic(std::string_view topic) const;
    /// Queues an event whether the stream has its topic or not.
    void push_unasked(std::string_view topic, std::string_view data);
    /// A slot begins.
    void slot_started();
    /// A silent stream sends nothing; what comes meanwhile is lost.
    void set_silent(bool is_silent) { is_silent_ = is_silent; }
    /// A stalled stream sends its keep-alives alone; what comes meanwhile is lost.
    void set_stalled(bool is_stalled) { is_stalled_ = is_stalled; }
    /// A proxy holds all behind the headers back: until it has `bytes`, which it then passes on in
    /// one piece, or with 0 until a keep-alive comes. Nothing ends that, and what is held goes out.
    void set_buffered(std::optional<std::size_t> bytes);
    void end(Ending ending);

    /// Serves until the stream ends or the client is gone.
    /// `make_headers` gives those of the answer, when it begins.
    [[nodiscard]] base::Task<void> run(http::ServerExchange& exchange, MakeHeaders make_headers);

  private:
    struct Item {
        std::string bytes;
        Delivery delivery = Delivery::kWhole;
        bool is_comment = false;
    };

    [[nodiscard]] base::Task<void> pump(http::ServerExchange& exchange);
    [[nodiscard]] base::Task<void> keep_alive();
    [[nodiscard]] base::Task<void> begin(http::ServerExchange& exchange);
    [[nodiscard]] base::Task<void> write(http::ServerExchange& exchange, Item item);
    /// What goes onto the wire when the node has written `bytes`: with a proxy between, perhaps
    /// nothing.
    [[nodiscard]] std::string through_proxy(std::string bytes, bool is_comment);
    void queue_comment();
    void queue_event(std::string_view topic, std::string_view data, Delivery delivery,
                     bool comment_inside);

    base::Clock& clock_;
    const ClientProfile& profile_;
    std::chrono::milliseconds slot_duration_;
    std::vector<std::string> topics_;
    base::Notify changed_;
    MakeHeaders make_headers_;
    std::deque<Item> queue_;
    std::uint64_t dropped_ = 0;
    base::MonoTime last_write_;
    bool headers_sent_ = false;
    bool is_silent_ = false;
    bool is_stalled_ = false;
    std::optional<std::size_t> buffer_bytes_;
    std::string held_;
    bool is_cut_ = false;
    bool is_ending_ = false;
};

}  // namespace simulator
