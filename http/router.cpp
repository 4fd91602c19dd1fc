#include "http/router.hpp"

#include <algorithm>
#include <cassert>
#include <optional>
#include <stdexcept>
#include <utility>

namespace http {
namespace {

/// A target in absolute form (RFC 9112, section 3.2.2) names the server as well: cut off.
std::string_view without_origin(std::string_view target) {
    for (const std::string_view scheme : {"http://", "https://"}) {
        if (target.starts_with(scheme)) {
            const std::size_t path = target.find_first_of("/?", scheme.size());
            return target.substr(std::min(path, target.size()));
        }
    }
    return target;
}

/// Cuts "/a/b" at its slashes. Nothing when it has too many, or does not begin with one.
std::optional<std::vector<std::string_view>> split_path(std::string_view path) {
    if (!path.starts_with('/')) {
        return std::nullopt;
    }
    std::vector<std::string_view> segments;
    while (!path.empty()) {
        if (segments.size() == kPathSegmentsMax) {
            return std::nullopt;
        }
        const std::size_t end = std::min(path.find('/', 1), path.size());
        segments.push_back(path.substr(1, end - 1));
        path.remove_prefix(end);
    }
    return segments;
}

Router::Match rejected(int status, std::string problem) {
    Router::Match match;
    match.status = status;
    match.problem = std::move(problem);
    return match;
}

}  // namespace

const std::string& RouteArguments::path_value(std::string_view name) const {
    const auto found = std::find_if(path.begin(), path.end(),
                                    [name](const PathParameter& one) { return one.name == name; });
    assert(found != path.end());
    return found->value;
}

std::vector<Router::Segment> Router::parse_pattern(std::string_view pattern) {
    const auto parts = split_path(pattern);
    if (!parts) {
        throw std::invalid_argument{
            "a route's pattern begins with '/' and has at most 16 segments"};
    }
    std::vector<Segment> segments;
    for (const std::string_view part : *parts) {
        const bool is_parameter = part.starts_with('{') && part.ends_with('}');
        const std::string_view text = is_parameter ? part.substr(1, part.size() - 2) : part;
        if (text.find_first_of("{}") != std::string_view::npos || (is_parameter && text.empty())) {
            throw std::invalid_argument{"a route's segment is a text or a {name}"};
        }
        segments.push_back(Segment{is_parameter, std::string{text}});
    }
    return segments;
}

void Router::add(std::string method, std::string_view pattern, RouteHandler handler) {
    std::vector<Segment> segments = parse_pattern(pattern);
    auto route = std::find_if(routes_.begin(), routes_.end(),
                              [&](const Route& one) { return one.segments == segments; });
    if (route == routes_.end()) {
        route = routes_.insert(routes_.end(), Route{std::move(segments), {}});
    }
    if (!route->handlers.emplace(std::move(method), std::move(handler)).second) {
        throw std::invalid_argument{"a route has one handler for each method"};
    }
}

bool Router::matches(const Route& route, const std::vector<std::string>& path) {
    return std::equal(route.segments.begin(), route.segments.end(), path.begin(), path.end(),
                      [](const Segment& segment, const std::string& text) {
                          return segment.is_parameter ? !text.empty() : segment.text == text;
                      });
}

const Router::Route* Router::find_route(const std::vector<std::string>& path) const {
    const auto is_more_exact = [](const Route& one, const Route& other) {
        return std::lexicographical_compare(
            one.segments.begin(), one.segments.end(), other.segments.begin(), other.segments.end(),
            [](const Segment& a, const Segment& b) { return !a.is_parameter && b.is_parameter; });
    };
    const Route* best = nullptr;
    for (const Route& route : routes_) {
        if (matches(route, path) && (best == nullptr || is_more_exact(route, *best))) {
            best = &route;
        }
    }
    return best;
}

Router::Match Router::match(std::string_view method, std::string_view target) const {
    target = without_origin(target);
    const std::size_t query_at = std::min(target.find('?'), target.size());
    const auto segments = split_path(target.substr(0, query_at));
    if (!segments) {
        return rejected(404, "not found");
    }
    std::vector<std::string> path;
    for (const std::string_view segment : *segments) {
        auto decoded = decode_component(segment);
        if (!decoded) {
            return rejected(400, decoded.error().detail);
        }
        path.push_back(std::move(*decoded));
    }
    const Route* const route = find_route(path);
    if (route == nullptr) {
        return rejected(404, "not found");
    }
    const bool is_head = method == "HEAD" && !route->handlers.contains(method);
    const auto handler = route->handlers.find(is_head ? std::string_view{"GET"} : method);
    if (handler == route->handlers.end()) {
        Match match = rejected(405, "method not allowed");
        for (const auto& [known, unused] : route->handlers) {
            match.allow += (match.allow.empty() ? "" : ", ") + known;
            match.allow += known == "GET" && !route->handlers.contains("HEAD") ? ", HEAD" : "";
        }
        return match;
    }
    auto query = Query::parse(target.substr(std::min(query_at + 1, target.size())));
    if (!query) {
        return rejected(400, query.error().detail);
    }
    Match match;
    match.handler = &handler->second;
    match.arguments.query = std::move(*query);
    for (std::size_t i = 0; i < path.size(); ++i) {
        if (route->segments[i].is_parameter) {
            match.arguments.path.push_back({route->segments[i].text, std::move(path[i])});
        }
    }
    return match;
}

base::Task<void> Router::operator()(ServerExchange& exchange) const {
    Match found = match(exchange.request().method, exchange.request().target);
    if (found.handler != nullptr) {
        co_await (*found.handler)(exchange, found.arguments);
        co_return;
    }
    std::vector<Header> headers;
    if (!found.allow.empty()) {
        headers.push_back(Header{"Allow", std::move(found.allow)});
    }
    co_await exchange.respond_error(found.status, std::move(found.problem), std::move(headers));
}

}  // namespace http
