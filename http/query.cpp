#include "http/query.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace http {
namespace {

/// The byte of two hex digits, or nothing.
std::optional<char> hex_byte(std::string_view digits) {
    unsigned value = 0;
    const char* const end = digits.data() + digits.size();
    if (digits.size() != 2 ||
        std::from_chars(digits.data(), end, value, 16) != std::from_chars_result{end, {}}) {
        return std::nullopt;
    }
    return static_cast<char>(value);
}

bool is_control(char c) {
    return static_cast<unsigned char>(c) < ' ' || c == '\x7f';
}

base::Result<std::string> decode(std::string_view text, bool is_form) {
    if (text.size() > kComponentBytesMax) {
        return base::Error{base::ErrorCode::kTooLong, "a part of the target is too long"};
    }
    std::string decoded;
    decoded.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        char c = text[i];
        if (c == '%') {
            const auto byte = hex_byte(text.substr(i + 1, 2));
            if (!byte) {
                return base::Error{base::ErrorCode::kBadValue, "a broken percent escape"};
            }
            c = *byte;
            i += 2;
        } else if (c == '+' && is_form) {
            c = ' ';
        }
        if (is_control(c)) {
            return base::Error{base::ErrorCode::kBadValue, "a control character in the target"};
        }
        decoded += c;
    }
    return decoded;
}

}  // namespace

base::Result<std::string> decode_component(std::string_view text) {
    return decode(text, false);
}

base::Result<Query> Query::parse(std::string_view text) {
    Query query;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('&'), text.size());
        const std::string_view one = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (one.empty()) {
            continue;
        }
        if (query.parameters_.size() == kQueryParametersMax) {
            return base::Error{base::ErrorCode::kTooLong, "too many query parameters"};
        }
        const std::size_t equals = std::min(one.find('='), one.size());
        auto name = decode(one.substr(0, equals), true);
        if (!name) {
            return name.error();
        }
        auto value = decode(one.substr(std::min(equals + 1, one.size())), true);
        if (!value) {
            return value.error();
        }
        query.parameters_.push_back(Parameter{std::move(*name), std::move(*value)});
    }
    return query;
}

std::optional<std::string_view> Query::find(std::string_view name) const {
    const auto found =
        std::find_if(parameters_.begin(), parameters_.end(),
                     [name](const Parameter& parameter) { return parameter.name == name; });
    return found == parameters_.end() ? std::nullopt
                                      : std::optional<std::string_view>{found->value};
}

std::vector<std::string_view> Query::find_all(std::string_view name) const {
    std::vector<std::string_view> values;
    for (const Parameter& parameter : parameters_) {
        if (parameter.name == name) {
            values.push_back(parameter.value);
        }
    }
    return values;
}

}  // namespace http
