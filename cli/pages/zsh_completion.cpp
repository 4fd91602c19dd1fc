#include "cli/pages/command_page.hpp"

namespace cli::pages {
namespace {

constexpr const char* kScript = R"SCRIPT(#compdef headmon
# zsh completion of headmon. Made by cli/pages from the definitions that --help is made of.

# The names in the config of --config, else in that of the service.
_headmon_nodes() {
    local -a names
    names=("${(@f)$(headmon config nodes ${(Q)~opt_args[--config]:-/etc/headmon/headmon.toml} 2>/dev/null)}")
    names=(${names:#})
    _wanted nodes expl 'node' compadd -a names
}

_headmon() {
    local curcontext="$curcontext" state line
    typeset -A opt_args
    _arguments -C \
@PROGRAM@        '1:command:->command' \
        '*::argument:->arguments'
    case $state in
    command)
        local -a commands
        commands=(
@COMMANDS@        )
        _describe -t commands command commands
        ;;
    arguments)
        curcontext="${curcontext%:*:*}:headmon-$words[1]:"
        case $words[1] in
@BRANCHES@        esac
        ;;
    esac
}

_headmon "$@"
)SCRIPT";

/// For the inside of '…'.
std::string quoted(std::string text) {
    return replaced(std::move(text), "'", "'\\''");
}

/// For a part of a specification of _arguments, inside of '…'.
std::string part(std::string text) {
    for (const char* special : {"\\", "[", "]", ":"}) {
        text = replaced(std::move(text), special, "\\" + std::string{special});
    }
    return quoted(std::move(text));
}

std::string action_of(const OptionPage& option) {
    switch (option.kind) {
        case ValueKind::kWords: {
            std::string words;
            for (const std::string& word : option.words) {
                words += (words.empty() ? "" : " ") + word;
            }
            return "(" + words + ")";
        }
        case ValueKind::kFile:
            return "_files";
        case ValueKind::kDirectory:
            return "_files -/";
        case ValueKind::kNodeName:
            return "_headmon_nodes";
        case ValueKind::kText:
            break;
    }
    // A blank: nothing to offer, the message alone.
    return " ";
}

std::string specification(const OptionPage& option, const std::string& indent) {
    const std::string value =
        ":" + part(option.is_argument ? option.name : option.type) + ":" + action_of(option);
    if (option.is_argument) {
        return indent + "'" + (option.repeats ? "*" : "") + value + "' \\\n";
    }
    return indent + "'" + (option.repeats ? "*" : "") + option.name +
           (option.takes_value() ? "=" : "") + "[" + part(option.help) + "]" +
           (option.takes_value() ? value : "") + "' \\\n";
}

std::string branch_of(const CommandPage& command) {
    std::string text = "        " + command.name + ")\n            _arguments \\\n";
    for (const OptionPage& option : command.options) {
        text += specification(option, "                ");
    }
    // The last line goes on nowhere.
    text.erase(text.rfind(" \\\n"));
    return text + "\n            ;;\n";
}

}  // namespace

std::string zsh_completion(const ProgramPage& program) {
    std::string options;
    for (const OptionPage& option : program.program.options) {
        options += specification(option, "        ");
    }
    std::string commands;
    std::string branches;
    for (const CommandPage& command : program.commands) {
        commands += "            '" + command.name + ":" + part(command.summary) + "'\n";
        branches += branch_of(command);
    }
    std::string script = kScript;
    script = replaced(std::move(script), "@PROGRAM@", options);
    script = replaced(std::move(script), "@COMMANDS@", commands);
    return replaced(std::move(script), "@BRANCHES@", branches);
}

}  // namespace cli::pages
