#include "config/block_explorer.hpp"

#include <algorithm>
#include <string>

#include "http/url.hpp"

namespace config {

bool is_block_explorer(std::string_view text) {
    constexpr std::size_t kBytesMax = 1024;
    constexpr std::string_view kNoUrlHas = "\"<>\\^`|";
    const bool is_plain = std::all_of(text.begin(), text.end(), [&](char c) {
        return c > ' ' && c < '\x7f' && kNoUrlHas.find(c) == std::string_view::npos;
    });
    if (!is_plain || text.size() > kBytesMax) {
        return false;
    }
    std::string filled{text};
    bool has_place = false;
    for (const std::string_view place : {"{slot}", "{root}"}) {
        for (auto at = filled.find(place); at != std::string::npos; at = filled.find(place)) {
            filled.replace(at, place.size(), "1");
            has_place = true;
        }
    }
    const auto url = http::Url::parse_whole(filled);
    const bool has_rest = filled.find_first_of("{}@") != std::string::npos;
    return has_place && !has_rest && url;
}

}  // namespace config
