#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "chain/slot.hpp"
#include "monitor/node/topic_sets.hpp"
#include "updates/node_status.hpp"
#include "updates/stream_end_reason.hpp"

namespace monitor {

/// Which topics to request of one node. Outlives runs and streams. Pure.
///
/// A set is given up when the node refuses it, by the rules of monitor/node/topic_sets.hpp. One
/// that delivered a head is kept for that version of the node; a day later, at a fork and when the
/// version changes the richest set is tried again, at the next opening.
class TopicNegotiation {
  public:
    static constexpr base::Duration kRetryAfter = std::chrono::hours{24};

    /// What a failure means for the set that was requested.
    enum class Retry : std::uint8_t {
        /// Nothing. The stream ends for its own reason.
        kNone,
        /// Refused: send the next request of this opening at once, with `topics()`. There are three
        /// forms, so an opening has at most three requests.
        kNow,
        /// Refused: the stream ends with `topic_refused`, and the next opening has a lower form.
        kAtNextOpening,
    };

    /// An opening begins. `topics` are those of its first request.
    void opening(base::MonoTime now);

    /// The topics of the request, as an URL has them.
    [[nodiscard]] std::string topics() const;
    [[nodiscard]] std::vector<std::string> topic_list() const;
    [[nodiscard]] updates::TopicSet form() const { return form_; }

    /// The answer's status is not 200.
    [[nodiscard]] Retry refused_by_status(int status);
    /// The stream is over. Not for a stream that `refused_by_status` or `went_silent` ended.
    [[nodiscard]] Retry ended(updates::StreamEndReason reason);
    /// The node's own REST head moved in two slots and the stream gave none. Only for an opening
    /// whose stream has stayed open or waiting throughout.
    [[nodiscard]] Retry went_silent();

    /// Any event was dispatched on the stream.
    void event_received() { had_event_ = true; }
    /// A head was: the form works.
    void head_received();
    /// An event of an optional topic could not be decoded: it is not requested at the next opening.
    void malformed_optional(std::string_view topic);

    /// The node's version, as it is now. A change forgets what was learned.
    void version_learned(std::string_view version);
    /// The epoch that the clock shows, and that of the next fork known. Passing the fork forgets
    /// what was learned before it.
    void epoch_reached(chain::Epoch now, chain::Epoch fork);

  private:
    /// The topics of the set in hand without those that are left out.
    [[nodiscard]] std::vector<std::string_view> requested() const;
    /// What an answer to the set in hand leads to.
    [[nodiscard]] Retry answered(TopicAnswer answer);

    updates::TopicSet form_ = updates::TopicSet::kHeadV2Full;
    /// `form_` has delivered a head since it was chosen.
    bool confirmed_ = false;
    /// The next opening starts from the richest form; with `forget_` all topics are requested
    /// again.
    bool start_over_ = false;
    bool forget_ = false;
    /// When the richest form was given up, or a topic left out.
    std::optional<base::MonoTime> lowered_at_;
    std::set<std::string, std::less<>> excluded_;
    std::string version_;
    bool before_fork_ = false;
    /// An event came since the request.
    bool had_event_ = false;
    base::MonoTime opened_at_;
};

}  // namespace monitor
