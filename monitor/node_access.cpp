#include "monitor/node_access.hpp"

#include <utility>

#include "beacon_api/node_client.hpp"
#include "chain/spec.hpp"

namespace monitor {
namespace {

class HttpStream final : public NodeAccess::OpenedStream {
  public:
    HttpStream(http::Client& client, const http::Endpoint& endpoint, sse::StreamOptions options,
               sse::StreamListener& listener)
        : stream_{client, endpoint, options, listener} {}

  private:
    sse::Stream stream_;
};

base::Task<base::Result<Identity>> identity_of(beacon_api::NodeClient& node) {
    const auto genesis = co_await node.genesis();
    if (!genesis) {
        co_return genesis.error();
    }
    auto spec = co_await node.spec();
    if (!spec) {
        co_return spec.error();
    }
    const ChainIdentity chain{genesis->time, spec->slot_duration, genesis->validators_root};
    if (const std::string_view problem = find_problem(chain); !problem.empty()) {
        co_return base::Error{base::ErrorCode::kOutOfRange, std::string{problem}};
    }
    Identity identity{chain, std::move(*spec)};
    co_return identity;
}

template <class T>
base::Result<RestAnswer::Value> widen(base::Result<T> result) {
    if (!result) {
        return result.error();
    }
    return RestAnswer::Value{std::move(*result)};
}

}  // namespace

std::string_view find_problem(const ChainIdentity& identity) {
    if (identity.slot_duration < chain::kSlotDurationMin ||
        identity.slot_duration > chain::kSlotDurationMax) {
        return "slot duration";
    }
    if (identity.genesis_time < chain::kGenesisMin || identity.genesis_time > chain::kGenesisMax) {
        return "genesis_time";
    }
    return "";
}

std::unique_ptr<NodeAccess::OpenedStream> HttpNodeAccess::open(const Candidate& candidate,
                                                               std::string_view topics,
                                                               sse::StreamOptions options,
                                                               sse::StreamListener& listener) {
    http::Endpoint endpoint = candidate.endpoint;
    endpoint.url = beacon_api::events_url(endpoint.url, topics);
    return std::make_unique<HttpStream>(client_, endpoint, options, listener);
}

base::Task<RestAnswer> HttpNodeAccess::request(Candidate candidate, RestRequest request) {
    RestAnswer answer{base::Error{base::ErrorCode::kCancelled, ""}, {}};
    const auto on_exchange = [&](const beacon_api::Exchange& exchange) {
        answer.exchanges.push_back(exchange);
    };
    beacon_api::NodeClient node{client_, candidate.endpoint, kRequestDeadline, on_exchange};
    switch (request.kind) {
        case RestRequest::Kind::kIdentity: {
            auto result = co_await identity_of(node);
            answer.result = widen(std::move(result));
            break;
        }
        case RestRequest::Kind::kVersion: {
            auto result = co_await node.version();
            answer.result = widen(std::move(result));
            break;
        }
        case RestRequest::Kind::kSyncing: {
            auto result = co_await node.syncing();
            answer.result = widen(std::move(result));
            break;
        }
        case RestRequest::Kind::kHead: {
            auto result = co_await node.header("head");
            answer.result = widen(std::move(result));
            break;
        }
        case RestRequest::Kind::kHeader: {
            auto result = co_await node.header(to_string(request.root));
            // A node may be wrong, or mean us ill.
            if (result && result->root != request.root) {
                result = base::Error{base::ErrorCode::kBadValue, "the header of another block"};
            }
            answer.result = widen(std::move(result));
            break;
        }
    }
    co_return answer;
}

}  // namespace monitor
