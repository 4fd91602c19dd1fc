#include "check/node_assessment.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "updates/client_family.hpp"
#include "chain/slot_clock.hpp"
#include "check/remedies.hpp"
#include "updates/chain_facts.hpp"
#include "updates/node_health.hpp"
#include "updates/node_status.hpp"

namespace check {
namespace {

using updates::ClockSkew;
using monitor::NetworkGuard;

constexpr std::uint64_t kEpochSlots = 32;
constexpr std::uint64_t kEpochSlotsMin = 8;
constexpr std::uint64_t kEpochSlotsMax = 64;

/// `a - b`, bounded.
std::int64_t difference(std::uint64_t a, std::uint64_t b) {
    constexpr std::uint64_t kMax = std::numeric_limits<std::int64_t>::max();
    return a >= b ? static_cast<std::int64_t>(std::min(a - b, kMax))
                  : -static_cast<std::int64_t>(std::min(b - a, kMax));
}

double in_seconds(base::Duration duration) {
    return std::chrono::duration<double>{duration}.count();
}

std::string slots(std::int64_t count) {
    return fmt::format("{} slot{}", count, count == 1 ? "" : "s");
}

/// All of one node.
class NodeJudge {
  public:
    NodeJudge(const NodeLook& look, const CheckVerdict& all, const CheckContext& context)
        : look_{look}, all_{all}, context_{context} {}

    NodeVerdict judge(updates::NetworkCheck standing) {
        verdict_.network = standing;
        judge_clock();
        judge_rest();
        judge_network();
        judge_head_age();
        judge_sync();
        judge_streams();
        const auto worse = [](const Finding& a, const Finding& b) { return a.grade > b.grade; };
        std::stable_sort(verdict_.findings.begin(), verdict_.findings.end(), worse);
        if (!verdict_.findings.empty()) {
            verdict_.grade = verdict_.findings.front().grade;
        }
        return std::move(verdict_);
    }

  private:
    void add(std::string_view what, Grade grade, std::string problem, std::string advice) {
        verdict_.findings.push_back({what, grade, std::move(problem), std::move(advice)});
    }
    /// What a question that got no answer leaves unknown.
    template <class T>
    void add_unknown(std::string_view what, Grade grade, const Answered<T>& answer,
                     std::string_view question) {
        if (!answer.said && !rest_failed_) {
            const Trouble trouble = trouble_of(answer.said.error());
            add(what, grade, fmt::format("asked for {}, it {}", question, describe(trouble)),
                advise(trouble));
        }
    }

    void judge_clock();
    void judge_rest();
    void judge_network();
    void judge_head_age();
    void judge_sync();
    void judge_streams();
    void judge_working_stream(const FormLook& form);
    void judge_silent_stream();

    [[nodiscard]] bool is_before_genesis() const {
        const auto chain = chain_of(look_);
        return chain && look_.head_at.wall < chain->genesis_time;
    }
    [[nodiscard]] std::optional<updates::ClientHabits> habits() const {
        return look_.version.said ? updates::find_client_habits(*look_.version.said)
                                  : std::nullopt;
    }

