#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include "http/body_collector.hpp"
#include "http/callback_queue.hpp"
#include "http/client.hpp"
#include "http/curl_loop.hpp"
#include "http/fetch_places.hpp"
#include "http/ready_sockets.hpp"
#include "http/socket_reader.hpp"
#include "http/transfer.hpp"

namespace http {

/// With it a port of https answers plain http, and says so in its body.
inline constexpr int kBadRequest = 400;

/// An answer that its listener rejected, while the reason that the node gives for it comes in.
struct Rejected {
    /// It is waited for no longer.
    static constexpr std::chrono::seconds kTime{1};

    Rejected(const boost::asio::any_io_executor& executor, TransferError why)
        : error{std::move(why)}, deadline{executor, kTime} {}

    TransferError error;
    boost::asio::steady_timer deadline;
};

/// What a client is made of: transfers begin and end in client.cpp, and what comes of them goes to
/// their listeners in client_delivery.cpp. Internal to http/.
class Client::Impl final : public CurlLoop::Owner,
                           public SocketReader::Owner,
                           public std::enable_shared_from_this<Impl> {
  public:
    Impl(boost::asio::any_io_executor executor, base::Clock& clock, ClientLimits limits)
        : executor_{std::move(executor)},
          clock_{clock},
          limits_{limits},
          callbacks_{limits.undelivered_bytes_max},
          places_{executor_, FetchPlaces::Limits{limits.fetches_max, limits.young_fetches_max,
                                                 limits.fetch_is_young_for}},
          streams_{std::make_shared<CurlLoop>(executor_, *this)},
          fetches_{std::make_shared<CurlLoop>(executor_, *this)},
          sockets_{std::make_shared<ReadySockets>(executor_)} {}
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;
    ~Impl() override = default;

    void close();
    [[nodiscard]] std::shared_ptr<Transfer> start(const Request& request, Transfer::Kind kind,
                                                  TransferListener& listener);
    void drop(Transfer& transfer);
    [[nodiscard]] std::uint64_t wake_ups() const {
        return streams_->wake_ups() + fetches_->wake_ups() + reads_;
    }

    [[nodiscard]] ClientLimitsMet limits_met() const { return {paused_, places_.waits()}; }

    [[nodiscard]] static base::Task<FetchResult> fetch(std::shared_ptr<Impl> self, Request request,
                                                       std::chrono::milliseconds deadline);

    void transfer_done(void* easy, int code) override;
    void curl_returned() override;
    void multi_failed(const CurlLoop& loop) override;
    [[nodiscard]] std::span<char> read_buffer() override { return read_buffer_; }
    void socket_read(Transfer& transfer, std::string_view bytes, int error) override;

  private:
    /// What one read of a stream's socket takes at most.
    static constexpr std::size_t kReadBytes = std::size_t{16} * 1024;

    [[nodiscard]] CurlLoop& loop_of(const Transfer& transfer) const {
        return transfer.kind() == Transfer::Kind::kStream ? *streams_ : *fetches_;
    }
    void add(Transfer& transfer, const std::optional<TransferError>& refused);
    void deliver_all();
    void deliver(const CallbackQueue::Entry& entry);
    void deliver_head(const std::shared_ptr<Transfer>& transfer);
    void deliver_bytes(Transfer& transfer, std::string_view bytes, base::Instant arrived);
    void hand_on(Transfer& transfer, std::string_view body, base::Instant arrived);
    /// Takes a stream from curl, where that can be done.
    void read_without_curl(const std::shared_ptr<Transfer>& transfer);
    /// A rejected answer ends as it was rejected.
    void end(Transfer& transfer, TransferError why);
    void deliver_soon();

    boost::asio::any_io_executor executor_;
    base::Clock& clock_;
    ClientLimits limits_;
    std::uint64_t paused_ = 0;
    CallbackQueue callbacks_;
    FetchPlaces places_;
    /// Apart, because curl looks at every connection of a multi handle when one of them is given
    /// back to be reused.
    std::shared_ptr<CurlLoop> streams_;
    std::shared_ptr<CurlLoop> fetches_;
    /// Those whose handle is curl's now.
    std::unordered_set<Transfer*> transfers_;
    std::shared_ptr<ReadySockets> sockets_;
    /// Those that are read without it.
    std::unordered_map<const Transfer*, std::shared_ptr<SocketReader>> readers_;
    std::array<char, kReadBytes> read_buffer_{};
    /// Of bodies that come in more than one chunk.
    std::string joined_;
    std::uint64_t reads_ = 0;
    std::unordered_map<const Transfer*, std::unique_ptr<Rejected>> rejected_;
    std::unordered_set<BodyCollector*> collectors_;
    bool closed_ = false;
};

}  // namespace http
