#include "config/node_names.hpp"

#include <unistd.h>

#include <array>
#include <fstream>
#include <map>
#include <utility>

#include <boost/uuid/name_generator_sha1.hpp>
#include <boost/uuid/nil_generator.hpp>
#include <boost/uuid/uuid_io.hpp>

#include "updates/node_id.hpp"

namespace config {
namespace {

std::string short_hash(std::string_view salt, const http::Url& url) {
    const auto name_space =
        boost::uuids::name_generator_sha1{boost::uuids::nil_uuid()}(salt.data(), salt.size());
    const std::string& text = url.secret_text();
    const auto hash = boost::uuids::name_generator_sha1{name_space}(text.data(), text.size());
    return boost::uuids::to_string(hash).substr(0, 4);
}

/// For a node that was given no name.
constexpr const char* kHowToName = " (--beacon-node NAME=URL, or name in a config file)";

base::Error bad(const std::string& where, const std::string& problem) {
    return base::Error{base::ErrorCode::kBadValue, where + ": " + problem};
}

}  // namespace

base::Result<std::vector<NodeSpec>> give_names(std::vector<NodeSpec> specs, std::string_view salt) {
    std::map<std::string, int> uses;
    for (const NodeSpec& spec : specs) {
        ++uses[spec.name.empty() ? spec.endpoint.url.host_and_port() : spec.name];
    }
    std::map<std::string, std::string> seen;
    for (NodeSpec& spec : specs) {
        std::string name = spec.name;
        const bool is_unnamed = name.empty();
        if (is_unnamed) {
            name = spec.endpoint.url.host_and_port();
            if (uses[name] > 1) {
                name += "#" + short_hash(salt, spec.endpoint.url);
            }
        }
        if (const auto problem = updates::find_node_name_problem(name)) {
            return bad(spec.where, std::string{*problem} + (is_unnamed ? kHowToName : ""));
        }
        const auto [first, is_new] = seen.emplace(name, spec.where);
        if (!is_new) {
            return bad(spec.where,
                       "a second node named \"" + name + "\" (the first: " + first->second + "); " +
                           (is_unnamed ? "leave one out, or give it a name" : "") +
                           (is_unnamed ? kHowToName : "give each node a name of its own"));
        }
        spec.name = std::move(name);
    }
    return specs;
}

std::vector<monitor::Candidate> make_candidates(std::vector<NodeSpec> named) {
    std::vector<monitor::Candidate> candidates;
    candidates.reserve(named.size());
    for (NodeSpec& spec : named) {
        candidates.push_back(monitor::Candidate{updates::NodeId{spec.name},
                                                std::move(spec.endpoint), spec.liveness,
                                                spec.checks_network});
    }
    return candidates;
}

base::Result<std::vector<monitor::Candidate>> name_nodes(std::vector<NodeSpec> specs,
                                                         std::string_view salt) {
    auto named = give_names(std::move(specs), salt);
    if (!named) {
        return named.error();
    }
    return make_candidates(std::move(*named));
}

std::string machine_salt() {
    std::string id;
    if (std::ifstream file{"/etc/machine-id"}; file && std::getline(file, id) && !id.empty()) {
        return "headmon " + id;
    }
    std::array<char, 256> host{};
    (void)::gethostname(host.data(), host.size() - 1);
    return std::string{"headmon "} + host.data();
}

}  // namespace config
