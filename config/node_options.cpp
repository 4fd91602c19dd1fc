#include "config/node_options.hpp"

#include <utility>

#include "base/text.hpp"
#include "http/request.hpp"
#include "updates/node_id.hpp"

namespace config {
namespace {

/// `advice`: what the option takes.
base::Result<NodeSpec> parse_node(std::string_view text, std::string where,
                                  std::string_view advice) {
    std::string name;
    const auto equals = text.find('=');
    // A URL may hold '=' as well; a name never holds "://".
    const bool has_name = equals != std::string_view::npos &&
                          text.substr(0, equals).find("://") == std::string_view::npos;
    if (has_name) {
        name = text.substr(0, equals);
        text.remove_prefix(equals + 1);
        if (const auto problem = updates::find_node_name_problem(name)) {
            return base::bad_value(where + ": " + std::string{*problem});
        }
    }
    const auto url = http::Url::parse(text);
    if (!url) {
        return base::bad_value(where + ": " + url.error().detail + "; " + std::string{advice});
    }
    return NodeSpec{std::move(name), http::Endpoint{*url, {}, {}}, std::move(where)};
}

/// The items between commas, without the blanks around them, and without an empty one at the end.
std::vector<std::string> split_list(std::string_view text) {
    std::vector<std::string> items = base::split(text, ',');
    for (std::string& item : items) {
        item = std::string{base::trimmed(item)};
    }
    if (items.back().empty()) {
        items.pop_back();
    }
    return items;
}

}  // namespace

base::Result<std::vector<NodeSpec>> parse_nodes(const std::vector<std::string>& beacon_node,
                                                std::string_view beacon_nodes) {
    std::vector<NodeSpec> nodes;
    const auto add = [&](std::string_view text, std::string where,
                         std::string_view advice) -> base::Result<void> {
        auto node = parse_node(text, std::move(where), advice);
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
        if (auto added = add(beacon_node[i], std::move(where), "give NAME=http://HOST:PORT");
            !added) {
            return added.error();
        }
    }
    const std::vector<std::string> urls = split_list(beacon_nodes);
    for (std::size_t i = 0; i < urls.size(); ++i) {
        std::string where = "--beacon-nodes (number " + std::to_string(i + 1) + ")";
        if (auto added = add(urls[i], std::move(where),
                             "give http://HOST:PORT, and a comma before the next one");
            !added) {
            return added.error();
        }
    }
    return nodes;
}

}  // namespace config
