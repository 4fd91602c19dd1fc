#include "files/toml.hpp"

#include <toml++/toml.h>

#include <algorithm>

#include "base/printable.hpp"
#include "base/text.hpp"

namespace files {
namespace {

TomlTable table_of(const toml::table& from);

TomlValue value_of(const toml::node& from) {
    TomlValue value;
    value.line = from.source().begin.line;
    if (const auto* const flag = from.as_boolean()) {
        value.value = flag->get();
    } else if (const auto* const whole = from.as_integer()) {
        value.value = whole->get();
    } else if (const auto* const number = from.as_floating_point()) {
        value.value = number->get();
    } else if (const auto* const text = from.as_string()) {
        value.value = text->get();
    } else if (const auto* const array = from.as_array()) {
        TomlArray elements;
        for (const toml::node& element : *array) {
            elements.push_back(value_of(element));
        }
        value.value = std::move(elements);
    } else if (const auto* const table = from.as_table()) {
        value.value = table_of(*table);
    }
    return value;
}

TomlTable table_of(const toml::table& from) {
    std::vector<TomlTable::Entry> entries;
    for (const auto& [key, value] : from) {
        entries.push_back({std::string{key.str()}, key.source().begin.line, value_of(value)});
    }
    // toml++ sorts keys by name; of two problems the first in the file is the one to report.
    std::stable_sort(entries.begin(), entries.end(),
                     [](const auto& a, const auto& b) { return a.line < b.line; });
    return TomlTable{from.source().begin.line, std::move(entries)};
}

/// What the parser was reading, without what it read: its own text quotes the file.
std::string describe(const toml::parse_error& error) {
    constexpr std::string_view kStart = "Error while parsing ";
    const std::string_view text = error.description();
    std::string out = "this is not valid TOML";
    const auto colon = text.find(": ");
    if (text.starts_with(kStart) && colon != std::string_view::npos) {
        out +=
            " (in " + base::with_article(text.substr(kStart.size(), colon - kStart.size())) + ")";
    }
    return out + "; check quotes, brackets, commas and keys that stand twice";
}

}  // namespace

TomlTable::TomlTable(std::size_t line, std::vector<Entry> entries)
    : line_{line}, entries_{std::move(entries)} {}

const TomlTable::Entry* TomlTable::find(std::string_view key) const {
    const auto found = std::find_if(entries_.begin(), entries_.end(),
                                    [&](const Entry& entry) { return entry.key == key; });
    return found == entries_.end() ? nullptr : &*found;
}

TomlTable parse_toml(std::string_view text) {
    try {
        return table_of(toml::parse(text));
    } catch (const toml::parse_error& error) {
        throw LineProblem{error.source().begin.line, describe(error)};
    }
}

base::Error at_line(std::string_view file, const LineProblem& problem) {
    return base::bad_value(base::printable(file, 400) + ":" + std::to_string(problem.line) + ": " +
                           problem.text);
}

}  // namespace files
