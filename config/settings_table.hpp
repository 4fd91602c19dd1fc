#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.hpp"
#include "config/config.hpp"
#include "config/settings.hpp"

namespace config {

/// Any text.
struct Text {};
/// A path; in a file, a relative one starts at the file's directory.
struct Path {};
/// A whole number from `min` to `max`.
struct Number {
    std::uint64_t min = 0;
    std::uint64_t max = 0;
    /// What it counts, for errors: "milliseconds".
    std::string_view unit{};
};
/// One of these words.
struct Words {
    std::vector<std::string_view> words;
};
/// Text that `is_valid` accepts.
struct Checked {
    bool (*is_valid)(std::string_view text);
    /// What it looks like, for errors, as a file has it and as it is typed.
    std::string_view in_file;
    std::string_view typed;
};
/// `true` or `false`, as 1 or 0.
struct Flag {};
/// An array of strings, each of which `is_valid` accepts, as one text with a line for each.
struct Lines {
    bool (*is_valid)(std::string_view text);
    /// What they are, for errors.
    std::string_view what;
    /// How many they may be at most, each once; 0: that does not matter.
    std::size_t count_max = 0;
    /// What they look like as they are typed, where an option sets them, comma-separated.
    std::string_view typed{};
};
/// A table, or an array of tables: the reader of the file knows what to do with it.
struct Tables {};

using Form = std::variant<Text, Path, Number, Words, Checked, Flag, Lines, Tables>;

/// The option that sets it on the command line.
struct Option {
    /// "--log-level"
    std::string_view flag;
    /// What `--help` shows for its value: "LEVEL".
    std::string_view type;
    std::string_view help;
    std::vector<std::string_view> commands;
};

/// When a changed value takes effect that a reload finds.
enum class Effect : std::uint8_t { kAtOnce, kAfterRestart };

/// One setting: all that the config file, the command line, `--help` and a reload know of it.
struct Setting {
    /// With its table: "log.level".
    std::string_view key;
    Form form;
    std::optional<Option> option{};
    /// Puts a value of its form into the config; null where several settings make one option.
    void (*put)(const Value& value, Config& config) = nullptr;
    /// Compares what it sets; null for a part of another setting.
    bool (*is_same)(const Config& one, const Config& other) = nullptr;
    Effect effect = Effect::kAfterRestart;
    /// What the log calls it when it has changed; empty: its key.
    std::string_view changed_as{};
};

/// Every setting there is, in the order of `--help`. A new one is a row here and a member of the
/// options that it sets.
[[nodiscard]] const std::vector<Setting>& settings_table();

/// The row with this key. There must be one.
[[nodiscard]] const Setting& find_setting(std::string_view key);

/// The keys of one table of the file, without it: for "log" "format" and "level". For "", the keys
/// outside of tables, and the tables.
[[nodiscard]] std::vector<std::string_view> keys_of(std::string_view table);

/// Sets what an option of the command line gives. Fails with kBadValue; the detail is
/// `--OPTION wants …` and repeats no value.
[[nodiscard]] base::Result<void> add_option(Settings& settings, const Setting& setting,
                                            const std::string& text);

/// What an option wants: `milliseconds, 50 to 900000`.
[[nodiscard]] std::string typed_form(const Form& form);
/// What a value in a file must be: `a whole number from 0 to 11`.
[[nodiscard]] std::string file_form(const Form& form);
/// The strings as a value of the form, a line for each; nothing when they are none.
[[nodiscard]] std::optional<std::string> join_lines(const Lines& form,
                                                    const std::vector<std::string>& lines);
/// The text of a value that is one.
[[nodiscard]] const std::string& text_of(const Value& value);
/// The strings of a value of Lines.
[[nodiscard]] std::vector<std::string> lines_of(const Value& value);
/// `text`, as it is typed, as a value of the form; nothing when it is none.
[[nodiscard]] std::optional<Value> parse_value(const Form& form, const std::string& text);

/// The settings that differ and take effect after a restart: "log.level, metrics.address".
[[nodiscard]] std::string changed_settings(const Config& before, const Config& after);

}  // namespace config
