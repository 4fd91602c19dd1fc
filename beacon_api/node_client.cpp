#include "beacon_api/node_client.hpp"

#include <algorithm>
#include <utility>

#include "chain/root.hpp"
#include "chain/spec.hpp"
#include "chain/sync_status.hpp"
#include "http/date.hpp"

namespace beacon_api {
namespace {

template <class T>
using Decode = base::Result<T> (*)(std::string_view json, const http::Redactor& redactor);

/// A decoder of answers that hold no text to be shown.
template <class T, base::Result<T> (*decode)(std::string_view json)>
base::Result<T> without_text(std::string_view json, const http::Redactor& /*redactor*/) {
    return decode(json);
}

Exchange exchange_of(const http::Response& answer) {
    return Exchange{answer.head.status, answer.sent, answer.arrived,
                    answer.head.is_from_cache ? std::nullopt : http::parse_date(answer.head.date),
                    answer.head.retry_after};
}

/// Sends the request and decodes the answer.
template <class T>
base::Task<RequestResult<T>> ask(http::Transport& transport, http::Request request,
                                 std::chrono::milliseconds deadline,
                                 const std::function<void(const Exchange&)>& on_exchange,
                                 Decode<T> decode) {
    const http::Redactor redactor{request.endpoint};
    http::FetchResult answer = co_await transport.fetch(std::move(request), deadline);
    if (answer && on_exchange) {
        on_exchange(exchange_of(*answer));
    }
    const RequestResult<std::string> body = body_of(std::move(answer), redactor);
    if (!body) {
        co_return body.error();
    }
    auto decoded = decode(*body, redactor);
    if (!decoded) {
        co_return request_error(decoded.error());
    }
    co_return std::move(*decoded);
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

RequestResult<std::string> body_of(http::FetchResult answer, const http::Redactor& redactor) {
    if (!answer) {
        return request_error(answer.error());
    }
    constexpr int kOk = 200;
    if (answer->head.status != kOk) {
        return RequestError{base::ErrorCode::kHttpStatus,
                            answer->head.status,
                            {},
                            decode_refusal(answer->body, redactor)};
    }
    return std::move(answer->body);
}

NodeClient::NodeClient(http::Transport& transport, http::Endpoint endpoint,
                       std::chrono::milliseconds deadline,
                       std::function<void(const Exchange&)> on_exchange)
    : transport_{transport},
      endpoint_{std::move(endpoint)},
      deadline_{deadline},
      on_exchange_{std::move(on_exchange)} {}

base::Task<RequestResult<Genesis>> NodeClient::genesis() {
    return ask<Genesis>(transport_, rest_request(endpoint_, "/eth/v1/beacon/genesis", deadline_),
                        deadline_, on_exchange_, without_text<Genesis, decode_genesis>);
}

base::Task<RequestResult<chain::Spec>> NodeClient::spec() {
    return ask<chain::Spec>(transport_, rest_request(endpoint_, "/eth/v1/config/spec", deadline_),
                            deadline_, on_exchange_, decode_shown_spec);
}

base::Task<RequestResult<chain::SyncStatus>> NodeClient::syncing() {
    return ask<chain::SyncStatus>(
        transport_, rest_request(endpoint_, "/eth/v1/node/syncing", deadline_), deadline_,
        on_exchange_, without_text<chain::SyncStatus, decode_syncing>);
}

base::Task<RequestResult<std::string>> NodeClient::version() {
    return ask<std::string>(transport_, rest_request(endpoint_, "/eth/v1/node/version", deadline_),
                            deadline_, on_exchange_, decode_shown_version);
}

base::Task<RequestResult<BlockHeader>> NodeClient::header(std::string block_id) {
    if (block_id != "head" && !chain::parse_root(block_id, "block_id")) {
        co_return RequestError{base::ErrorCode::kBadValue, 0, {}, "block_id"};
    }
    const std::string path = "/eth/v1/beacon/headers/" + block_id;
    http::Request request = rest_request(endpoint_, path, deadline_);
    co_return co_await ask<BlockHeader>(transport_, std::move(request), deadline_, on_exchange_,
                                        without_text<BlockHeader, decode_block_header>);
}

}  // namespace beacon_api
