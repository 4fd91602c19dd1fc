#include "config/node_options.hpp"

#include <utility>

#include "base/text.hpp"
#include "http/request.hpp"
#include "updates/node_id.hpp"

namespace config {
namespace {

base::Error bad(std::string detail) {
    return base::Error{base::ErrorCode::kBadValue, std::move(detail)};
}

base::Result<NodeSpec> parse_node(std::string_view text, std::string where) {
    std::string name;
    const auto equals = text.find('=');
    // A URL may hold '=' as well; a name never holds "://".
    const bool has_name = equals != std::string_view::npos &&
                          text.substr(0, equals).find("://") == std::string_view::npos;
    if (has_name) {
        name = text.substr(0, equals);
        text.remove_prefix(equals + 1);
        if (const auto problem = updates::find_node_name_problem(name)) {
            return bad(where + ": " + std::string{*problem});
        }
    }
    const auto url = http::Url::parse(text);
    if (!url) {
        return bad(where + ": " + url.error().detail + "; give NAME=http://HOST:PORT");
    }
    return NodeSpec{std::move(name), http::Endpoint{*url, {}, {}}, std::move(where)};
}

}  // namespace

base::Result<std::vector<NodeSpec>> parse_nodes(const std::vector<std::string>& beacon_node,
                                                std::string_view beacon_nodes) {
    std::vector<NodeSpec> nodes;
    const auto add = [&](std::string_view text, std::string where) -> base::Result<void> {
        auto node = parse_node(text, std::move(where));
        if (!node) {
            return node.error();
        }
        nodes.push_back(std::move(*node));
        return {};
    };
    for (std::size_t i = 0; i < beacon_node.size(); ++i) {
        std::string where = "--beacon-node";
        if (beacon_node.size() > 1) {
            where += " (number " + std::to_string(i + 1) + ")";
        }
        if (auto added = add(beacon_node[i], std::move(where)); !added) {
            return added.error();
        }
    }
    if (!beacon_nodes.empty()) {
        const auto urls = base::split(std::string{beacon_nodes}, ',');
        for (std::size_t i = 0; i < urls.size(); ++i) {
            std::string where = "--beacon-nodes (number " + std::to_string(i + 1) + ")";
            if (auto added = add(urls[i], std::move(where)); !added) {
                return added.error();
            }
        }
    }
    return nodes;
}

}  // namespace config
