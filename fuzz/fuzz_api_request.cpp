// Whatever a client sends for a target and for headers, the router and the rules of the API answer.

#include <algorithm>
#include <string>
#include <vector>

#include "api/beacon_events.hpp"
#include "api/bearer_token.hpp"
#include "api/candidate_request.hpp"
#include "api/request_rules.hpp"
#include "fuzz/target.hpp"
#include "http/router.hpp"

namespace {

constexpr std::string_view kToken = "0123456789abcdef";

http::Router make_router() {
    http::Router router;
    const auto nothing = [](http::ServerExchange&,
                            const http::RouteArguments&) -> base::Task<void> { co_return; };
    for (const char* const pattern : {"/eth/v1/events", "/v1/events", "/v1/nodes",
                                      "/v1/nodes/{name}", "/v1/nodes/{name}/ready", "/v1/slots"}) {
        router.add("GET", pattern, nothing);
    }
    router.add("PUT", "/v1/candidates", nothing);
    router.add("POST", "/lighthouse/beacon/update", nothing);
    return router;
}

/// The first line is the target, each further one a header.
struct Request {
    std::string_view target;
    std::vector<http::Header> headers;
};

Request read(std::string_view text) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    Request request{text.substr(0, end), {}};
    text.remove_prefix(std::min(end + 1, text.size()));
    while (!text.empty()) {
        const std::size_t line_end = std::min(text.find('\n'), text.size());
        const std::string_view line = text.substr(0, line_end);
        const std::size_t colon = std::min(line.find(':'), line.size());
        request.headers.push_back({std::string{line.substr(0, colon)},
                                   std::string{line.substr(std::min(colon + 1, line.size()))}});
        text.remove_prefix(std::min(line_end + 1, text.size()));
    }
    return request;
}

bool is_printable(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

void check_topics(const http::Query& query) {
    const auto topics = api::parse_topics(query);
    if (!topics) {
        fuzz::require(is_printable(topics.error().detail), "what is wrong is fit to be shown");
        return;
    }
    fuzz::require(!topics->empty() && topics->size() <= api::kTopics.size(), "each topic once");
    for (const std::string& topic : *topics) {
        fuzz::require(
            std::find(api::kTopics.begin(), api::kTopics.end(), topic) != api::kTopics.end(),
            "a topic that is taken is served");
    }
}

/// What the requests for another list of nodes say besides their bodies.
void check_candidates(const http::Router& router, const Request& request) {
    for (const char* const method : {"PUT", "POST"}) {
        const auto match = router.match(method, request.target);
        if (match.handler == nullptr) {
            continue;
        }
        http::ServerRequest sent;
        sent.headers = request.headers;
        const auto parsed = api::parse_candidate_request(sent, match.arguments.query,
                                                         api::CandidateRequest::Form::kHeadmon);
        fuzz::require(parsed || is_printable(parsed.error().detail),
                      "what is wrong with a request is fit to be shown");
        fuzz::require(!parsed || !parsed->is_dry_run || match.arguments.query.find("dry_run"),
                      "a dry run is asked for");
    }
    static const api::BearerToken token = api::BearerToken::parse(kToken).value();
    if (token.is_in(request.headers)) {
        const std::string_view sent = api::find_header(request.headers, "Authorization");
        fuzz::require(sent.find(kToken) != std::string_view::npos, "the token is in the header");
        auto headers = request.headers;
        headers.push_back({"Authorization", "Bearer " + std::string{kToken}});
        fuzz::require(!token.is_in(headers), "the token comes once");
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const http::Router router = make_router();
    const Request request = read(fuzz::as_text(data, size));
    const auto match = router.match("GET", request.target);
    fuzz::require((match.handler != nullptr) == (match.status == 200), "200 alone has a handler");
    fuzz::require(match.handler != nullptr || is_printable(match.problem),
                  "what is wrong with a target is fit to be shown");
    check_topics(match.arguments.query);
    check_candidates(router, request);
    static_cast<void>(api::accepts_event_stream(request.headers));
    if (api::is_our_host(request.headers, {})) {
        // One more host that is none of ours spoils it.
        auto headers = request.headers;
        headers.push_back({"Host", "evil.example"});
        fuzz::require(!api::is_our_host(headers, {}), "each Host must be ours");
    }
    return 0;
}
