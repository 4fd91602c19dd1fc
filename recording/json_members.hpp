// Private to the reading of entries: pulls in simdjson.
#pragma once

#include <simdjson.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "updates/node_id.hpp"

namespace recording {

/// Bytes of a text in which each character is one. Nothing where one is none.
inline std::optional<std::string> text_as_bytes(std::string_view text) {
    std::string bytes;
    bytes.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto first = static_cast<unsigned char>(text[i]);
        if (first < 0x80) {
            bytes += text[i];
            continue;
        }
        // U+0080 to U+00FF alone; simdjson has checked that it is UTF-8.
        if ((first != 0xC2 && first != 0xC3) || i + 1 == text.size()) {
            return std::nullopt;
        }
        const auto second = static_cast<unsigned char>(text[++i]);
        bytes += static_cast<char>(((first & 0x03U) << 6U) | (second & 0x3FU));
    }
    return bytes;
}

/// Members of one object. The first that cannot be read is the error, and all others are defaults.
class Members {
  public:
    Members(const simdjson::dom::object& object, std::optional<base::Error>& error)
        : object_{object}, error_{error} {}

    [[nodiscard]] std::string_view text(const char* name) const {
        std::string_view value;
        if (object_[name].get(value)) {
            fail(base::ErrorCode::kMissingField, name);
        }
        return value;
    }
    [[nodiscard]] std::string string(const char* name) const { return std::string{text(name)}; }
    [[nodiscard]] std::string bytes(const char* name) const {
        auto bytes = text_as_bytes(text(name));
        if (!bytes) {
            fail(base::ErrorCode::kBadValue, name);
            return {};
        }
        return std::move(*bytes);
    }
    [[nodiscard]] bool flag(const char* name) const {
        bool value = false;
        if (object_[name].get(value)) {
            fail(base::ErrorCode::kMissingField, name);
        }
        return value;
    }
    [[nodiscard]] std::optional<bool> optional_flag(const char* name) const {
        return is_null(name) ? std::nullopt : std::optional{flag(name)};
    }
    [[nodiscard]] std::int64_t number(const char* name, std::int64_t least = INT64_MIN,
                                      std::int64_t most = INT64_MAX) const {
        std::int64_t value = 0;
        if (object_[name].get(value)) {
            fail(base::ErrorCode::kMissingField, name);
            return least > 0 ? least : 0;
        }
        if (value < least || value > most) {
            fail(base::ErrorCode::kOutOfRange, name);
            return least;
        }
        return value;
    }
    [[nodiscard]] std::uint64_t count(const char* name, std::uint64_t most = UINT64_MAX) const {
        std::uint64_t value = 0;
        if (object_[name].get(value)) {
            fail(base::ErrorCode::kMissingField, name);
        } else if (value > most) {
            fail(base::ErrorCode::kOutOfRange, name);
            return 0;
        }
        return value;
    }
    [[nodiscard]] std::optional<std::uint64_t> optional_count(
        const char* name, std::uint64_t most = UINT64_MAX) const {
        return is_null(name) ? std::nullopt : std::optional{count(name, most)};
    }
    /// Durations and moments are at most some 290 years, as their type has it.
    [[nodiscard]] base::Duration duration(const char* name) const {
        return base::Duration{number(name)};
    }
    [[nodiscard]] std::optional<base::Duration> optional_duration(const char* name) const {
        return is_null(name) ? std::nullopt : std::optional{duration(name)};
    }
    [[nodiscard]] base::MonoTime mono(const char* name) const {
        return base::MonoTime{duration(name)};
    }
    [[nodiscard]] base::Instant instant(const char* mono_name, const char* wall_name) const {
        return {mono(mono_name), base::WallTime{duration(wall_name)}};
    }
    [[nodiscard]] updates::NodeId node(const char* name) const {
        return updates::NodeId{node_name(name)};
    }
    [[nodiscard]] std::string node_name(const char* name) const {
        std::string text = string(name);
        if (text.empty() || text.size() > 64) {
            fail(base::ErrorCode::kOutOfRange, name);
            return "?";
        }
        return text;
    }
    /// The value whose word the member is.
    template <class T, std::size_t n>
    [[nodiscard]] T one_of(const char* name, const std::array<T, n>& values) const {
        const std::string_view word = text(name);
        for (const T value : values) {
            if (to_string(value) == word) {
                return value;
            }
        }
        fail(base::ErrorCode::kBadValue, name);
        return values.front();
    }
    template <std::size_t n>
    [[nodiscard]] std::size_t place_in(const char* name,
                                       const std::array<std::string_view, n>& words) const {
        const std::string_view word = text(name);
        for (std::size_t i = 0; i < n; ++i) {
            if (words.at(i) == word) {
                return i;
            }
        }
        fail(base::ErrorCode::kBadValue, name);
        return 0;
    }
    [[nodiscard]] bool is_null(const char* name) const {
        simdjson::dom::element member;
        return object_[name].get(member) || member.is_null();
    }
    /// `use` for each element of an array.
    template <class T, class Use>
    void each(const char* name, Use use) const {
        simdjson::dom::array elements;
        if (object_[name].get(elements)) {
            fail(base::ErrorCode::kMissingField, name);
            return;
        }
        for (const simdjson::dom::element element : elements) {
            T value;
            if (element.get(value)) {
                fail(base::ErrorCode::kMissingField, name);
                return;
            }
            use(value);
        }
    }
    [[nodiscard]] std::optional<Members> object(const char* name,
                                                simdjson::dom::object& into) const {
        if (is_null(name)) {
            return std::nullopt;
        }
        if (object_[name].get(into)) {
            fail(base::ErrorCode::kMissingField, name);
            return std::nullopt;
        }
        return Members{into, error_};
    }
    [[nodiscard]] Members of(const simdjson::dom::object& object) const {
        return Members{object, error_};
    }

    void fail(base::ErrorCode code, const char* name) const {
        if (!error_) {
            error_ = base::Error{code, name};
        }
    }

  private:
    const simdjson::dom::object& object_;
    std::optional<base::Error>& error_;
};

}  // namespace recording
