// What values of settings look like, in a file and as they are typed.
#include <algorithm>

#include "base/text.hpp"
#include "config/settings_table.hpp"

namespace config {
namespace {

/// "a, b or c", each word between `quote` and `quote`.
std::string any_of(const std::vector<std::string_view>& words, std::string_view quote) {
    std::string text;
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (i > 0) {
            text += i + 1 == words.size() ? " or " : ", ";
        }
        text.append(quote).append(words[i]).append(quote);
    }
    return text;
}

}  // namespace

std::string typed_form(const Form& form) {
    if (const auto* number = std::get_if<Number>(&form)) {
        return std::string{number->unit} + ", " + std::to_string(number->min) + " to " +
               std::to_string(number->max);
    }
    if (const auto* words = std::get_if<Words>(&form)) {
        return any_of(words->words, "");
    }
    if (const auto* checked = std::get_if<Checked>(&form)) {
        return std::string{checked->typed};
    }
    if (const auto* lines = std::get_if<Lines>(&form)) {
        return std::string{lines->typed};
    }
    return "text";
}

std::string file_form(const Form& form) {
    if (const auto* number = std::get_if<Number>(&form)) {
        return "a whole number from " + std::to_string(number->min) + " to " +
               std::to_string(number->max);
    }
    if (const auto* words = std::get_if<Words>(&form)) {
        return any_of(words->words, "\"");
    }
    if (const auto* checked = std::get_if<Checked>(&form)) {
        return std::string{checked->in_file};
    }
    if (const auto* lines = std::get_if<Lines>(&form)) {
        return "an array of strings, " + std::string{lines->what};
    }
    if (std::holds_alternative<Flag>(form)) {
        return "true or false";
    }
    return std::holds_alternative<Tables>(form) ? "a table" : "a string; put it in quotes";
}

std::optional<std::string> join_lines(const Lines& form, const std::vector<std::string>& lines) {
    if (form.count_max > 0 && lines.size() > form.count_max) {
        return std::nullopt;
    }
    std::string joined;
    for (auto line = lines.begin(); line != lines.end(); ++line) {
        const bool is_again = form.count_max > 0 && std::find(lines.begin(), line, *line) != line;
        if (!form.is_valid(*line) || is_again) {
            return std::nullopt;
        }
        joined.append(joined.empty() ? "" : "\n").append(*line);
    }
    return joined;
}

const std::string& text_of(const Value& value) {
    return std::get<std::string>(value);
}

std::vector<std::string> lines_of(const Value& value) {
    const std::string& text = text_of(value);
    return text.empty() ? std::vector<std::string>{} : base::split(text, '\n');
}

std::optional<Value> parse_value(const Form& form, const std::string& text) {
    if (const auto* number = std::get_if<Number>(&form)) {
        const auto parsed = base::parse_number(text, number->min, number->max);
        return parsed ? std::optional<Value>{*parsed} : std::nullopt;
    }
    if (const auto* words = std::get_if<Words>(&form)) {
        if (std::find(words->words.begin(), words->words.end(), text) == words->words.end()) {
            return std::nullopt;
        }
    }
    if (const auto* checked = std::get_if<Checked>(&form); checked && !checked->is_valid(text)) {
        return std::nullopt;
    }
    if (const auto* lines = std::get_if<Lines>(&form)) {
        auto joined = join_lines(*lines, base::split(text, ','));
        return joined ? std::optional<Value>{std::move(*joined)} : std::nullopt;
    }
    return Value{text};
}

}  // namespace config
