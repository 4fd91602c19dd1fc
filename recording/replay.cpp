#include "recording/replay.hpp"

#include <algorithm>
#include <exception>
#include <utility>
#include <variant>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "base/notify.hpp"
#include "http/url.hpp"
#include "monitor/monitor_context.hpp"
#include "monitor/monitor_service.hpp"
#include "monitor/run_state.hpp"
#include "recording/replay_clock.hpp"
#include "recording/replay_nodes.hpp"

namespace recording {

namespace asio = boost::asio;

namespace {

/// Another place is another URL. Nothing of it is ever shown, or hidden in what a node sends.
http::Endpoint endpoint_of(std::uint64_t place) {
    constexpr std::uint64_t kPorts = 65'535;
    const std::string port = std::to_string(1 + (place - 1) % kPorts);
    return {http::Url::parse("http://replay.invalid:" + port).value(), {}, {}};
}

/// Gives the driver of a run its turns.
class ReplayTurns final : public monitor::Turns {
  public:
    ReplayTurns(const asio::any_io_executor& executor, const base::Clock& clock)
        : clock_{clock}, opened_{executor} {}

    [[nodiscard]] base::Task<void> begin(Kind /*kind*/) override {
        while (!std::exchange(is_open_, false)) {
            co_await opened_.wait();
            (void)opened_.take();
        }
    }
    void stopping(Stop /*why*/) override {}
    [[nodiscard]] base::Instant now() const override { return clock_.instant(); }
    [[nodiscard]] std::optional<base::KernelClock> kernel_clock() const override { return kernel_; }

    void open(std::optional<base::KernelClock> kernel) {
        kernel_ = kernel;
        is_open_ = true;
        opened_.notify();
    }
    /// A turn that nobody has taken is none.
    void close() {
        is_open_ = false;
        (void)opened_.take();
    }

  private:
    const base::Clock& clock_;
    base::Notify opened_;
    bool is_open_ = false;
    std::optional<base::KernelClock> kernel_;
};

}  // namespace

/// One start of headmon.
class Replay::Session {
  public:
    Session(const ReplayOptions& options, const Started& started, base::Instant at,
            const Listener& listener)
        : options_{options},
          clock_{loop_.get_executor()},
          nodes_{loop_.get_executor(), clock_, started.options.extra_topics,
                 started.is_continuation},
          candidates_{loop_.get_executor()},
          broadcast_{loop_.get_executor()},
          turns_{loop_.get_executor(), clock_},
          context_{loop_.get_executor(), clock_, nodes_, candidates_, broadcast_,
                   settings_of(started), &turns_},
          state_{context_.options, at},
          at_{at} {
        clock_.move_to(at);
        subscription_ = broadcast_.listen([this, &listener](const updates::Message& message) {
            const auto* const update =
                std::get_if<std::shared_ptr<const updates::Update>>(&message);
            if (update != nullptr && !is_over_) {
                listener(**update);
            }
        });
    }
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;
    ~Session() {
        // What was recorded of it ends here: whatever its run does now did not happen.
        is_over_ = true;
        stop_run();
    }

    void apply(const Entry& entry) {
        if (options_.own_turns) {
            take_turns_until(entry.at.mono);
        }
        at_ = entry.at;
        clock_.move_to(entry.at);
        std::visit([this](const auto& event) { apply(event); }, entry.event);
        run_dry();
    }

  private:
    [[nodiscard]] monitor::MonitorOptions settings_of(const Started& started) const {
        monitor::MonitorOptions options = started.options;
        if (options_.settings) {
            const monitor::MonitorOptions& other = options_.settings->monitor;
            options.slot_time = other.slot_time;
            options.event_bytes_max = other.event_bytes_max;
            options.tick_twelfths = other.tick_twelfths;
        }
        return options;
    }

    void apply(const Started& /*event*/) {}

    void apply(const Listed& event) {
        std::vector<monitor::Candidate> list;
        for (const ListedNode& node : event.nodes) {
            monitor::Candidate candidate{updates::NodeId{node.name}, endpoint_of(node.place),
                                         node.liveness, node.checks_network};
            if (options_.settings) {
                const auto found = options_.settings->nodes.find(node.name);
                if (found != options_.settings->nodes.end()) {
                    candidate.liveness = found->second.liveness;
                    candidate.checks_network = found->second.checks_network;
                }
            }
            list.push_back(std::move(candidate));
        }
        // A list that was in force was a valid one; another one is a recording that was changed.
        (void)candidates_.replace(std::move(list));
    }

