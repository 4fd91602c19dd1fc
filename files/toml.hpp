#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.hpp"

namespace files {

/// What is wrong with a file, and in which line, counted from one. Thrown while a file is read and
/// caught by `read_toml`: it never leaves the reading.
struct LineProblem {
    std::size_t line = 0;
    std::string text;
};

struct TomlValue;

/// A table with its keys in the order of the file.
class TomlTable {
  public:
    struct Entry;

    TomlTable() = default;
    TomlTable(std::size_t line, std::vector<Entry> entries);

    /// Nothing when the table has no such key.
    [[nodiscard]] const Entry* find(std::string_view key) const;
    [[nodiscard]] const std::vector<Entry>& entries() const { return entries_; }
    /// Of its header; the first of the file for what is outside of tables.
    [[nodiscard]] std::size_t line() const { return line_; }

  private:
    std::size_t line_ = 1;
    std::vector<Entry> entries_;
};

using TomlArray = std::vector<TomlValue>;

/// A value and its line. Dates and times, of which we read none, are `std::monostate`.
struct TomlValue {
    std::size_t line = 0;
    std::variant<std::monostate, bool, std::int64_t, double, std::string, TomlArray, TomlTable>
        value;

    /// Nothing when it is of another type; a whole number is no double.
    template <class T>
    [[nodiscard]] const T* as() const {
        return std::get_if<T>(&value);
    }
};

struct TomlTable::Entry {
    std::string key;
    std::size_t line = 0;
    TomlValue value;
};

/// https://toml.io/en/v1.0.0. The problem says what the parser was reading, and nothing of what it
/// read: a config file holds secrets. Throws LineProblem.
[[nodiscard]] TomlTable parse_toml(std::string_view text);

/// kBadValue; `FILE:LINE: problem`, with the name made fit to be printed.
[[nodiscard]] base::Error at_line(std::string_view file, const LineProblem& problem);

/// What `read` makes of the parsed text; when it or the parser throws a LineProblem, that as an
/// error (`at_line`). `file` is the name to show.
template <class Read>
[[nodiscard]] auto read_toml(std::string_view text, std::string_view file, Read&& read)
    -> base::Result<decltype(read(std::declval<const TomlTable&>()))> {
    try {
        return read(parse_toml(text));
    } catch (const LineProblem& problem) {
        return at_line(file, problem);
    }
}

}  // namespace files
