#include "monitor/monitor_service.hpp"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "base/notify.hpp"
#include "base/task_group.hpp"
#include "beacon_api/event_stream.hpp"
#include "monitor/head_monitor.hpp"
#include "monitor/node_access.hpp"
#include "updates/node_map.hpp"
#include "updates/update.hpp"

namespace monitor {
namespace {

/// 3 s, or a quarter of a slot that is shorter than 12 s.
std::chrono::milliseconds connect_timeout(base::Duration slot) {
    constexpr std::chrono::milliseconds kMost{3000};
    constexpr std::chrono::milliseconds kLeast{250};
    const auto quarter = std::chrono::duration_cast<std::chrono::milliseconds>(slot / 4);
    return std::clamp(quarter, kLeast, kMost);
}

}  // namespace

class MonitorService::Impl {
  public:
    Impl(MonitorContext& context, RunState& state)
        : context_{context}, state_{state}, wake_{context.executor}, requests_{context.executor} {}
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;
    ~Impl() { context_.broadcast.before_close({}); }

    base::Task<void> run();

  private:
    /// One stream of one node, from its opening to its end.
    class Stream;

    /// The run, and its end whatever it ends by.
    base::Task<void> run_to_the_end();
    [[nodiscard]] base::Task<void> begin_turn(Turns::Kind kind);
    void stop_from_outside(Turns::Stop why);
    /// Waits for a list that is not empty, or for the broadcast to be closed.
    base::Task<void> wait_for_candidates();
    /// Drives the run from its opening to its end.
    base::Task<void> drive();

    void start_run();
    void stop_run(updates::RunEndReason end);
    void tick(base::MonoTime scheduled);
    /// Reads the list, which takes its notification. Whether it is another one than the run's.
    [[nodiscard]] bool is_list_new();

    void carry_out(Actions actions);
    void act(OpenStream& action);
    void act(CloseStream& action);
    void act(SendRequest& action);
    void act(SetSlotTime& action);
    void act(SetDeadline& action);
    void act(Publish& action);
    void act(GiveUp& action);
    [[nodiscard]] base::Instant now() const {
        return context_.turns != nullptr ? context_.turns->now() : context_.clock.instant();
    }
    [[nodiscard]] std::optional<base::KernelClock> kernel_clock() const {
        return context_.turns != nullptr ? context_.turns->kernel_clock()
                                         : context_.clock.kernel_clock();
    }

    void stream_ended(updates::NodeId node, const StreamEnd& why);

    base::Task<void> perform(Candidate candidate, RestRequest request);
    [[nodiscard]] const Candidate& find(updates::NodeId node) const;

    MonitorContext& context_;
    RunState& state_;
    /// The tick may lie elsewhere now, the run may be over, or the broadcast closed.
    base::Notify wake_;
    base::TaskGroup requests_;

    std::optional<HeadMonitor> monitor_;
    /// Why the run gave up.
    std::string failure_;
    /// Why the run ended; nothing while it is on.
    std::optional<updates::RunEndReason> ended_;
    /// Of the run's list, which does not change.
    updates::NodeMap<const Candidate*> candidates_;
    updates::NodeMap<std::unique_ptr<Stream>> streams_;
    /// What follows from an action while others are carried out.
    Actions behind_;
    bool is_acting_ = false;
    /// When a slot of the chain begins next.
    base::MonoTime slot_at_ = base::MonoTime::max();
};

/// May be destroyed by what it calls, so each call is the last thing its caller does with it.
class MonitorService::Impl::Stream final : public beacon_api::EventStreamListener {
  public:
    Stream(Impl& service, const Candidate& candidate, std::string_view topics,
           sse::StreamOptions options)
        : service_{service},
          node_{candidate.id},
          stream_{service.context_.nodes.open(candidate, topics, options, *this)} {}

