#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <boost/asio/any_io_executor.hpp>

#include "api/answer_bodies.hpp"
#include "api/state_changes.hpp"
#include "base/clock.hpp"
#include "base/notify.hpp"
#include "base/task.hpp"
#include "sse/event_feed.hpp"
#include "sse/event_ring.hpp"
#include "updates/update.hpp"

namespace api {

/// `GET /v1/state`: a snapshot, then whole objects as they change. Each is serialised once, whoever
/// reads it, and none while nobody does. Lives on the event loop.
class StateStream {
  public:
    /// Objects that a client may be behind. One that is further behind reads a snapshot instead.
    static constexpr std::size_t kEventsMax = 4096;
    /// And their bytes.
    static constexpr std::size_t kRingBytesMax = std::size_t{8} * 1024 * 1024;

    /// `start_id`: what ids begin with. Snapshots for clients are among `bodies`, which bound them.
    StateStream(const boost::asio::any_io_executor& executor, base::Clock& clock,
                const std::string& start_id, StateSources sources, AnswerBodies& bodies);
    StateStream(const StateStream&) = delete;
    StateStream& operator=(const StateStream&) = delete;

    /// Told each update, after the board and the merged head.
    void hear(const updates::Update& update);
    /// Gives out what has changed. Ends only when cancelled; the state outlives the task.
    [[nodiscard]] base::Task<void> give_out();

    [[nodiscard]] sse::EventRing& ring() { return ring_; }
    /// The state as it is, for a client that has none. Nothing while too many bytes wait for slow
    /// clients.
    [[nodiscard]] std::optional<sse::FeedState> state();

  private:
    [[nodiscard]] bool is_read() const { return ring_.cursors() > 0; }
    void publish();

    base::Clock& clock_;
    std::string id_prefix_;
    StateChanges changes_;
    AnswerBodies& bodies_;
    sse::EventRing ring_;
    base::Notify changed_;
    /// Of the snapshot that was made last: the event that it covers.
    std::uint64_t snapshot_id_ = 0;
    /// Snapshots that were given up, as the ring no longer holds all that follows them.
    std::uint64_t outdated_ = 0;
};

}  // namespace api
