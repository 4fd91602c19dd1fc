#include "monitor/monitor_service.hpp"

#include <algorithm>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/notify.hpp"
#include "beacon_api/events.hpp"
#include "monitor/head_monitor.hpp"
#include "monitor/node_access.hpp"
#include "monitor/task_group.hpp"

namespace monitor {
namespace {

/// What every node is asked for.
const std::vector<std::string>& topics() {
    static const std::vector<std::string> all{"head"};
    return all;
}

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
    explicit Impl(MonitorRuns& runs)
        : runs_{runs}, wake_{runs.executor_}, questions_{runs.executor_} {}
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;
    ~Impl() { runs_.broadcast_.before_close({}); }

    base::Task<void> run();

  private:
    /// One stream of one candidate, from its opening to its end.
    class Stream;

    /// The run, and its end whatever it ends by.
    base::Task<void> run_to_the_end();
    /// Waits for a list that is not empty, or for the broadcast to be closed.
    base::Task<void> wait_for_candidates();
    /// Drives the run from its opening to its end.
    base::Task<void> drive();

    void start_run();
    void stop_run(RunEnd end);
    void tick(base::MonoTime scheduled);
    /// Reads the list, which takes its notification. Whether it is another one than the run's.
    [[nodiscard]] bool is_list_new();

    void carry_out(HeadMonitor::Actions actions);
    void act(HeadMonitor::OpenStream& action);
    void act(HeadMonitor::CloseStream& action);
    void act(HeadMonitor::Publish& action);
    void act(HeadMonitor::GiveUp& action);
    [[nodiscard]] base::Instant now() const { return runs_.clock_.instant(); }

    void stream_ended(const CandidateId& candidate, const http::Failure& why);

    void ask_slot_time();
    void ask_version(const CandidateId& candidate);
    base::Task<void> slot_time_asked(Candidate candidate);
    base::Task<void> version_asked(Candidate candidate);

    MonitorRuns& runs_;
    beacon_api::EventDecoder decoder_;
    /// The tick may lie elsewhere now, the run may be over, or the broadcast closed.
    base::Notify wake_;
    TaskGroup questions_;

    std::optional<HeadMonitor> monitor_;
    /// Why the run gave up.
    std::string failure_;
    /// Why the run ended; nothing while it is on.
    std::optional<RunEnd> ended_;
    std::map<CandidateId, std::unique_ptr<Stream>> streams_;
    std::deque<HeadMonitor::Action> actions_;
    bool is_acting_ = false;
    std::set<CandidateId> slot_time_questions_;
    std::set<CandidateId> version_questions_;
};

/// May be destroyed by what it calls, so each call is the last thing its caller does with it.
class MonitorService::Impl::Stream final : public sse::StreamListener {
  public:
    Stream(Impl& service, const Candidate& candidate, std::string_view topics,
           sse::StreamOptions options)
        : service_{service},
          candidate_{candidate.id},
          stream_{service.runs_.nodes_.open(candidate, topics, options, *this)} {}

    void on_connected() override {
        service_.ask_version(candidate_);
        service_.carry_out(service_.monitor_->stream_connected(candidate_, service_.now()));
    }
    void on_open() override {
        service_.ask_version(candidate_);
        service_.carry_out(service_.monitor_->stream_opened(candidate_, service_.now()));
    }
    void on_event(const sse::Event& event, base::Instant arrived) override {
        const auto decoded = service_.decoder_.decode(event.type, event.data);
        service_.carry_out(
            service_.monitor_->event_received(candidate_, event.type, decoded, arrived));
    }
    void on_bytes(base::Instant arrived) override {
        service_.carry_out(service_.monitor_->bytes_received(candidate_, arrived));
    }
    void on_comment(std::string_view /*comment*/, base::Instant /*arrived*/) override {}
    void on_end(const http::Failure& why) override { service_.stream_ended(candidate_, why); }