    void on_connected() override {
        service_.carry_out(service_.monitor_->stream_connected(node_, service_.now()));
    }
    void on_open() override {
        service_.carry_out(service_.monitor_->stream_opened(node_, service_.now()));
    }
    void on_event(std::string_view topic, const base::Result<beacon_api::ChainEvent>& decoded,
                  const sse::Event& /*raw*/, base::Instant arrived) override {
        service_.carry_out(service_.monitor_->event_received(node_, topic, decoded, arrived));
    }
    void on_bytes(std::string_view /*bytes*/, base::Instant arrived) override {
        service_.carry_out(service_.monitor_->bytes_received(node_, arrived));
    }
    void on_comment(std::string_view /*comment*/, base::Instant /*arrived*/) override {
        service_.monitor_->comment_received(node_);
    }
    void on_end(const http::TransferError& why) override {
        service_.stream_ended(node_, stream_end_of(why));
    }

  private:
    Impl& service_;
    updates::NodeId node_;
    std::unique_ptr<NodeAccess::OpenedStream> stream_;
};

base::Task<void> MonitorService::Impl::run() {
    return base::run_first(run_to_the_end(), requests_.run());
}

base::Task<void> MonitorService::Impl::run_to_the_end() {
    if (context_.broadcast.closed()) {
        // Returning at once would only make whoever restarts us do so again and again.
        co_await context_.clock.sleep_until(base::MonoTime::max());
    }
    context_.broadcast.before_close([this] {
        stop_from_outside(Turns::Stop::kBroadcastCloses);
        wake_.notify();
    });
    std::exception_ptr failure;
    try {
        co_await begin_turn(Turns::Kind::kRunBegins);
        co_await wait_for_candidates();
        if (!context_.broadcast.closed()) {
            start_run();
            co_await drive();
        }
    } catch (...) {
        failure = std::current_exception();
    }
    stop_from_outside(Turns::Stop::kCancelled);
    state_.run_ended();
    context_.broadcast.before_close({});
    if (monitor_) {
        state_.keep(std::move(*monitor_).take_state());
    }
    if (failure) {
        std::rethrow_exception(failure);
    }
    if (ended_ == updates::RunEndReason::kGaveUp) {
        throw GaveUp{"gave up: " + failure_};
    }
}

base::Task<void> MonitorService::Impl::begin_turn(Turns::Kind kind) {
    if (context_.turns != nullptr) {
        co_await context_.turns->begin(kind);
    }
}

void MonitorService::Impl::stop_from_outside(Turns::Stop why) {
    if (monitor_ && !ended_ && context_.turns != nullptr) {
        context_.turns->stopping(why);
    }
    stop_run(updates::RunEndReason::kClosed);
}

base::Task<void> MonitorService::Impl::wait_for_candidates() {
    while (context_.candidates.read().empty() && !context_.broadcast.closed()) {
        co_await base::run_first(context_.candidates.changed().wait(), wake_.wait());
        co_await begin_turn(Turns::Kind::kGoesOn);
        (void)wake_.take();
    }
}

base::Task<void> MonitorService::Impl::drive() {
    while (!ended_) {
        const base::MonoTime tick_at = state_.schedule().next(now());
        // One that is due stays due, whatever else is done first.
        slot_at_ = std::min(slot_at_, state_.schedule().next_slot(now()));
        const base::MonoTime judge_at = monitor_->deadline().value_or(base::MonoTime::max());
        const base::MonoTime deadline = std::min({tick_at, slot_at_, judge_at});
        co_await base::run_first(context_.clock.sleep_until(deadline),
                                 context_.candidates.changed().wait(), wake_.wait());
        co_await begin_turn(Turns::Kind::kGoesOn);
        (void)wake_.take();
        if (ended_) {
            break;
        }
        if (is_list_new()) {
            stop_run(updates::RunEndReason::kListChanged);
        } else if (now().mono >= tick_at) {
            tick(tick_at);
        } else if (now().mono >= slot_at_) {
            slot_at_ = base::MonoTime::max();
            carry_out(monitor_->slot_began(now()));
        } else if (now().mono >= judge_at) {
            carry_out(monitor_->on_deadline(now()));
        }
    }
}

void MonitorService::Impl::start_run() {
    const base::Instant start = now();
    state_.run_started(context_.candidates.read(), start);
    std::vector<updates::NodeId> ids;
    HeadMonitor::Options options;
    options.slot_time = known_slot_time(context_.options);
    options.renewed = state_.renewed();
    options.extra_topics = context_.options.extra_topics;
    for (const Candidate& candidate : state_.list()) {
        ids.push_back(candidate.id);
        candidates_.insert_or_assign(candidate.id, &candidate);
        options.liveness.try_emplace(candidate.id, candidate.liveness);
        if (!candidate.checks_network) {
            options.exempt.push_back(candidate.id);
        }
    }
    monitor_.emplace(ids, std::move(options), state_.take());
    carry_out(monitor_->started(start));
}

void MonitorService::Impl::stop_run(updates::RunEndReason end) {
    if (!monitor_ || ended_) {
        return;
    }
    ended_ = end;
    carry_out(monitor_->stopped(end, now()));
    requests_.cancel();
}

void MonitorService::Impl::tick(base::MonoTime scheduled) {
    const base::Instant at = now();
    state_.on_tick(scheduled, at.mono);
    carry_out(monitor_->on_tick(at, kernel_clock()));
}

bool MonitorService::Impl::is_list_new() {
    return context_.candidates.changed().take() && context_.candidates.read() != state_.list();
}

void MonitorService::Impl::carry_out(Actions actions) {
    // A listener may close the broadcast while it receives an update: what follows from that comes
    // behind what is going on.
    if (std::exchange(is_acting_, true)) {
        std::move(actions.begin(), actions.end(), std::back_inserter(behind_));
        return;
    }
    while (!actions.empty()) {
        for (Action& action : actions) {
            std::visit([this](auto& what) { act(what); }, action);
        }
        monitor_->give_back(std::exchange(actions, std::exchange(behind_, {})));
    }
    is_acting_ = false;
}

void MonitorService::Impl::act(OpenStream& action) {
    const sse::StreamOptions options{context_.options.event_bytes_max,
                                     connect_timeout(state_.schedule().slot())};
    streams_.insert_or_assign(
        action.node, std::make_unique<Stream>(*this, find(action.node), action.topics, options));
}

void MonitorService::Impl::act(CloseStream& action) {
    streams_.erase(action.node);
}

void MonitorService::Impl::act(SendRequest& action) {
    requests_.spawn(perform(find(action.node), action.request));
}

void MonitorService::Impl::act(SetSlotTime& action) {
    state_.set_slot_time(action.clock, now().mono);
    slot_at_ = base::MonoTime::max();
    wake_.notify();
}

void MonitorService::Impl::act(SetDeadline& /*action*/) {
    wake_.notify();
}

void MonitorService::Impl::act(Publish& action) {
    context_.broadcast.publish(std::move(action.update));
}

void MonitorService::Impl::act(GiveUp& action) {
    failure_ = std::move(action.reason);
    ended_ = updates::RunEndReason::kGaveUp;
    requests_.cancel();
    wake_.notify();
}

void MonitorService::Impl::stream_ended(updates::NodeId node, const StreamEnd& why) {
    const auto place = streams_.find(node);
    std::unique_ptr<Stream> stream;
    if (place != streams_.end()) {
        stream = std::move(place->second);
        streams_.erase(place);
    }
    carry_out(monitor_->stream_ended(node, why, now()));
}

base::Task<void> MonitorService::Impl::perform(Candidate candidate, RestRequest request) {
    const RestAnswer answer = co_await context_.nodes.request(candidate, request);
    if (!ended_) {
        carry_out(monitor_->rest_answered(candidate.id, request, answer, now()));
    }
}

const Candidate& MonitorService::Impl::find(updates::NodeId node) const {
    return *candidates_.at(node);
}

MonitorService::MonitorService(MonitorContext& context, RunState& state)
    : impl_{std::make_unique<Impl>(context, state)} {}

MonitorService::~MonitorService() = default;

base::Task<void> MonitorService::run() {
    return impl_->run();
}

}  // namespace monitor
