#include "monitor/node_access.hpp"

#include <utility>

#include "beacon_api/event_stream.hpp"
#include "beacon_api/node_client.hpp"
#include "chain/network.hpp"
#include "chain/spec.hpp"

namespace monitor {
namespace {

class HttpStream final : public NodeAccess::OpenedStream {
  public:
    HttpStream(http::Transport& transport, beacon_api::EventDecoder& decoder,
               const http::Endpoint& node, std::string_view topics, sse::StreamOptions options,
               beacon_api::EventStreamListener& listener)
        : stream_{transport, decoder, node, topics, options, listener} {}

  private:
    beacon_api::EventStream stream_;
};

base::Task<base::Result<Identity>> identity_of(beacon_api::NodeClient& node) {
    const auto genesis = co_await node.genesis();
    if (!genesis) {
        co_return beacon_api::base_error(genesis.error());
    }
    const auto spec = co_await node.spec();
    Identity identity{make_identity(*genesis, spec ? &*spec : nullptr), chain::Spec{}};
    if (spec) {
        identity.spec = *spec;
    } else {
        identity.spec = beacon_api::base_error(spec.error());
    }
    co_return identity;
}

template <class T>
base::Result<RestAnswer::Value> widen(base::Result<T> result) {
    if (!result) {
        return result.error();
    }
    return RestAnswer::Value{std::move(*result)};
}

template <class T>
base::Result<RestAnswer::Value> widen(beacon_api::RequestResult<T> result) {
    if (!result) {
        return beacon_api::base_error(result.error());
    }
    return RestAnswer::Value{std::move(*result)};
}

}  // namespace

ChainIdentity make_identity(const beacon_api::Genesis& genesis, const chain::Spec* spec) {
    ChainIdentity identity{genesis.time, std::nullopt, genesis.validators_root};
    if (const auto* const known = chain::find_network(genesis.validators_root)) {
        identity.slot_duration = known->clock.slot_duration();
    } else if (spec != nullptr) {
        identity.slot_duration = spec->slot_duration;
    }
    return identity;
}

std::unique_ptr<NodeAccess::OpenedStream> HttpNodeAccess::open(
    const Candidate& candidate, std::string_view topics, sse::StreamOptions options,
    beacon_api::EventStreamListener& listener) {
    return std::make_unique<HttpStream>(transport_, decoder_, candidate.endpoint, topics, options,
                                        listener);
}

base::Task<RestAnswer> HttpNodeAccess::request(Candidate candidate, RestRequest request) {
    RestAnswer answer{base::Error{base::ErrorCode::kCancelled, ""}, {}};
    const auto on_exchange = [&](const beacon_api::Exchange& exchange) {
        answer.exchanges.push_back(exchange);
    };
    beacon_api::NodeClient node{transport_, candidate.endpoint, kRequestDeadline, on_exchange};
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
                result = beacon_api::RequestError{
                    base::ErrorCode::kBadValue, 0, {}, "the header of another block"};
            }
            answer.result = widen(std::move(result));
            break;
        }
    }
    co_return answer;
}

}  // namespace monitor
