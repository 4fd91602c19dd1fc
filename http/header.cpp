#include "http/header.hpp"

#include <algorithm>
#include <locale>

#include <boost/algorithm/string/predicate.hpp>

namespace http {

bool is_header(std::string_view name, std::string_view value) {
    constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
    const auto is_token = [&](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               kMarks.find(c) != std::string_view::npos;
    };
    const auto is_control = [](char c) {
        return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f;
    };
    return !name.empty() && std::all_of(name.begin(), name.end(), is_token) &&
           std::none_of(value.begin(), value.end(), is_control);
}

bool is_same_word(std::string_view text, std::string_view word) {
    return boost::algorithm::iequals(text, word, std::locale::classic());
}

}  // namespace http
