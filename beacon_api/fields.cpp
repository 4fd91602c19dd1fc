#include "beacon_api/fields.hpp"

#include <simdjson.h>

#include <charconv>
#include <limits>
#include <string>

namespace beacon_api {

using base::Error;
using base::ErrorCode;

base::Result<simdjson::dom::object> parse_object(simdjson::dom::parser& parser,
                                                 std::string_view json, std::size_t bytes_max,
                                                 std::string_view name) {
    if (json.size() > bytes_max) {
        return Error{ErrorCode::kTooLong, std::string{name}};
    }
    simdjson::dom::object object;
    // simdjson copies its input with memcpy, which may not be given the null pointer of an empty
    // view.
    if (json.empty() || parser.parse(json.data(), json.size()).get(object)) {
        return Error{ErrorCode::kMalformedJson, std::string{name}};
    }
    return object;
}

base::Result<simdjson::dom::object> read_object(const simdjson::dom::object& object,
                                                std::string_view name) {
    simdjson::dom::object member;
    if (object[name].get(member)) {
        return Error{ErrorCode::kMissingField, std::string{name}};
    }
    return member;
}

std::uint64_t Fields::number(std::string_view name) {
    return number(name, 0, std::numeric_limits<std::uint64_t>::max());
}

std::uint64_t Fields::number(std::string_view name, std::uint64_t least, std::uint64_t most) {
    std::string_view digits;
    if (object_[name].get(digits)) {
        fail(ErrorCode::kMissingField, name);
        return least;
    }
    std::uint64_t value = 0;
    const char* const end = digits.data() + digits.size();
    const bool is_number =
        std::from_chars(digits.data(), end, value) == std::from_chars_result{end, std::errc{}};
    if (!is_number || value < least || value > most) {
        fail(ErrorCode::kOutOfRange, name);
        return least;
    }
    return value;
}

std::optional<std::uint64_t> Fields::optional_number(std::string_view name, std::uint64_t least,
                                                     std::uint64_t most) {
    if (!has(name)) {
        return std::nullopt;
    }
    return number(name, least, most);
}

chain::Root Fields::root(std::string_view name) {
    std::string_view hex;
    if (object_[name].get(hex)) {
        fail(ErrorCode::kMissingField, name);
        return {};
    }
    const auto root = chain::parse_root(hex, name);
    if (!root) {
        fail(root.error().code, name);
        return {};
    }
    return *root;
}

std::optional<chain::Root> Fields::root_if_valid(std::string_view name) const {
    std::string_view hex;
    if (object_[name].get(hex)) {
        return std::nullopt;
    }
    const auto root = chain::parse_root(hex, name);
    return root ? std::optional{*root} : std::nullopt;
}

bool Fields::flag(std::string_view name) {
    bool value = false;
    if (object_[name].get(value)) {
        fail(ErrorCode::kMissingField, name);
    }
    return value;
}

bool Fields::flag_or_false(std::string_view name) {
    return has(name) && flag(name);
}

std::string_view Fields::text(std::string_view name) {
    std::string_view value;
    if (object_[name].get(value)) {
        fail(ErrorCode::kMissingField, name);
    }
    return value;
}

std::optional<std::string_view> Fields::optional_text(std::string_view name) {
    if (!has(name)) {
        return std::nullopt;
    }
    return text(name);
}

bool Fields::has(std::string_view name) const {
    simdjson::dom::element member;
    return !object_[name].get(member) && !member.is_null();
}

void Fields::fail(base::ErrorCode code, std::string_view name) {
    if (!error_) {
        error_ = Error{code, std::string{name}};
    }
}

}  // namespace beacon_api
