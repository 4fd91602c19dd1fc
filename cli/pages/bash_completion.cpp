#include "cli/pages/command_page.hpp"

namespace cli::pages {
namespace {

/// What stays the same, whatever the commands are. `@…@` are the parts made of them.
constexpr const char* kScript =
    R"SCRIPT(# bash completion of headmon. Made by cli/pages from the definitions that --help is made of.

_headmon_words() {
    mapfile -t COMPREPLY < <(compgen -W "$1" -- "$2")
}

_headmon_paths() {
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(compgen "$1" -- "$2")
}

# The names in the config of --config, else in that of the service.
_headmon_nodes() {
    local name
    while IFS= read -r name; do
        [[ $name != "$2"* ]] || COMPREPLY+=("$(printf %q "$name")")
    done < <("${COMP_WORDS[0]}" config nodes "$1" 2>/dev/null)
    ! declare -F __ltrim_colon_completions >/dev/null || __ltrim_colon_completions "$2"
}

# Whether option $2 of command $1 has a value behind it.
_headmon_takes_value() {
    case $1:$2 in
@VALUES@        *) return 1 ;;
    esac
}

_headmon() {
    local cur prev words cword
    if declare -F _get_comp_words_by_ref >/dev/null; then
        _get_comp_words_by_ref -n =: cur prev words cword
    else
        words=("${COMP_WORDS[@]}") cword=$COMP_CWORD cur=${COMP_WORDS[COMP_CWORD]}
    fi
    local command='' option='' config=/etc/headmon/headmon.toml word i position=0
    for ((i = 1; i < cword; i++)); do
        word=${words[i]}
        if [[ -n $option ]]; then
            [[ $option != --config ]] || config=$word
            option=''
        elif [[ $word == --config=* ]]; then
            config=${word#*=}
        elif [[ $word == -* ]]; then
            ! _headmon_takes_value "$command" "$word" || option=$word
        elif [[ -z $command ]]; then
            command=$word
        else
            position=$((position + 1))
        fi
    done
    config=${config/#\~\//$HOME/}
    COMPREPLY=()
    if [[ -z $option && $cur == --*=* ]]; then
        option=${cur%%=*}
        cur=${cur#*=}
    fi
    if [[ -n $option ]]; then
        case $command:$option in
@OPTION_VALUES@        esac
    elif [[ $cur == -* ]]; then
        case $command in
@OPTIONS@        esac
    elif [[ -z $command ]]; then
        _headmon_words "@COMMANDS@" "$cur"
    else
        case $command:$position in
@ARGUMENTS@        esac
    fi
}

complete -F _headmon headmon
)SCRIPT";

std::string joined(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words) {
        text += (text.empty() ? "" : " ") + word;
    }
    return text;
}

/// The shell's line that offers what a value may be; empty: nothing to offer.
std::string offer(const OptionPage& option) {
    switch (option.kind) {
        case ValueKind::kWords:
            return "_headmon_words \"" + joined(option.words) + "\" \"$cur\"";
        case ValueKind::kFile:
            return "_headmon_paths -f \"$cur\"";
        case ValueKind::kDirectory:
            return "_headmon_paths -d \"$cur\"";
        case ValueKind::kNodeName:
            return "_headmon_nodes \"$config\" \"$cur\"";
        case ValueKind::kText:
            break;
    }
    return "";
}

std::string branch(const std::string& pattern, const std::string& line) {
    return "        " + pattern + ") " + line + " ;;\n";
}

struct Parts {
    std::string values;
    std::string option_values;
    std::string options;
    std::string arguments;
};

void add_command(Parts& parts, const CommandPage& command) {
    std::string flags;
    int position = 0;
    for (const OptionPage& option : command.options) {
        const std::string line = offer(option);
        if (option.is_argument) {
            if (!line.empty()) {
                const std::string place = option.repeats ? "[0-9]*" : std::to_string(position);
                parts.arguments += branch(command.name + ":" + place, line);
            }
            ++position;
            continue;
        }
        flags += (flags.empty() ? "" : " ") + option.name;
        if (option.takes_value()) {
            parts.values += branch(command.name + ":" + option.name, "return 0");
            if (!line.empty()) {
                parts.option_values += branch(command.name + ":" + option.name, line);
            }
        }
    }
    parts.options += branch(command.name.empty() ? "''" : command.name,
                            "_headmon_words \"" + flags + "\" \"$cur\"");
}

}  // namespace

std::string bash_completion(const ProgramPage& program) {
    Parts parts;
    add_command(parts, program.program);
    std::vector<std::string> names;
    for (const CommandPage& command : program.commands) {
        add_command(parts, command);
        names.push_back(command.name);
    }
    std::string script = kScript;
    script = replaced(std::move(script), "@VALUES@", parts.values);
    script = replaced(std::move(script), "@OPTION_VALUES@", parts.option_values);
    script = replaced(std::move(script), "@OPTIONS@", parts.options);
    script = replaced(std::move(script), "@ARGUMENTS@", parts.arguments);
    return replaced(std::move(script), "@COMMANDS@", joined(names));
}

}  // namespace cli::pages
