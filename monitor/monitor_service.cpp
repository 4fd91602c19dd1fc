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
#include "monitor/cadence.hpp"
#include "monitor/head_monitor.hpp"
#include "monitor/node_access.hpp"
#include "monitor/run_wait.hpp"
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
    Impl(boost::asio::any_io_executor executor, base::Clock& clock,
         std::unique_ptr<NodeAccess> own_nodes, NodeAccess& nodes, CandidateList& candidates,
         Broadcast& broadcast, MonitorOptions options);
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;
    ~Impl() { broadcast_.before_close({}); }

    base::Task<void> run();
    [[nodiscard]] std::uint64_t ticks() const { return ticks_; }

  private:
    /// One stream of one candidate, from its opening to its end.
    class Stream;

    base::Task<void> runs();
    /// Waits for a list that is not empty. Nothing to wait for once the broadcast is closed.
    base::Task<void> wait_for_candidates();
    /// Drives one run from its opening to its end.
    base::Task<void> drive_run();
    /// The wait from a run's end to the next run's start.
    base::Task<void> wait_for_next_run();

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

    void stream_ended(const CandidateId& candidate, const http::Failure& why);

    void ask_slot_time();
    void ask_version(const CandidateId& candidate);
    base::Task<void> slot_time_asked(Candidate candidate, std::uint64_t run);
    base::Task<void> version_asked(Candidate candidate, std::uint64_t run);

    base::Clock& clock_;
    std::unique_ptr<NodeAccess> own_nodes_;
    NodeAccess& nodes_;
    CandidateList& candidates_;
    Broadcast& broadcast_;
    MonitorOptions options_;
    Cadence cadence_;
    std::uint64_t ticks_ = 0;
    beacon_api::EventDecoder decoder_;
    /// The tick may lie elsewhere now, the run may be over, or the broadcast closed.
    base::Notify wake_;
    TaskGroup questions_;

    /// Runs so far: an answer to a question of an earlier one is dropped.
    std::uint64_t run_number_ = 0;
    std::vector<Candidate> list_;
    std::optional<HeadMonitor> monitor_;
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
          stream_{service.nodes_.open(candidate, topics, options, *this)} {}

    void on_connected() override {
        service_.ask_version(candidate_);
        service_.carry_out(
            service_.monitor_->stream_connected(candidate_, service_.clock_.instant()));
    }
    void on_open() override {
        service_.ask_version(candidate_);
        service_.carry_out(service_.monitor_->stream_opened(candidate_, service_.clock_.instant()));
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

MonitorService::Impl::Impl(boost::asio::any_io_executor executor, base::Clock& clock,
                           std::unique_ptr<NodeAccess> own_nodes, NodeAccess& nodes,
                           CandidateList& candidates, Broadcast& broadcast, MonitorOptions options)
    : clock_{clock},
      own_nodes_{std::move(own_nodes)},
      nodes_{nodes},
      candidates_{candidates},
      broadcast_{broadcast},
      options_{std::move(options)},
      cadence_{clock.now(), options_.tick_twelfths},
      wake_{executor},
      questions_{executor} {
    if (options_.slot_time) {
        cadence_.set_slot_time(options_.slot_time->clock, clock.now());
    }
}

base::Task<void> MonitorService::Impl::run() {
    return base::run_first(runs(), questions_.run());
}

base::Task<void> MonitorService::Impl::runs() {
    broadcast_.before_close([this] {
        stop_run(RunEnd::kClosed);
        wake_.notify();
    });
    std::exception_ptr failure;
    try {
        while (!broadcast_.closed()) {
            co_await wait_for_candidates();
            if (broadcast_.closed()) {
                break;
            }
            start_run();
            co_await drive_run();
            co_await wait_for_next_run();
        }
    } catch (...) {
        failure = std::current_exception();
    }
    stop_run(RunEnd::kClosed);
    broadcast_.before_close({});
    if (failure) {
        std::rethrow_exception(failure);
    }
}

base::Task<void> MonitorService::Impl::wait_for_candidates() {
    while (candidates_.read().empty() && !broadcast_.closed()) {
        co_await base::run_first(candidates_.changed().wait(), wake_.wait());
        (void)wake_.take();
    }
}

base::Task<void> MonitorService::Impl::drive_run() {
    while (!ended_) {
        const base::MonoTime deadline = cadence_.next(clock_.instant());
        co_await base::run_first(clock_.sleep_until(deadline), candidates_.changed().wait(),
                                 wake_.wait());
        (void)wake_.take();
        if (ended_) {
            break;
        }
        if (is_list_new()) {
            stop_run(RunEnd::kListChanged);
        } else if (clock_.now() >= deadline) {
            tick(deadline);
        }
    }
}

base::Task<void> MonitorService::Impl::wait_for_next_run() {
    RunWait wait{*ended_, clock_.now()};
    while (!broadcast_.closed()) {
        const base::MonoTime next_tick = cadence_.next(clock_.instant());
        const base::MonoTime start = wait.starts_at(next_tick);
        if (clock_.now() >= start) {
            if (clock_.now() >= next_tick) {
                cadence_.ticked(next_tick, clock_.now());
            }
            co_return;
        }
        co_await base::run_first(clock_.sleep_until(start), candidates_.changed().wait(),
                                 wake_.wait());
        (void)wake_.take();
        if (is_list_new()) {
            wait.list_changed(clock_.now());
        }
    }
}

void MonitorService::Impl::start_run() {
    ++run_number_;
    list_ = candidates_.read();
    Memory memory = monitor_ ? std::move(*monitor_).take_memory() : Memory{};
    slot_time_questions_.clear();
    version_questions_.clear();
    std::vector<CandidateId> ids;
    for (const Candidate& candidate : list_) {
        ids.push_back(candidate.id);
    }
    monitor_.emplace(ids, topics(), std::move(memory));
    ended_.reset();
    carry_out(monitor_->started(clock_.instant()));
    if (options_.slot_time) {
        carry_out(monitor_->slot_time_learned(*options_.slot_time, clock_.instant()));
    }
    ask_slot_time();
}

void MonitorService::Impl::stop_run(RunEnd end) {
    if (!monitor_ || ended_) {
        return;
    }
    ended_ = end;
    carry_out(monitor_->stopped(end, clock_.instant()));
    questions_.cancel();
}

void MonitorService::Impl::tick(base::MonoTime scheduled) {
    ++ticks_;
    cadence_.ticked(scheduled, clock_.now());
    carry_out(monitor_->ticked(clock_.instant()));
    ask_slot_time();
}

bool MonitorService::Impl::is_list_new() {
    return candidates_.changed().take() && candidates_.read() != list_;
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
    const auto candidate = std::find_if(list_.begin(), list_.end(), [&](const Candidate& known) {
        return known.id == action.candidate;
    });
    const sse::StreamOptions options{options_.event_bytes_max, connect_timeout(cadence_.slot())};
    streams_.insert_or_assign(action.candidate,
                              std::make_unique<Stream>(*this, *candidate, action.topics, options));
}

void MonitorService::Impl::act(HeadMonitor::CloseStream& action) {
    streams_.erase(action.candidate);
}

void MonitorService::Impl::act(HeadMonitor::Publish& action) {
    broadcast_.publish(std::move(action.update));
}

void MonitorService::Impl::act(HeadMonitor::GiveUp& /*action*/) {
    ended_ = RunEnd::kGaveUp;
    questions_.cancel();
    wake_.notify();
}

void MonitorService::Impl::stream_ended(const CandidateId& candidate, const http::Failure& why) {
    const auto stream = streams_.extract(candidate);
    carry_out(monitor_->stream_ended(candidate, why.reason, why.detail, clock_.instant()));
}

void MonitorService::Impl::ask_slot_time() {
    if (ended_ || options_.slot_time || cadence_.knows_slot_time()) {
        return;
    }
    for (const Candidate& candidate : list_) {
        if (slot_time_questions_.insert(candidate.id).second) {
            questions_.spawn(slot_time_asked(candidate, run_number_));
        }
    }
}

base::Task<void> MonitorService::Impl::slot_time_asked(Candidate candidate, std::uint64_t run) {
    const auto answer = co_await nodes_.slot_time(candidate);
    if (run != run_number_) {
        co_return;
    }
    slot_time_questions_.erase(candidate.id);
    if (!answer || ended_ || cadence_.knows_slot_time()) {
        co_return;
    }
    cadence_.set_slot_time(answer->clock, clock_.now());
    carry_out(monitor_->slot_time_learned(*answer, clock_.instant()));
    wake_.notify();
}

void MonitorService::Impl::ask_version(const CandidateId& candidate) {
    const auto stream = streams_.find(candidate);
    if (ended_ || stream == streams_.end() || !stream->second->take_version_question() ||
        !version_questions_.insert(candidate).second) {
        return;
    }
    const auto known = std::find_if(list_.begin(), list_.end(), [&](const Candidate& listed) {
        return listed.id == candidate;
    });
    questions_.spawn(version_asked(*known, run_number_));
}

base::Task<void> MonitorService::Impl::version_asked(Candidate candidate, std::uint64_t run) {
    auto answer = co_await nodes_.version(candidate);
    if (run != run_number_) {
        co_return;
    }
    version_questions_.erase(candidate.id);
    if (answer && !ended_) {
        carry_out(monitor_->version_learned(candidate.id, std::move(*answer), clock_.instant()));
    }
}

MonitorService::MonitorService(boost::asio::any_io_executor executor, base::Clock& clock,
                               http::Client& client, CandidateList& candidates,
                               Broadcast& broadcast, MonitorOptions options) {
    auto nodes = std::make_unique<HttpNodeAccess>(client);
    NodeAccess& access = *nodes;
    impl_ = std::make_unique<Impl>(std::move(executor), clock, std::move(nodes), access, candidates,
                                   broadcast, std::move(options));
}

MonitorService::MonitorService(boost::asio::any_io_executor executor, base::Clock& clock,
                               NodeAccess& nodes, CandidateList& candidates, Broadcast& broadcast,
                               MonitorOptions options)
    : impl_{std::make_unique<Impl>(std::move(executor), clock, nullptr, nodes, candidates,
                                   broadcast, std::move(options))} {}

MonitorService::~MonitorService() = default;

base::Task<void> MonitorService::run() {
    return impl_->run();
}

std::uint64_t MonitorService::ticks() const {
    return impl_->ticks();
}

}  // namespace monitor
