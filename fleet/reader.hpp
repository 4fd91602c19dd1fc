#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <boost/asio/any_io_executor.hpp>

#include "base/clock.hpp"
#include "base/notify.hpp"
#include "base/result.hpp"
#include "base/task.hpp"
#include "fleet/options.hpp"
#include "fleet/received.hpp"

namespace fleet {

/// What of a stream is read, and until when.
struct ReadRequest {
    enum class From : std::uint8_t {
        /// The last message of each subject: the present state; then what comes.
        kState,
        /// What was stored since `since`; then what comes.
        kMoment,
    };
    From from = From::kState;
    base::WallTime since{};
    /// With the last message that is in the stream at the beginning; else it never ends.
    bool ends = false;
    /// `headmon.*.*.*` or narrower.
    std::string subjects = "headmon.*.*.*";
};

/// The stream is there, and is being read.
struct ReaderConnected {
    /// Reading goes on where it was; else it begins.
    bool is_again = false;
    /// The stream was made anew meanwhile: it is read from its beginning.
    bool is_other_stream = false;
};
/// The broker cannot be read; the reader tries again by itself.
struct ReaderLost {
    base::Error error;
};
/// All that was in the stream when reading began has been given.
struct ReaderCaughtUp {};
/// Nothing comes any more: `ends`, or an error that only mends here.
struct ReaderEnded {
    std::optional<base::Error> error;
};
using ReaderEvent =
    std::variant<Received, ReaderConnected, ReaderLost, ReaderCaughtUp, ReaderEnded>;

/// Reads the stream of a fleet on a thread of its own, for the broker's library blocks, and hands
/// over what it reads. Where the taker is slow it waits: the broker keeps what comes meanwhile, and
/// `Received::left` says how much that is. A broker that is lost is tried again, after half a
/// second and then up to `kBackoffMax`; reading goes on behind the last message. Lives on the event
/// loop; not thread-safe.
class Reader {
  public:
    /// Messages that are read and not taken.
    static constexpr std::size_t kWaitingMax = 20'000;
    static constexpr std::size_t kWaitingBytesMax = std::size_t{32} * 1024 * 1024;
    static constexpr std::chrono::milliseconds kBackoffMin{500};
    static constexpr std::chrono::milliseconds kBackoffMax{15'000};

    /// Begins. A request that ends also ends with the first error. Throws std::system_error.
    Reader(const boost::asio::any_io_executor& executor, Options options, ReadRequest request);
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;
    ~Reader();

    /// What came since the last call, in order; waits until there is some. One caller at a time.
    [[nodiscard]] base::Task<std::vector<ReaderEvent>> take();

  private:
    class Work;

    base::Notify notify_;
    std::shared_ptr<Work> work_;
};

}  // namespace fleet
