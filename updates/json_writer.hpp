#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "chain/root.hpp"

namespace updates {

/// Writes one JSON value behind what a string holds, member by member, in the notation of the
/// Beacon API: numbers of the chain as strings, roots as 0x-hex, an absent value as null. Seconds
/// are plain decimals with up to nine places, never with an exponent. Text is to be UTF-8 by then.
class JsonWriter {
  public:
    explicit JsonWriter(std::string& out);
    JsonWriter(const JsonWriter&) = delete;
    JsonWriter& operator=(const JsonWriter&) = delete;
    ~JsonWriter();

    void begin_object();
    /// A member that is an object.
    void begin_object(std::string_view name);
    void end_object();
    void begin_array(std::string_view name);
    void end_array();
    /// An element of the array that is open, as begin_object() without a name makes one.
    void element(std::string_view text);
    void element(std::optional<std::int64_t> number);

    void text(std::string_view name, std::optional<std::string_view> value);
    void flag(std::string_view name, std::optional<bool> value);
    void count(std::string_view name, std::optional<std::uint64_t> value);
    void number(std::string_view name, std::optional<std::int64_t> value);
    /// A number of the chain: "12345678", as a string.
    void decimal(std::string_view name, std::optional<std::uint64_t> value);
    void seconds(std::string_view name, std::optional<base::Duration> value);
    void root(std::string_view name, const std::optional<chain::Root>& value);
    /// `object` is JSON, an object on one line, and checked by then.
    void json(std::string_view name, std::string_view object);
    void null(std::string_view name);

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace updates
