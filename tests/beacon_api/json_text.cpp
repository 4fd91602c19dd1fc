#include "tests/beacon_api/json_text.hpp"

#include <stdexcept>

namespace tests {
namespace {

std::size_t find_name(std::string_view json, std::string_view name) {
    const std::size_t place = json.find('"' + std::string{name} + "\":");
    if (place == std::string_view::npos) {
        throw std::runtime_error{"no member " + std::string{name}};
    }
    return place;
}

/// Where the JSON value that begins at `from` ends.
std::size_t end_of_value(std::string_view json, std::size_t from) {
    int depth = 0;
    bool in_string = false;
    for (std::size_t i = from; i < json.size(); ++i) {
        const char c = json[i];
        if (c == '"') {
            in_string = !in_string;
        } else if (in_string) {
            continue;
        } else if (depth == 0 && (c == ',' || c == '}' || c == ']')) {
            return i;
        } else if (c == '{' || c == '[') {
            ++depth;
        } else if (c == '}' || c == ']') {
            --depth;
        }
    }
    throw std::runtime_error{"value without end"};
}

}  // namespace

std::string with_member(std::string_view json, std::string_view name, std::string_view value) {
    const std::size_t begin = find_name(json, name) + name.size() + 3;
    const std::size_t end = end_of_value(json, begin);
    return std::string{json.substr(0, begin)} + std::string{value} + std::string{json.substr(end)};
}

std::string without_member(std::string_view json, std::string_view name) {
    std::string text{json};
    text.insert(find_name(json, name) + 1, "not_");
    return text;
}

}  // namespace tests
