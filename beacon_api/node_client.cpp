#include "beacon_api/node_client.hpp"

#include <algorithm>
#include <utility>

#include "chain/root.hpp"
#include "http/date.hpp"
#include "chain/spec.hpp"
#include "chain/sync_status.hpp"

namespace beacon_api {
namespace {

template <class T>
using Decode = base::Result<T> (*)(std::string_view json);

Exchange exchange_of(const http::Response& answer) {
    return Exchange{answer.head.status, answer.sent, answer.arrived,
                    http::parse_date(answer.head.date),
                    http::parse_retry_after(answer.head.retry_after, answer.arrived.wall)};
}

/// Sends the question and decodes the answer.
template <class T>
base::Task<base::Result<T>> ask(http::Client& client, http::Request request,
                                std::chrono::milliseconds deadline,
                                const std::function<void(const Exchange&)>& on_exchange,
                                Decode<T> decode) {
    base::Result<http::Response> answer = co_await client.fetch(std::move(request), deadline);
    if (answer && on_exchange) {
        on_exchange(exchange_of(*answer));
    }
    const base::Result<std::string> body = body_of(std::move(answer));
    if (!body) {
        co_return body.error();
    }
    co_return decode(*body);
}

}  // namespace

http::Request rest_request(const http::Endpoint& node, std::string_view path,
                           std::chrono::milliseconds deadline) {
    http::Request request;
    request.endpoint = node;
    request.endpoint.url = node.url.with_path(path);
    request.accept = "application/json";
    request.connect_timeout = std::min(request.connect_timeout, deadline);
    return request;
}

base::Result<std::string> body_of(base::Result<http::Response> answer) {
    if (!answer) {
        return answer.error();
    }
    constexpr int kOk = 200;
    if (answer->head.status != kOk) {
        return base::Error{base::ErrorCode::kHttpStatus,
                           "status " + std::to_string(answer->head.status)};
    }
    return std::move(answer->body);
}

http::Url events_url(const http::Url& node, std::string_view topics) {
    return node.with_path("/eth/v1/events", "topics=" + std::string{topics});
}

NodeClient::NodeClient(http::Client& client, http::Endpoint endpoint,
                       std::chrono::milliseconds deadline,
                       std::function<void(const Exchange&)> on_exchange)
    : client_{client},
      endpoint_{std::move(endpoint)},
      deadline_{deadline},
      on_exchange_{std::move(on_exchange)} {}

base::Task<base::Result<Genesis>> NodeClient::genesis() {
    return ask<Genesis>(client_, rest_request(endpoint_, "/eth/v1/beacon/genesis", deadline_),
                        deadline_, on_exchange_, decode_genesis);
}

base::Task<base::Result<chain::Spec>> NodeClient::spec() {
    return ask<chain::Spec>(client_, rest_request(endpoint_, "/eth/v1/config/spec", deadline_), deadline_,
                     on_exchange_, decode_spec);
}

base::Task<base::Result<chain::SyncStatus>> NodeClient::syncing() {
    return ask<chain::SyncStatus>(client_, rest_request(endpoint_, "/eth/v1/node/syncing", deadline_),
                        deadline_, on_exchange_, decode_syncing);
}

base::Task<base::Result<std::string>> NodeClient::version() {
    return ask<std::string>(client_, rest_request(endpoint_, "/eth/v1/node/version", deadline_),
                            deadline_, on_exchange_, decode_version);
}

base::Task<base::Result<BlockHeader>> NodeClient::header(std::string block_id) {
    if (block_id != "head" && !chain::parse_root(block_id, "block_id")) {
        co_return base::Error{base::ErrorCode::kBadValue, "block_id"};
    }
    const std::string path = "/eth/v1/beacon/headers/" + block_id;
    http::Request request = rest_request(endpoint_, path, deadline_);
    co_return co_await ask<BlockHeader>(client_, std::move(request), deadline_, on_exchange_,
                                        decode_block_header);
}

}  // namespace beacon_api
