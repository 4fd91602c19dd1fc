#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/task.hpp"
#include "http/query.hpp"
#include "http/server_exchange.hpp"

namespace http {

/// A path with more segments is nowhere.
inline constexpr std::size_t kPathSegmentsMax = 16;

/// What a request's target holds besides the route that it names.
struct RouteArguments {
    struct PathParameter {
        /// As in the pattern, without the braces.
        std::string name;
        /// Percent-decoded, never empty.
        std::string value;
    };

    std::vector<PathParameter> path;
    Query query;

    /// The value of a parameter that the route's pattern has.
    [[nodiscard]] const std::string& path_value(std::string_view name) const;
};

/// Finds the handler of a request by its method and path. A Router is the `Handler` of a Server.
///
/// A path is compared segment by segment, percent-decoded; "." and ".." are segments like others,
/// and a trailing slash makes another path. Where several patterns match, an exact segment goes
/// before a parameter, from left to right. HEAD is answered by GET's handler. A target that cannot
/// be decoded gets a 400, an unknown path a 404, and a method that the path does not have a 405
/// with `Allow`, each in the server's form of errors.
class Router {
  public:
    /// `arguments` live until the handler's task ends.
    using RouteHandler =
        std::function<base::Task<void>(ServerExchange& exchange, const RouteArguments& arguments)>;

    /// The outcome of matching: a handler with its arguments, or the status of the rejection.
    struct Match {
        /// Null unless the status is 200. Lives as long as the router.
        const RouteHandler* handler = nullptr;
        RouteArguments arguments;
        int status = 200;
        /// For people: why the status is no 200.
        std::string problem;
        /// With a 405: the methods that the path has, "GET, HEAD".
        std::string allow;
    };

    /// `pattern` begins with '/'; a segment `{name}` takes any segment that is not empty. Throws
    /// std::invalid_argument when the pattern is malformed or has a handler for that method.
    void add(std::string method, std::string_view pattern, RouteHandler handler);

    /// Pure.
    [[nodiscard]] Match match(std::string_view method, std::string_view target) const;

    /// Answers the exchange's request. The router outlives the task.
    [[nodiscard]] base::Task<void> operator()(ServerExchange& exchange) const;

  private:
    struct Segment {
        bool is_parameter = false;
        /// The parameter's name, or the text that the path has there.
        std::string text;

        friend bool operator==(const Segment&, const Segment&) = default;
    };
    struct Route {
        std::vector<Segment> segments;
        std::map<std::string, RouteHandler, std::less<>> handlers;
    };

    [[nodiscard]] static std::vector<Segment> parse_pattern(std::string_view pattern);
    [[nodiscard]] static bool matches(const Route& route, const std::vector<std::string>& path);
    [[nodiscard]] const Route* find_route(const std::vector<std::string>& path) const;

    std::vector<Route> routes_;
};

}  // namespace http
