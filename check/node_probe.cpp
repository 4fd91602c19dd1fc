#include "check/node_probe.hpp"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <utility>

#include <boost/asio/any_io_executor.hpp>

#include "base/notify.hpp"
#include "base/task_group.hpp"
#include "beacon_api/node_client.hpp"
#include "check/topic_probe.hpp"

namespace check {
namespace {

using std::chrono::milliseconds;

/// One answer takes no longer.
constexpr milliseconds kRestDeadlineMax{5000};
constexpr milliseconds kConnectMax{3000};
constexpr milliseconds kHeaderMax{1500};

/// One node, from its questions to its streams. Lives until they have ended.
class Looker {
  public:
    Looker(http::Client& client, base::Clock& clock, const monitor::Candidate& candidate,
           const LookOptions& options, NodeLook& look)
        : client_{client},
          clock_{clock},
          endpoint_{candidate.endpoint},
          options_{options},
          look_{look},
          // A question ends before the look does, so that it can say why.
          rest_deadline_{std::min(kRestDeadlineMax, options.timeout * 9 / 10)},
          node_{client, candidate.endpoint, rest_deadline_,
                [this](const beacon_api::Exchange& exchange) {
                    look_.exchanges.push_back(exchange);
                }} {}

    base::Task<void> run() {
        co_await base::run_all(ask_genesis(), ask_spec(), ask_version(), ask_syncing(), ask_head(),
                               probe());
        const FormLook* const form = look_.working_form();
        const bool is_silent = form == nullptr || form->answer != FormLook::Answer::kDelivered;
        if (look_.waited && is_silent && look_.head.said) {
            look_.head_after_wait = co_await node_.header("head");
        }
    }

  private:
    base::Task<void> ask_genesis() { look_.genesis.said = co_await node_.genesis(); }
    base::Task<void> ask_spec() { look_.spec.said = co_await node_.spec(); }
    base::Task<void> ask_version() { look_.version.said = co_await node_.version(); }
    base::Task<void> ask_syncing() { look_.syncing.said = co_await node_.syncing(); }
    base::Task<void> ask_head() {
        auto said = co_await node_.header("head");
        look_.head_at = clock_.instant();
        look_.head.said = std::move(said);
    }

    base::Task<void> probe() {
        ProbeLimits limits;
        limits.connect = std::min(kConnectMax, options_.timeout / 2);
        limits.header = std::min(kHeaderMax, options_.timeout / 6);
        limits.settle = std::min(limits.settle, options_.timeout / 10);
        if (options_.wait) {
            limits.head_wait = [this] { return head_wait(); };
        }
        co_await probe_topics(client_, clock_, endpoint_, std::move(limits), look_.forms);
    }

    base::Duration head_wait() {
        const milliseconds slot =
            look_.spec.said ? look_.spec.said->slot_duration : options_.slot_duration;
        look_.waited = std::min<base::Duration>(2 * slot, kHeadWaitMax);
        return *look_.waited;
    }

    http::Client& client_;
    base::Clock& clock_;
    http::Endpoint endpoint_;
    const LookOptions& options_;
    NodeLook& look_;
    milliseconds rest_deadline_;
    beacon_api::NodeClient node_;
};

/// All nodes; ends when the last one is through.
class Lookers {
  public:
    Lookers(http::Client& client, base::Clock& clock, const boost::asio::any_io_executor& executor,
            const std::vector<monitor::Candidate>& candidates, const LookOptions& options)
        : clock_{clock}, options_{options}, group_{executor}, done_{executor} {
        for (const monitor::Candidate& candidate : candidates) {
            looks_.emplace_back(candidate.id, candidate.endpoint.url.origin());
        }
        for (std::size_t i = 0; i < candidates.size(); ++i) {
            lookers_.push_back(
                std::make_unique<Looker>(client, clock, candidates[i], options, looks_[i]));
        }
    }

    base::Task<void> run() {
        const base::Duration wait =
            options_.wait ? kHeadWaitMax + options_.timeout : base::Duration{};
        const base::MonoTime end = clock_.now() + options_.timeout + wait;
        co_await base::run_first(group_.run(), start(), clock_.sleep_until(end));
    }

    [[nodiscard]] std::vector<NodeLook> take() { return std::move(looks_); }

  private:
    base::Task<void> start() {
        running_ = lookers_.size();
        for (const auto& looker : lookers_) {
            group_.spawn(one(*looker));
        }
        if (running_ > 0) {
            co_await done_.wait();
        }
    }

    base::Task<void> one(Looker& looker) {
        co_await looker.run();
        if (--running_ == 0) {
            done_.notify();
        }
    }

    base::Clock& clock_;
    const LookOptions& options_;
    std::vector<NodeLook> looks_;
    std::vector<std::unique_ptr<Looker>> lookers_;
    base::TaskGroup group_;
    base::Notify done_;
    std::size_t running_ = 0;
};

}  // namespace

base::Task<std::vector<NodeLook>> look_at(http::Client& client, base::Clock& clock,
                                          std::vector<monitor::Candidate> candidates,
                                          LookOptions options) {
    const auto executor = co_await base::asio::this_coro::executor;
    Lookers lookers{client, clock, executor, candidates, options};
    co_await lookers.run();
    co_return lookers.take();
}

}  // namespace check
