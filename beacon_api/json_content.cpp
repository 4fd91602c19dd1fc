#include "beacon_api/json_content.hpp"

#include <simdjson.h>

#include <algorithm>
#include <string_view>
#include <vector>

namespace beacon_api {
namespace {

void append_text(std::string& out, std::string_view text) {
    out.append(std::to_string(text.size())).append(":").append(text);
}

// As deep as the parser lets a document be.
// NOLINTNEXTLINE(misc-no-recursion)
void append_value(std::string& out, const simdjson::dom::element& value) {
    simdjson::dom::object object;
    simdjson::dom::array array;
    std::string_view text;
    if (value.get(object) == simdjson::SUCCESS) {
        append_content(out, object);
    } else if (value.get(array) == simdjson::SUCCESS) {
        out += '[';
        for (const auto item : array) {
            append_value(out, item);
        }
        out += ']';
    } else if (value.get(text) == simdjson::SUCCESS) {
        append_text(out, text);
    } else {
        // A number, a flag or null.
        out.append(simdjson::minify(value)).append(",");
    }
}

}  // namespace

// NOLINTNEXTLINE(misc-no-recursion)
void append_content(std::string& out, const simdjson::dom::object& object) {
    std::vector<simdjson::dom::key_value_pair> members;
    for (const auto member : object) {
        members.push_back(member);
    }
    std::stable_sort(members.begin(), members.end(),
                     [](const auto& one, const auto& other) { return one.key < other.key; });
    out += '{';
    for (const auto& member : members) {
        append_text(out, member.key);
        append_value(out, member.value);
    }
    out += '}';
}

}  // namespace beacon_api
