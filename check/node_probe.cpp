#include "check/node_probe.hpp"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <utility>

#include "beacon_api/node_client.hpp"
#include "check/topic_probe.hpp"

namespace check {
namespace {

using std::chrono::milliseconds;

/// One answer takes no longer.
constexpr milliseconds kRestDeadlineMax{5000};
constexpr milliseconds kConnectMax{3000};
constexpr milliseconds kHeaderMax{1500};

/// One node, from its requests to its streams. Lives until they have ended.
class NodeProbe {
  public:
    NodeProbe(http::Client& client, beacon_api::EventDecoder& decoder, base::Clock& clock,
              const monitor::Candidate& candidate, const ProbeOptions& options, NodeReport& report)
        : client_{client},
          decoder_{decoder},
          clock_{clock},
          endpoint_{candidate.endpoint},
          options_{options},
          report_{report},
          // A request ends before the probe does, so that it can say why.
          node_{client, candidate.endpoint, std::min(kRestDeadlineMax, options.timeout * 9 / 10),
                [this](const beacon_api::Exchange& exchange) {
                    report_.exchanges.push_back(exchange);
                }} {}

    base::Task<void> run() {
        co_await base::run_all(request_genesis(), request_spec(), request_version(),
                               request_syncing(), request_head(), probe_streams());
        const TopicProbe* const probe = report_.working_topics();
        const bool is_silent = probe == nullptr || probe->state != TopicProbe::State::kDelivered;
        if (report_.waited && is_silent && report_.head.result) {
            report_.head_after_wait = co_await node_.header("head");
        }
    }

  private:
    base::Task<void> request_genesis() { report_.genesis.result = co_await node_.genesis(); }
    base::Task<void> request_spec() { report_.spec.result = co_await node_.spec(); }
    base::Task<void> request_version() { report_.version.result = co_await node_.version(); }
    base::Task<void> request_syncing() { report_.syncing.result = co_await node_.syncing(); }
    base::Task<void> request_head() {
        auto result = co_await node_.header("head");
        report_.head_at = clock_.instant();
        report_.head.result = std::move(result);
    }

    base::Task<void> probe_streams() {
        ProbeLimits limits;
        limits.connect = std::min(kConnectMax, options_.timeout / 2);
        limits.header = std::min(kHeaderMax, options_.timeout / 6);
        limits.settle = std::min(limits.settle, options_.timeout / 10);
        if (options_.wait) {
            limits.head_wait = [this] { return head_wait(); };
        }
        co_await probe_topics(client_, decoder_, clock_, endpoint_, std::move(limits),
                              report_.topic_probes);
    }

    base::Duration head_wait() {
        const auto chain = chain_of(report_);
        const milliseconds slot =
            chain ? chain->slot_duration.value_or(options_.slot_duration) : options_.slot_duration;
        report_.waited = std::min<base::Duration>(2 * slot, kHeadWaitMax);
        return *report_.waited;
    }

    http::Client& client_;
    beacon_api::EventDecoder& decoder_;
    base::Clock& clock_;
    http::Endpoint endpoint_;
    const ProbeOptions& options_;
    NodeReport& report_;
    beacon_api::NodeClient node_;
};

}  // namespace

base::Task<std::vector<NodeReport>> probe_nodes(http::Client& client, base::Clock& clock,
                                                std::vector<monitor::Candidate> candidates,
                                                ProbeOptions options) {
    std::vector<NodeReport> reports;
    reports.reserve(candidates.size());
    for (const monitor::Candidate& candidate : candidates) {
        reports.emplace_back(candidate.id, candidate.endpoint.url.origin());
        reports.back().checks_network = candidate.checks_network;
    }
    beacon_api::EventDecoder decoder;
    std::vector<std::unique_ptr<NodeProbe>> probes;
    std::vector<base::Task<void>> tasks;
    for (std::size_t i = 0; i < candidates.size(); ++i) {
        probes.push_back(std::make_unique<NodeProbe>(client, decoder, clock, candidates[i], options,
                                                     reports[i]));
        tasks.push_back(probes.back()->run());
    }
    const base::Duration wait = options.wait ? kHeadWaitMax + options.timeout : base::Duration{};
    const base::MonoTime end = clock.now() + options.timeout + wait;
    co_await base::run_first(base::run_all(std::move(tasks)), clock.sleep_until(end));
    for (NodeReport& report : reports) {
        judge_doubtful_refusals(report.topic_probes);
    }
    co_return reports;
}

}  // namespace check
