#include "api/state_stream.hpp"

#include <utility>

#include "sse/writer.hpp"

namespace api {
namespace {

sse::EventRingOptions state_ring_options(const std::string& id_prefix) {
    sse::EventRingOptions options;
    options.events_max = StateStream::kEventsMax;
    options.bytes_max = StateStream::kRingBytesMax;
    options.id_prefix = id_prefix;
    return options;
}

}  // namespace

StateStream::StateStream(const boost::asio::any_io_executor& executor, base::Clock& clock,
                         const std::string& start_id, StateSources sources, AnswerBodies& bodies)
    : clock_{clock},
      id_prefix_{start_id + "s"},
      changes_{sources},
      bodies_{bodies},
      ring_{executor, state_ring_options(id_prefix_)},
      changed_{executor} {}

void StateStream::hear(const updates::Update& update) {
    changes_.apply(update, is_read());
    if (is_read() && changes_.due()) {
        changed_.notify();
    }
}

base::Task<void> StateStream::give_out() {
    while (true) {
        static_cast<void>(changed_.take());
        if (!is_read()) {
            changes_.clear();
            co_await changed_.wait();
            continue;
        }
        const auto due = changes_.due();
        if (!due) {
            co_await changed_.wait();
        } else if (*due > clock_.now()) {
            // What waits for long, as the end of a run does, lets a change go first.
            co_await base::run_first(clock_.sleep_until(*due), changed_.wait());
        } else {
            publish();
        }
    }
}

void StateStream::publish() {
    for (const StateEvent& event : changes_.take(clock_.instant())) {
        ring_.publish(event.type, event.data);
    }
}

std::optional<sse::FeedState> StateStream::state() {
    if (snapshot_id_ + ring_.events() < ring_.last_id()) {
        ++outdated_;
    }
    const auto make = [this] {
        snapshot_id_ = ring_.last_id();
        Answer answer;
        sse::append_event(answer.body, "snapshot", changes_.snapshot(clock_.instant()),
                          id_prefix_ + "-" + std::to_string(snapshot_id_));
        return answer;
    };
    const auto body = bodies_.get("/v1/state " + std::to_string(outdated_), clock_.now(), make);
    // Also when nothing has changed: whether a run is over is seen by looking.
    changed_.notify();
    if (!body) {
        return std::nullopt;
    }
    return sse::FeedState{body->text, snapshot_id_};
}

}  // namespace api
