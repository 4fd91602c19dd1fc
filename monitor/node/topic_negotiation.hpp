#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "chain/slot.hpp"
#include "monitor/node/topic_sets.hpp"
#include "updates/node_status.hpp"
#include "updates/stream_end_reason.hpp"

namespace monitor {

/// Which topics to request of one node. Outlives runs and streams. Pure.
///
/// A set is given up when the node refuses it, by the rules of monitor/node/topic_sets.hpp. A lower
/// set is kept once it has delivered a head, for the version of the node that it was requested of;
/// a day later and at a fork the richest set is tried again, at the next opening.
///
/// Where the configuration has extra topics, the two full sets are requested with them first. What
/// may be a refusal leaves them out before it costs the set; behind a 400 the next set is requested
/// with them again, as it may not have been for them.
class TopicNegotiation {
  public:
    static constexpr base::Duration kRetryAfter = std::chrono::hours{24};
    /// A proxy may answer for nodes of different versions in turn.
    static constexpr std::size_t kVersionsMax = 4;

    /// What a failure means for the set that was requested.
    enum class Retry : std::uint8_t {
        /// Nothing. The stream ends for its own reason.
        kNone,
        /// Refused: send the next request of this opening at once, with `topics()`. There are three
        /// sets, two of them with extra topics or without, so an opening has at most five requests.
        kNow,
        /// Refused: the next opening has a lower form.
        kAtNextOpening,
    };

    /// The topics that the configuration adds; for the openings to come.
    void set_extra(const std::vector<std::string>& topics) { extra_ = topics; }
    /// Before the first opening: an earlier start has learned that `version` serves `set`, and
    /// nothing richer, since then.
    void remember(std::string_view version, updates::TopicSet set, base::MonoTime since);

    /// An opening begins. `topics` are those of its first request.
    void opening(base::MonoTime now);

    /// The topics of the request, as an URL has them.
    [[nodiscard]] std::string topics() const { return join_topics(topic_list()); }
    [[nodiscard]] TopicList topic_list() const;
    [[nodiscard]] updates::TopicSet form() const { return form_.set; }
    /// The extra topics are requested beside it.
    [[nodiscard]] bool has_extra() const { return form_.has_extra; }

    /// The answer's status is not 200.
    [[nodiscard]] Retry refused_by_status(int status);
    /// The stream is over, by the node's doing. Where that may have been a refusal the next opening
    /// has a lower form: if it delivers, it was one.
    void ended(updates::StreamEndReason reason);
    /// The node's own REST head moved in two slots and the stream gave none. Only for an opening
    /// whose stream has stayed open or waiting throughout.
    [[nodiscard]] Retry went_silent();
    /// A richer set is tried again, in place of one that delivered: that no head comes says nothing
    /// of the node.
    [[nodiscard]] bool is_retrial() const { return learned_.is_retrial; }
    /// A head could not be decoded. The stream ends for it.
    void malformed_head();

    /// An event of a requested topic came.
    void event_received() { had_event_ = true; }
    /// A head came: the form works.
    void head_received();
    /// An event of an optional topic could not be decoded: it is not requested at the next opening.
    void malformed_optional(std::string_view topic);

    /// The node's version, as it is now. From the next opening on counts what was learned of this
    /// one.
    void version_learned(std::string_view version);
    /// The epoch that the clock shows, and that of the next fork known. Passing the fork forgets
    /// what was learned before it.
    void epoch_reached(chain::Epoch now, chain::Epoch fork);

  private:
    struct Form {
        updates::TopicSet set = updates::TopicSet::kHeadV2Full;
        bool has_extra = false;

        friend bool operator==(const Form&, const Form&) = default;
    };
    /// What is known of one version of the node.
    struct Learned {
        /// An opening begins with it; nothing: with the richest form.
        std::optional<Form> start{};
        /// The last form that delivered a head.
        std::optional<Form> delivered{};
        std::set<std::string, std::less<>> excluded{};
        /// When a lower set was kept, or a topic left out.
        std::optional<base::MonoTime> lowered_at{};
        /// What had delivered was forgotten, for its time had come or the version is another, and
        /// nothing has since.
        bool is_retrial = false;
    };

    /// What an answer to the set in hand leads to.
    [[nodiscard]] Retry answered(TopicAnswer answer);
    [[nodiscard]] Form richest() const { return {updates::TopicSet::kHeadV2Full, !extra_.empty()}; }
    [[nodiscard]] TopicList topics_in(const Form& form) const;
    /// The form to request when the one in hand was refused so; nothing when none is left.
    [[nodiscard]] std::optional<Form> next_form(const TopicAnswer& answer,
                                                TopicRefusal refusal) const;
    void switch_version();

    std::vector<std::string> extra_;
    Form form_;
    Learned learned_;
    /// The next opening starts as if nothing was learned.
    bool forget_ = false;
    /// As the node reported it last, and the one that `learned_` is about. Empty while unknown.
    std::string version_;
    std::string learned_version_;
    /// Of other versions, the one that was left last at the end.
    std::vector<std::pair<std::string, Learned>> others_;
    bool before_fork_ = false;
    /// An event came since the request.
    bool had_event_ = false;
    base::MonoTime opened_at_;
};

}  // namespace monitor
