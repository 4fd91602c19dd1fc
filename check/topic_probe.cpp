#include "check/topic_probe.hpp"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/notify.hpp"
#include "base/printable.hpp"
#include "beacon_api/event_stream.hpp"
#include "monitor/node/event_judge.hpp"
#include "monitor/node/topic_sets.hpp"

namespace check {
namespace {

using State = TopicProbe::State;

constexpr std::size_t kDetailBytesMax = 200;

/// What all streams of one node's probe share.
struct ProbeContext {
    http::Client& client;
    beacon_api::EventDecoder& decoder;
    base::Clock& clock;
    http::Endpoint node;
    ProbeLimits limits;
    base::Notify changed;
};

/// One stream, for one set of topics.
class ProbeStream final : public beacon_api::EventStreamListener {
  public:
    ProbeStream(ProbeContext& context, TopicProbe& probe) : context_{context}, probe_{probe} {
        probe_.state = State::kConnecting;
        sse::StreamOptions options;
        options.connect_timeout = context.limits.connect;
        stream_ = std::make_unique<beacon_api::EventStream>(
            context.client, context.decoder, context.node, monitor::join_topics(topics_), options,
            *this);
    }

    void on_connected() override { become(State::kWaiting); }
    void on_open() override {
        probe_.opened_after = context_.clock.now() - since_;
        become(State::kAccepted);
    }

    void on_event(std::string_view topic, const base::Result<beacon_api::ChainEvent>& decoded,
                  const sse::Event& /*raw*/, base::Instant /*arrived*/) override {
        if (is_ended()) {
            return;
        }
        using Meaning = monitor::EventJudgement::Meaning;
        monitor::EventJudgement judged = monitor::judge_event(topic, topics_, decoded);
        if (judged.meaning == Meaning::kEndsStream) {
            end({judged.reason, base::printable(judged.detail, kDetailBytesMax)},
                judged.reason == updates::StreamEndReason::kMalformed);
            return;
        }
        had_event_ = had_event_ || judged.meaning != Meaning::kIgnored;
        if (judged.meaning == Meaning::kHead) {
            become(State::kDelivered);
        }
    }

    void on_end(const http::TransferError& why) override {
        // A set that delivered is served, however the stream ends.
        if (probe_.state != State::kDelivered && !is_ended()) {
            end(monitor::stream_end_of(why));
        }
    }

    /// Until when to wait for this stream before the next set is requested as well; the beginning
    /// of time when there is nothing to wait for. libcurl bounds the attempt to connect.
    [[nodiscard]] base::MonoTime settled_at() const {
        switch (probe_.state) {
            case State::kConnecting:
                return base::MonoTime::max();
            case State::kWaiting:
                return since_ + context_.limits.header;
            case State::kAccepted:
                return since_ + context_.limits.settle;
            default:
                return base::MonoTime::min();
        }
    }

  private:
    void become(State state) {
        probe_.state = state;
        since_ = context_.clock.now();
        context_.changed.notify();
    }
    [[nodiscard]] bool is_ended() const {
        return probe_.state == State::kFailed || probe_.state == State::kRefused;
    }
    void end(monitor::StreamEnd why, bool is_head_unreadable = false) {
        monitor::TopicAnswer answer;
        answer.set = probe_.topic_set;
        answer.end = why.reason;
        answer.http_status = why.http_status;
        answer.had_event = had_event_;
        answer.is_head_unreadable = is_head_unreadable;
        const auto refusal = monitor::find_refusal(answer);
        probe_.end = std::move(why);
        become(refusal == monitor::TopicRefusal::kNone ? State::kFailed : State::kRefused);
    }

    ProbeContext& context_;
    TopicProbe& probe_;
    monitor::TopicList topics_ = monitor::topics_of(probe_.topic_set);
    base::MonoTime since_;
    bool had_event_ = false;
    std::unique_ptr<beacon_api::EventStream> stream_;
};

class Prober {
  public:
    Prober(ProbeContext& context, std::array<TopicProbe, 3>& probes)
        : context_{context}, probes_{probes} {}

    base::Task<void> run() {
        for (TopicProbe& probe : probes_) {
            streams_.push_back(std::make_unique<ProbeStream>(context_, probe));
            co_await settle(*streams_.back());
            // What fails for another reason than its topics fails with others too.
            const bool is_enough = works() && !context_.limits.head_wait;
            if (is_enough || probe.state == State::kFailed) {
                break;
            }
        }
        if (context_.limits.head_wait) {
            co_await wait_for_head(context_.clock.now() + context_.limits.head_wait());
        }
    }

  private:
    /// Returns when this stream has accepted or refused its topics, or keeps quiet.
    base::Task<void> settle(const ProbeStream& stream) {
        while (context_.clock.now() < stream.settled_at()) {
            co_await change_until(stream.settled_at());
        }
    }

    [[nodiscard]] bool works() const {
        return std::any_of(probes_.begin(), probes_.end(),
                           [](const TopicProbe& probe) { return probe.works(); });
    }

    /// The richest set that can still deliver has done so, or none can.
    [[nodiscard]] bool is_head_decided() const {
        const auto* const first =
            std::find_if(probes_.begin(), probes_.end(), [](const TopicProbe& probe) {
                return probe.state != State::kRefused && probe.state != State::kFailed &&
                       probe.state != State::kNotAsked;
            });
        return first == probes_.end() || first->state == State::kDelivered;
    }

    base::Task<void> wait_for_head(base::MonoTime end) {
        while (context_.clock.now() < end && !is_head_decided()) {
            co_await change_until(end);
        }
    }

    base::Task<void> change_until(base::MonoTime end) {
        co_await base::run_first(context_.changed.wait(), context_.clock.sleep_until(end));
        (void)context_.changed.take();
    }

    ProbeContext& context_;
    std::array<TopicProbe, 3>& probes_;
    std::vector<std::unique_ptr<ProbeStream>> streams_;
};

}  // namespace

base::Task<void> probe_topics(http::Client& client, beacon_api::EventDecoder& decoder,
                              base::Clock& clock, http::Endpoint node, ProbeLimits limits,
                              std::array<TopicProbe, 3>& probes) {
    const auto executor = co_await base::asio::this_coro::executor;
    ProbeContext context{client,          decoder,           clock,
                         std::move(node), std::move(limits), base::Notify{executor}};
    Prober prober{context, probes};
    co_await prober.run();
}

void judge_doubtful_refusals(std::array<TopicProbe, 3>& probes) {
    bool works = false;
    for (std::size_t i = probes.size(); i-- > 0;) {
        TopicProbe& probe = probes.at(i);
        const bool is_doubtful = probe.end.reason == updates::StreamEndReason::kEof ||
                                 probe.end.reason == updates::StreamEndReason::kEmptyBody;
        if (probe.state == State::kRefused && is_doubtful && !works) {
            probe.state = State::kFailed;
        }
        works = works || probe.works();
    }
}

}  // namespace check