    const NodeLook& look_;
    const CheckVerdict& all_;
    const CheckContext& context_;
    NodeVerdict verdict_;
    /// No REST question was answered; told once.
    bool rest_failed_ = false;
};

void NodeJudge::judge_clock() {
    monitor::ClockEstimate estimate;
    if (all_.chain) {
        estimate.set_slot_duration(all_.chain->slot_duration);
    }
    tell_dates(look_, estimate);
    verdict_.clock = estimate.current();
    if (level_of(verdict_.clock) != updates::ClockSkew::Level::kNone &&
        level_of(all_.clock) == updates::ClockSkew::Level::kNone) {
        add("node_clock_off", Grade::kDegraded,
            fmt::format("by its clock, ours is {} its own, and other nodes say that ours is right",
                        clock_text(*verdict_.clock)),
            "set the clock of the node's machine right, with chrony or systemd-timesyncd");
    }
}

void NodeJudge::judge_rest() {
    const bool any = look_.genesis.said || look_.spec.said || look_.version.said ||
                     look_.syncing.said || look_.head.said;
    if (any) {
        add_unknown("version_unknown", Grade::kGood, look_.version, "its version");
        add_unknown("sync_unknown", Grade::kDegraded, look_.syncing, "its sync state");
        add_unknown("head_unknown", Grade::kDegraded, look_.head, "its head");
        return;
    }
    rest_failed_ = true;
    const Trouble trouble = trouble_of(look_.syncing.said.error());
    if (look_.working_form() != nullptr) {
        add("rest_failed", Grade::kDegraded,
            "its event stream works, and its REST API " + describe(trouble), advise(trouble));
        return;
    }
    add(look_.exchanges.empty() ? "unreachable" : "rest_failed", Grade::kUnusable,
        "it " + describe(trouble), advise(trouble));
}

void NodeJudge::judge_network() {
    const auto chain = chain_of(look_);
    if (!chain) {
        const bool is_answered = look_.genesis.said && look_.spec.said;
        if (is_answered) {
            add("wrong_network", Grade::kUnusable,
                "it says a chain that cannot be: " + chain.error().detail,
                "check that the URL is that of a beacon node");
        } else if (!rest_failed_) {
            const Trouble trouble = trouble_of(chain.error());
            add("network_unknown", Grade::kDegraded,
                fmt::format("asked for genesis and spec, it {}", describe(trouble)),
                advise(trouble));
        }
        return;
    }
    if (verdict_.network == updates::NetworkCheck::kMismatch) {
        const std::string& name = look_.spec.said->config_name;
        add("wrong_network", Grade::kUnusable,
            fmt::format("it is on another chain than {}: {}, genesis {:%Y-%m-%dT%H:%M:%SZ}",
                        context_.network ? "the one configured"
                                         : "most of the nodes, or the first where they are even",
                        name.empty() ? "without a name" : name,
                        std::chrono::floor<std::chrono::seconds>(chain->genesis_time)),
            "correct its URL or take it out of the list; --network says which chain is meant");
    }
}

void NodeJudge::judge_head_age() {
    const auto chain = chain_of(look_);
    if (!chain || !look_.head.said) {
        return;
    }
    const chain::SlotClock clock{chain->genesis_time, chain->slot_duration};
    const auto now = clock.slot_at(look_.head_at.wall);
    if (!now) {
        add("before_genesis", Grade::kGood, "its chain has not begun yet", "wait for genesis");
        return;
    }
    const std::int64_t age = difference(now->value, look_.head.said->slot.value);
    verdict_.head_age = age;
    // Ages are as good as the clock; and heads of another chain are no matter.
    if (level_of(all_.clock) == updates::ClockSkew::Level::kVerdictsSuspended ||
        verdict_.network == updates::NetworkCheck::kMismatch) {
        return;
    }
    if (age < -1) {
        add("head_in_future", Grade::kDegraded,
            fmt::format("its head is of a slot that begins in {}", slots(-age)),
            "check the clocks of this machine and of the node's");
        return;
    }
    // An older head is what syncing means.
    if (look_.syncing.said && look_.syncing.said->is_syncing) {
        return;
    }
    const std::uint64_t epoch = std::clamp(look_.spec.said->slots_per_epoch.value_or(kEpochSlots),
                                           kEpochSlotsMin, kEpochSlotsMax);
    if (age >= static_cast<std::int64_t>(epoch)) {
        add("head_stale", Grade::kUnusable,
            fmt::format("its head is {} old, and it does not say that it is syncing", slots(age)),
            "look at the node's log and peers, and restart it");
    } else if (age >= kHeadOldSlots) {
        add("head_old", Grade::kDegraded, fmt::format("its head is {} old", slots(age)),
            "look at the node's peers; where all nodes say so, the chain itself may have gaps");
    }
}

void NodeJudge::judge_sync() {
    const bool head_is_optimistic = look_.head.said && look_.head.said->execution_optimistic;
    if (look_.syncing.said && look_.syncing.said->is_syncing) {
        add("syncing", Grade::kUnusable,
            fmt::format("it is syncing, {} slots behind", look_.syncing.said->sync_distance),
            "wait until it is in sync; its heads are old ones until then");
    }
    if (look_.syncing.said && look_.syncing.said->el_offline) {
        add("el_offline", Grade::kDegraded, "its execution client is offline",
            "start the execution client, or look at its log, and check the engine API's address "
            "and JWT secret in both");
    }
    if (head_is_optimistic || (look_.syncing.said && look_.syncing.said->is_optimistic)) {
        add("optimistic", Grade::kUnusable,
            "its head is optimistic: the execution client has not verified it",
            "wait until the execution client is in sync; look at its log if that takes long");
    }
}

void NodeJudge::judge_working_stream(const FormLook& form) {
    if (form.form == updates::TopicSet::kHeadOnly) {
        add("head_only", Grade::kGood,
            "its event stream serves the topic head alone; reorgs and finality are told by other "
            "nodes",
            "update the node when a release serves lists of topics");
    }
    const auto known = habits();
    const bool at_once = !known || known->headers_at_once;
    if (at_once && form.opened_after && *form.opened_after > kHeadersLate) {
        add("headers_late", Grade::kDegraded,
            fmt::format("its event stream answered after {:.1f} s only",
                        in_seconds(*form.opened_after)),
            std::string{updates::advice(updates::NodeIssue::kBuffered)});
    }
    if (look_.waited && form.answer != FormLook::Answer::kDelivered) {
        judge_silent_stream();
    }
}

void NodeJudge::judge_silent_stream() {
    if (is_before_genesis()) {
        return;
    }
    const double waited = look_.waited ? in_seconds(*look_.waited) : 0;
    const auto& after = look_.head_after_wait;
    if (after && *after && look_.head.said && (*after)->root != look_.head.said->root) {
        add("stream_silent", Grade::kUnusable,
            fmt::format("in {:.1f} s no head came on its event stream, and its own head moved",
                        waited),
            "restart the node; before that look at any proxy: " +
                std::string{updates::advice(updates::NodeIssue::kBuffered)});
        return;
    }
    add("no_head_seen", Grade::kDegraded,
        fmt::format("in {:.1f} s no head came on its event stream, and its own head is not known "
                    "to have moved",
                    waited),
        "look at the node's peers, and try again with --wait");
}

void NodeJudge::judge_streams() {
    using Answer = FormLook::Answer;
    if (const FormLook* const form = look_.working_form()) {
        judge_working_stream(*form);
        return;
    }
    if (rest_failed_) {
        return;
    }
    const auto find = [&](Answer answer) {
        return std::find_if(look_.forms.begin(), look_.forms.end(),
                            [&](const FormLook& form) { return form.answer == answer; });
    };
    if (const auto* const failed = find(Answer::kFailed); failed != look_.forms.end()) {
        const Trouble trouble = trouble_of(failed->end);
        add("stream_failed", Grade::kUnusable,
            "asked for its event stream, it " + describe(trouble), advise(trouble));
        return;
    }
    if (find(Answer::kRefused) != look_.forms.end() &&
        find(Answer::kWaiting) == look_.forms.end() &&
        find(Answer::kConnecting) == look_.forms.end() &&
        find(Answer::kNotAsked) == look_.forms.end()) {
        add("topics_refused", Grade::kUnusable,
            "its event stream refuses even the topic head alone",
            "check that a proxy passes the query on; some providers serve no events at all");
        return;
    }
    if (look_.waited) {
        judge_silent_stream();
        return;
    }
    const auto known = habits();
    if (known && !known->headers_at_once) {
        add("topics_unknown", Grade::kGood,
            "this client sends nothing before its first event, so one look cannot tell which "
            "topics its event stream serves",
            "use --wait, which waits up to two slots for a head");
        return;
    }
    add("stream_no_answer", Grade::kDegraded,
        known ? "its event stream gave no answer, though this client answers at once"
              : "its event stream gave no answer",
        std::string{updates::advice(updates::NodeIssue::kBuffered)});
}

}  // namespace

updates::ClockSkew::Level level_of(const std::optional<updates::ClockSkew>& clock) {
    return clock ? clock->level : updates::ClockSkew::Level::kNone;
}

std::string clock_text(const updates::ClockSkew& clock) {
    const double offset = in_seconds(clock.offset);
    return fmt::format("{:.1f} s {}", offset < 0 ? -offset : offset,
                       offset < 0 ? "behind" : "ahead of");
}

void tell_dates(const NodeLook& look, monitor::ClockEstimate& estimate) {
    for (const beacon_api::Exchange& exchange : look.exchanges) {
        if (exchange.date) {
            estimate.http_date(look.id, *exchange.date, exchange.sent, exchange.received);
        }
    }
}

NodeVerdict judge_node(const NodeLook& look, updates::NetworkCheck standing,
                       const CheckVerdict& all, const CheckContext& context) {
    return NodeJudge{look, all, context}.judge(standing);
}

}  // namespace check