    void apply(const TurnBegan& event) {
        nodes_.settle();
        // A run that goes on at the beginning of what is there has begun before it.
        if (event.kind == monitor::Turns::Kind::kRunBegins || !run_) {
            stop_run();
            start_run();
        }
        take_turn(event.kernel);
    }

    void apply(const Stopping& event) {
        if (event.why == monitor::Turns::Stop::kBroadcastCloses) {
            broadcast_.close();
        } else {
            cancel_.emit(asio::cancellation_type::terminal);
        }
    }

    void apply(const ServiceFact& event) {
        std::visit([this](const auto& fact) { broadcast_.publish({fact, at_}); }, event.fact);
    }

    // These follow from what the monitor itself has done.
    void apply(const StreamOpening& event) { nodes_.apply(event); }
    void apply(const StreamClosed& event) { nodes_.apply(event); }
    void apply(const Requested& event) { nodes_.apply(event); }

    template <class FromNode>
    void apply(const FromNode& event) {
        nodes_.settle();
        nodes_.apply(event);
    }

    void start_run() {
        has_ended_ = false;
        run_ = std::make_unique<monitor::MonitorService>(context_, state_);
        asio::co_spawn(loop_, run_->run(),
                       asio::bind_cancellation_slot(cancel_.slot(),
                                                    [this](const std::exception_ptr& /*failure*/) {
                                                        // Giving up is told by the run itself.
                                                        has_ended_ = true;
                                                    }));
    }

    void stop_run() {
        if (run_ && !has_ended_) {
            cancel_.emit(asio::cancellation_type::terminal);
            run_dry();
        }
        run_.reset();
    }

    void take_turn(std::optional<base::KernelClock> kernel) {
        kernel_ = kernel;
        clock_.wake();
        turns_.open(kernel);
        run_dry();
        turns_.close();
    }

    /// The turns that the monitor wants before `until`, in the time between two entries.
    void take_turns_until(base::MonoTime until) {
        while (const auto deadline = clock_.next_deadline()) {
            if (*deadline >= until) {
                break;
            }
            const base::MonoTime moment = std::max(*deadline, at_.mono);
            at_.wall += std::chrono::duration_cast<base::WallTime::duration>(moment - at_.mono);
            at_.mono = moment;
            clock_.move_to(at_);
            nodes_.settle();
            take_turn(kernel_);
        }
    }

    void run_dry() {
        loop_.restart();
        loop_.poll();
    }

    const ReplayOptions& options_;
    asio::io_context loop_;
    ReplayClock clock_;
    ReplayNodes nodes_;
    monitor::CandidateList candidates_;
    updates::Broadcast broadcast_;
    ReplayTurns turns_;
    monitor::MonitorContext context_;
    monitor::RunState state_;
    /// The last moment.
    base::Instant at_;
    std::optional<base::KernelClock> kernel_;
    asio::cancellation_signal cancel_;
    std::unique_ptr<monitor::MonitorService> run_;
    bool has_ended_ = true;
    bool is_over_ = false;
    std::unique_ptr<updates::Broadcast::Subscription> subscription_;
};

Replay::Replay(ReplayOptions options, Listener listener)
    : options_{std::move(options)}, listener_{std::move(listener)} {}

Replay::~Replay() = default;

void Replay::apply(const Entry& entry) {
    if (const auto* started = std::get_if<Started>(&entry.event)) {
        // A file that goes on where the one before ended says again what is known.
        const bool goes_on = session_ && started->is_continuation && started->lost == 0;
        repeats_ = goes_on ? started->repeats : 0;
        if (!goes_on) {
            session_.reset();
            session_ = std::make_unique<Session>(options_, *started, entry.at, listener_);
        }
    } else if (repeats_ > 0) {
        --repeats_;
        return;
    }
    if (session_) {
        session_->apply(entry);
    }
}

}  // namespace recording
