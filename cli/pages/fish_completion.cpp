#include "cli/pages/command_page.hpp"

namespace cli::pages {
namespace {

constexpr const char* kScript =
    R"SCRIPT(# fish completion of headmon. Made by cli/pages from the definitions that --help is made of.

# The names in the config of --config, else in that of the service.
function __headmon_nodes
    set -l words (commandline -opc)
    set -l config /etc/headmon/headmon.toml
    for i in (seq (count $words))
        switch $words[$i]
            case --config
                test $i -lt (count $words); and set config $words[(math $i + 1)]
            case '--config=*'
                set config (string replace -- --config= '' $words[$i])
        end
    end
    $words[1] config nodes $config 2>/dev/null
end

complete -c headmon -f
)SCRIPT";

std::string quoted(std::string text) {
    text = replaced(std::move(text), "\\", "\\\\");
    return "'" + replaced(std::move(text), "'", "\\'") + "'";
}

std::string joined(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words) {
        text += (text.empty() ? "" : " ") + word;
    }
    return text;
}

/// What `complete` is told of a value.
std::string offer(const OptionPage& option) {
    switch (option.kind) {
        case ValueKind::kWords:
            return " -x -a " + quoted(joined(option.words));
        case ValueKind::kFile:
            return " -r -F";
        case ValueKind::kDirectory:
            return " -x -a '(__fish_complete_directories)'";
        case ValueKind::kNodeName:
            return " -x -a '(__headmon_nodes)'";
        case ValueKind::kText:
            break;
    }
    return " -x";
}

std::string option_line(const OptionPage& option, const std::string& condition) {
    std::string line = "complete -c headmon -n " + quoted(condition) + " -l " +
                       option.name.substr(std::string_view{"--"}.size());
    if (!option.short_name.empty()) {
        line += " -s " + option.short_name.substr(1);
    }
    return line + (option.takes_value() ? offer(option) : "") + " -d " + quoted(option.help) + "\n";
}

std::string command_lines(const CommandPage& command) {
    const std::string seen = "__fish_seen_subcommand_from " + command.name;
    std::string text = "complete -c headmon -n __fish_use_subcommand -a " + command.name + " -d " +
                       quoted(command.summary) + "\n";
    std::string before;
    for (const OptionPage& option : command.options) {
        if (!option.is_argument) {
            text += option_line(option, seen);
            continue;
        }
        std::string condition = seen + before;
        if (option.kind == ValueKind::kWords) {
            // What comes behind the words is offered once one of them is there.
            const std::string words = "__fish_seen_subcommand_from " + joined(option.words);
            condition += "; and not " + words;
            before = "; and " + words;
        }
        if (option.kind != ValueKind::kText) {
            std::string line = offer(option);
            line = replaced(replaced(std::move(line), " -x", ""), " -r", "");
            text += "complete -c headmon -n " + quoted(condition) + line + "\n";
        }
    }
    return text;
}

}  // namespace

std::string fish_completion(const ProgramPage& program) {
    std::string text = kScript;
    for (const OptionPage& option : program.program.options) {
        text += option_line(option, "__fish_use_subcommand");
    }
    for (const CommandPage& command : program.commands) {
        text += command_lines(command);
    }
    return text;
}

}  // namespace cli::pages
