#include "sse/event_feed.hpp"

#include <utility>
#include <variant>
#include <vector>

#include "sse/writer.hpp"

namespace sse {
namespace {

std::string lost_comment(const RingGap& gap) {
    const std::string count = gap.events ? std::to_string(*gap.events) : "unknown";
    std::string bytes;
    append_comment(bytes, "lost " + count + " events");
    return bytes;
}

/// Two tasks, one writer: `keep_alive` only marks a comment as due and wakes `pump`.
class Feed {
  public:
    Feed(http::ServerExchange& exchange, EventRing::Cursor& cursor, base::Clock& clock,
         const EventFeedOptions& options)
        : exchange_{exchange},
          cursor_{cursor},
          clock_{clock},
          options_{options},
          last_write_{clock.now()} {
        append_comment(comment_);
    }

    [[nodiscard]] base::Task<void> pump() {
        const RingGap no_gap{0};
        if (options_.write_state && !co_await write_state(no_gap)) {
            co_return;
        }
        while (true) {
            if (std::exchange(comment_due_, false)) {
                co_await write(comment_);
            }
            const auto next = cursor_.poll();
            if (!next) {
                co_await cursor_.wait();
            } else if (const auto* const event = std::get_if<EventRing::EventPtr>(&*next)) {
                // `next` keeps the event while it is written, also when the ring drops it.
                if (!options_.is_wanted || options_.is_wanted(**event)) {
                    co_await write((*event)->bytes);
                }
            } else if (const auto* const gap = std::get_if<RingGap>(&*next)) {
                if (options_.write_state) {
                    if (!co_await write_state(*gap)) {
                        co_return;
                    }
                    continue;
                }
                const std::string bytes =
                    options_.write_gap ? options_.write_gap(*gap) : lost_comment(*gap);
                co_await write(bytes);
            } else {
                co_return;
            }
        }
    }

    [[nodiscard]] base::Task<void> keep_alive() {
        while (true) {
            const base::MonoTime due =
                last_write_ +
                std::chrono::duration_cast<base::MonoTime::duration>(options_.keep_alive);
            if (clock_.now() < due) {
                co_await clock_.sleep_until(due);
                continue;
            }
            // From now on, not from the write: a client that takes nothing gets no second comment
            // before its first.
            last_write_ = clock_.now();
            comment_due_ = true;
            cursor_.wake();
        }
    }

  private:
    /// False when there is no state to be had.
    [[nodiscard]] base::Task<bool> write_state(const RingGap& gap) {
        const std::optional<FeedState> state = options_.write_state(gap);
        if (!state) {
            co_return false;
        }
        cursor_.move_behind(state->last_id);
        co_await write(*state->bytes);
        co_return true;
    }

    [[nodiscard]] base::Task<void> write(std::string_view bytes) {
        co_await exchange_.write(bytes);
        last_write_ = clock_.now();
    }

    http::ServerExchange& exchange_;
    EventRing::Cursor& cursor_;
    base::Clock& clock_;
    const EventFeedOptions& options_;
    std::string comment_;
    base::MonoTime last_write_;
    bool comment_due_ = false;
};

}  // namespace

base::Task<void> feed_events(http::ServerExchange& exchange, EventRing::Cursor cursor,
                             base::Clock& clock, EventFeedOptions options) {
    std::vector<http::Header> headers = std::move(options.headers);
    headers.push_back({"Cache-Control", "no-store"});
    if (!co_await exchange.start_stream("text/event-stream", std::move(headers))) {
        co_return;
    }
    co_await exchange.write(options.preamble);
    Feed feed{exchange, cursor, clock, options};
    co_await base::run_first(feed.pump(), feed.keep_alive());
}

}  // namespace sse
