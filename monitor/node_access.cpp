#include "monitor/node_access.hpp"

#include <utility>

#include "beacon_api/node_client.hpp"

namespace monitor {
namespace {

constexpr std::chrono::milliseconds kSlotMin{50};
constexpr std::chrono::milliseconds kSlotMax = std::chrono::minutes{15};
constexpr base::WallTime kGenesisMin = std::chrono::sys_days{std::chrono::year{1970} / 1 / 1};
constexpr base::WallTime kGenesisMax = std::chrono::sys_days{std::chrono::year{2100} / 1 / 1};

class HttpStream final : public NodeAccess::OpenedStream {
  public:
    HttpStream(http::Client& client, const http::Endpoint& endpoint, sse::StreamOptions options,
               sse::StreamListener& listener)
        : stream_{client, endpoint, options, listener} {}

  private:
    sse::Stream stream_;
};

}  // namespace

base::Result<SlotTime> make_slot_time(base::WallTime genesis,
                                      std::chrono::milliseconds slot_duration,
                                      const CandidateId& source) {
    if (slot_duration < kSlotMin || slot_duration > kSlotMax) {
        return base::Error{base::ErrorCode::kOutOfRange, "slot duration"};
    }
    if (genesis < kGenesisMin || genesis > kGenesisMax) {
        return base::Error{base::ErrorCode::kOutOfRange, "genesis_time"};
    }
    return SlotTime{beacon_api::SlotClock{genesis, slot_duration}, "node " + source.name()};
}

std::unique_ptr<NodeAccess::OpenedStream> HttpNodeAccess::open(const Candidate& candidate,
                                                               std::string_view topics,
                                                               sse::StreamOptions options,
                                                               sse::StreamListener& listener) {
    http::Endpoint endpoint = candidate.endpoint;
    endpoint.url = beacon_api::events_url(endpoint.url, topics);
    return std::make_unique<HttpStream>(client_, endpoint, options, listener);
}

base::Task<base::Result<SlotTime>> HttpNodeAccess::slot_time(Candidate candidate) {
    beacon_api::NodeClient node{client_, candidate.endpoint, kRequestDeadline};
    const auto genesis = co_await node.genesis();
    if (!genesis) {
        co_return genesis.error();
    }
    const auto spec = co_await node.spec();
    if (!spec) {
        co_return spec.error();
    }
    co_return make_slot_time(genesis->time, spec->slot_duration, candidate.id);
}

base::Task<base::Result<std::string>> HttpNodeAccess::version(Candidate candidate) {
    beacon_api::NodeClient node{client_, candidate.endpoint, kRequestDeadline};
    auto answer = co_await node.version();
    co_return answer;
}

}  // namespace monitor
