#include "haproxy/words.hpp"

#include <algorithm>
#include <set>

namespace haproxy {
namespace {

bool is_alphanumeric(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_name_byte(char c) {
    return is_alphanumeric(c) || c == '-' || c == '_' || c == '.' || c == ':';
}

}  // namespace

std::string quote(std::string_view text) {
    std::string out{"'"};
    for (const char c : text) {
        // Nothing is special between single quotes, so a single quote goes outside of them.
        out.append(c == '\'' ? R"('\'')" : std::string(1, c));
    }
    return out + "'";
}

bool is_quotable(std::string_view text) {
    return std::none_of(text.begin(), text.end(), [](char c) {
        return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f;
    });
}

bool is_host_name(std::string_view text) {
    return !text.empty() && text.front() != '.' && text.size() < 256 &&
           std::all_of(text.begin(), text.end(),
                       [](char c) { return is_name_byte(c) && c != ':'; });
}

std::vector<std::string> server_names(const std::vector<std::string>& nodes) {
    // Names that are taken as they are come first, wherever they are in the list.
    std::set<std::string> taken;
    for (const std::string& name : nodes) {
        if (std::all_of(name.begin(), name.end(), is_name_byte)) {
            taken.insert(name);
        }
    }
    std::vector<std::string> servers;
    for (const std::string& name : nodes) {
        std::string server = name;
        if (!std::all_of(name.begin(), name.end(), is_name_byte)) {
            std::replace_if(
                server.begin(), server.end(), [](char c) { return !is_name_byte(c); }, '_');
            server += "-" + std::to_string(servers.size() + 1);
            while (!taken.insert(server).second) {
                server += "_";
            }
        }
        servers.push_back(std::move(server));
    }
    return servers;
}

}  // namespace haproxy
