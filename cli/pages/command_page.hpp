#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cli::pages {

/// What a shell offers for a value.
enum class ValueKind : std::uint8_t { kText, kWords, kFile, kDirectory, kNodeName };

/// An option, a flag or an argument of a command, as its declaration has it.
struct OptionPage {
    /// "--config", for a flag with a short form "-h"; for an argument without an option "FILE".
    std::string name;
    /// "-h"; empty: none.
    std::string short_name;
    /// As --help shows it, "FILE" or "text|json"; empty: it takes no value.
    std::string type;
    std::string help;
    ValueKind kind = ValueKind::kText;
    /// What the value may be, for kWords.
    std::vector<std::string> words;
    bool is_argument = false;
    /// It may come again and again.
    bool repeats = false;

    [[nodiscard]] bool takes_value() const { return !type.empty(); }
};

struct CommandPage {
    /// Empty for headmon itself.
    std::string name;
    std::string summary;
    /// What --help shows behind the options.
    std::string footer;
    std::vector<OptionPage> options;
};

/// The whole command line.
struct ProgramPage {
    std::string version;
    /// What is given before a command.
    CommandPage program;
    std::vector<CommandPage> commands;
};

/// From the definitions that --help is made of.
[[nodiscard]] ProgramPage read_program();

/// Every page in roff, by the name of its file: "headmon.1", "headmon-run.1", …
struct Page {
    std::string file;
    std::string text;
};
[[nodiscard]] std::vector<Page> man_pages(const ProgramPage& program);
/// headmon.toml(5), around the example that has every key.
[[nodiscard]] Page config_page(const ProgramPage& program, std::string_view example);

[[nodiscard]] std::string bash_completion(const ProgramPage& program);
[[nodiscard]] std::string zsh_completion(const ProgramPage& program);
[[nodiscard]] std::string fish_completion(const ProgramPage& program);

/// `text` with each `from` in it as `to`.
[[nodiscard]] std::string replaced(std::string text, std::string_view from, std::string_view to);

}  // namespace cli::pages