    /// Whether its opening has asked for the version; asks but once.
    [[nodiscard]] bool take_version_question() { return std::exchange(may_ask_version_, false); }

  private:
    Impl& service_;
    CandidateId candidate_;
    bool may_ask_version_ = true;
    std::unique_ptr<NodeAccess::OpenedStream> stream_;
};

base::Task<void> MonitorService::Impl::run() {
    return base::run_first(run_to_the_end(), questions_.run());
}

base::Task<void> MonitorService::Impl::run_to_the_end() {
    if (runs_.broadcast_.closed()) {
        // Returning at once would only make whoever restarts us do so again and again.
        co_await runs_.clock_.sleep_until(base::MonoTime::max());
    }
    runs_.broadcast_.before_close([this] {
        stop_run(RunEnd::kClosed);
        wake_.notify();
    });
    std::exception_ptr failure;
    try {
        co_await wait_for_candidates();
        if (!runs_.broadcast_.closed()) {
            start_run();
            co_await drive();
        }
    } catch (...) {
        failure = std::current_exception();
    }
    stop_run(RunEnd::kClosed);
    runs_.alive_at_.reset();
    runs_.broadcast_.before_close({});
    if (monitor_) {
        runs_.memory_ = std::move(*monitor_).take_memory();
    }
    if (failure) {
        std::rethrow_exception(failure);
    }
    if (ended_ == RunEnd::kGaveUp) {
        throw GaveUp{"gave up: " + failure_};
    }
}

base::Task<void> MonitorService::Impl::wait_for_candidates() {
    while (runs_.candidates_.read().empty() && !runs_.broadcast_.closed()) {
        co_await base::run_first(runs_.candidates_.changed().wait(), wake_.wait());
        (void)wake_.take();
    }
}

base::Task<void> MonitorService::Impl::drive() {
    while (!ended_) {
        const base::MonoTime deadline = runs_.next_tick();
        co_await base::run_first(runs_.clock_.sleep_until(deadline),
                                 runs_.candidates_.changed().wait(), wake_.wait());
        (void)wake_.take();
        if (ended_) {
            break;
        }
        if (is_list_new()) {
            stop_run(RunEnd::kListChanged);
        } else if (runs_.clock_.now() >= deadline) {
            tick(deadline);
        }
    }
}

void MonitorService::Impl::start_run() {
    const base::Instant start = now();
    if (const base::MonoTime due = runs_.next_tick(); due <= start.mono) {
        // The tick that fell into the wait between two runs is this opening.
        runs_.cadence_.ticked(due, start.mono);
    }
    runs_.alive_at_ = start.mono;
    runs_.list_ = runs_.candidates_.read();
    std::vector<CandidateId> ids;
    for (const Candidate& candidate : runs_.list_) {
        ids.push_back(candidate.id);
    }
    monitor_.emplace(ids, topics(), std::exchange(runs_.memory_, Memory{}));
    carry_out(monitor_->started(start));
    if (runs_.options_.slot_time) {
        carry_out(monitor_->slot_time_learned(*runs_.options_.slot_time, now()));
    }
    ask_slot_time();
}

void MonitorService::Impl::stop_run(RunEnd end) {
    if (!monitor_ || ended_) {
        return;
    }
    ended_ = end;
    carry_out(monitor_->stopped(end, now()));
    questions_.cancel();
}

void MonitorService::Impl::tick(base::MonoTime scheduled) {
    ++runs_.ticks_;
    runs_.alive_at_ = runs_.clock_.now();
    runs_.cadence_.ticked(scheduled, *runs_.alive_at_);
    carry_out(monitor_->ticked(now()));
    ask_slot_time();
}

bool MonitorService::Impl::is_list_new() {
    return runs_.candidates_.changed().take() && runs_.candidates_.read() != runs_.list_;
}

void MonitorService::Impl::carry_out(HeadMonitor::Actions actions) {
    std::move(actions.begin(), actions.end(), std::back_inserter(actions_));
    // A listener may close the broadcast while it is told something: what that asks for comes
    // behind what is going on.
    if (std::exchange(is_acting_, true)) {
        return;
    }
    while (!actions_.empty()) {
        HeadMonitor::Action action = std::move(actions_.front());
        actions_.pop_front();
        std::visit([this](auto& what) { act(what); }, action);
    }
    is_acting_ = false;
}

void MonitorService::Impl::act(HeadMonitor::OpenStream& action) {
    const auto candidate =
        std::find_if(runs_.list_.begin(), runs_.list_.end(),
                     [&](const Candidate& known) { return known.id == action.candidate; });
    const sse::StreamOptions options{runs_.options_.event_bytes_max,
                                     connect_timeout(runs_.cadence_.slot())};
    streams_.insert_or_assign(action.candidate,
                              std::make_unique<Stream>(*this, *candidate, action.topics, options));
}

void MonitorService::Impl::act(HeadMonitor::CloseStream& action) {
    streams_.erase(action.candidate);
}

void MonitorService::Impl::act(HeadMonitor::Publish& action) {
    runs_.broadcast_.publish(std::move(action.update));
}

void MonitorService::Impl::act(HeadMonitor::GiveUp& action) {
    failure_ = std::move(action.reason);
    ended_ = RunEnd::kGaveUp;
    questions_.cancel();
    wake_.notify();
}

void MonitorService::Impl::stream_ended(const CandidateId& candidate, const http::Failure& why) {
    const auto stream = streams_.extract(candidate);
    carry_out(monitor_->stream_ended(candidate, why.reason, why.detail, now()));
}

void MonitorService::Impl::ask_slot_time() {
    if (ended_ || runs_.options_.slot_time || runs_.cadence_.knows_slot_time()) {
        return;
    }
    for (const Candidate& candidate : runs_.list_) {
        if (slot_time_questions_.insert(candidate.id).second) {
            questions_.spawn(slot_time_asked(candidate));
        }
    }
}

base::Task<void> MonitorService::Impl::slot_time_asked(Candidate candidate) {
    const NodeAnswer answer =
        co_await runs_.nodes_.ask(candidate, Question{Question::Kind::kIdentity, {}});
    slot_time_questions_.erase(candidate.id);
    if (!answer.said || ended_ || runs_.cadence_.knows_slot_time()) {
        co_return;
    }
    const ChainIdentity& chain = std::get<Identity>(*answer.said).chain;
    const SlotTime slot_time{beacon_api::SlotClock{chain.genesis_time, chain.slot_duration},
                             "node " + candidate.id.name()};
    runs_.cadence_.set_slot_time(slot_time.clock, runs_.clock_.now());
    carry_out(monitor_->slot_time_learned(slot_time, now()));
    wake_.notify();
}

void MonitorService::Impl::ask_version(const CandidateId& candidate) {
    const auto stream = streams_.find(candidate);
    if (ended_ || stream == streams_.end() || !stream->second->take_version_question() ||
        !version_questions_.insert(candidate).second) {
        return;
    }
    const auto known =
        std::find_if(runs_.list_.begin(), runs_.list_.end(),
                     [&](const Candidate& listed) { return listed.id == candidate; });
    questions_.spawn(version_asked(*known));
}

base::Task<void> MonitorService::Impl::version_asked(Candidate candidate) {
    NodeAnswer answer =
        co_await runs_.nodes_.ask(candidate, Question{Question::Kind::kVersion, {}});
    version_questions_.erase(candidate.id);
    if (answer.said && !ended_) {
        auto& version = std::get<std::string>(*answer.said);
        carry_out(monitor_->version_learned(candidate.id, std::move(version), now()));
    }
}

MonitorService::MonitorService(MonitorRuns& runs) : impl_{std::make_unique<Impl>(runs)} {}

MonitorService::~MonitorService() = default;

base::Task<void> MonitorService::run() {
    return impl_->run();
}

}  // namespace monitor
