#include <algorithm>
#include <array>

#include <CLI/CLI.hpp>

#include "cli/help.hpp"
#include "cli/options.hpp"

namespace cli {

void declare_candidates(CLI::App& app, RawOptions& raw) {
    CandidatesArguments& to = raw.candidates;
    CLI::App& command =
        *app.add_subcommand("candidates", "Read or change the nodes of a headmon that runs");
    command.footer(kCandidatesFooter);
    const auto add = [&](const char* flag, const char* type, const char* help, std::string& value) {
        const auto take = [flag = std::string{flag}, &value](const std::string& typed) {
            if (typed.empty()) {
                throw UsageError{flag + " has an empty value; give one, or leave the option out"};
            }
            value = typed;
        };
        command.add_option_function<std::string>(flag, take, help)->type_name(type);
    };
    add("ACTION", "get|set|add|remove", "What to do, see below", to.action);
    command.add_option("NODE", to.entries, "NAME=URL, URL or NAME; remove wants NAME")
        ->type_name("NODE")
        ->expected(0, -1);
    add("--file", "FILE", "More nodes, as JSON; - is standard input", to.file);
    add("--config", "FILE", "Of the headmon that runs: where its API and its token are",
        to.config_file);
    add("--api", "URL", "Where its API is (default http://127.0.0.1:9465)", to.api_url);
    add("--api-token-file", "FILE", "Its token", to.token_file);
    command.add_flag("--dry-run", to.is_dry_run, "Print what would open and close, change nothing");
    const auto take_form = [&to](const std::string& text) {
        if (text != "text" && text != "json") {
            throw UsageError{"--format wants text or json"};
        }
        to.is_json = text == "json";
    };
    command.add_option_function<std::string>("--format", take_form, "Default: text")
        ->type_name("text|json");
}

void take_candidates(CandidatesArguments& candidates) {
    constexpr std::array<std::string_view, 4> kActions{"get", "set", "add", "remove"};
    const std::string& action = candidates.action;
    if (std::find(kActions.begin(), kActions.end(), action) == kActions.end()) {
        throw UsageError{"headmon candidates wants get, set, add or remove; see --help"};
    }
    const bool has_nodes = !candidates.entries.empty() || !candidates.file.empty();
    if (action == "get" && (has_nodes || candidates.is_dry_run)) {
        throw UsageError{
            "headmon candidates get changes nothing: it takes no nodes, no --file and "
            "no --dry-run"};
    }
    if (action != "get" && !has_nodes) {
        throw UsageError{"no nodes; give " +
                         std::string{action == "remove" ? "their names" : "NAME=URL, or --file"}};
    }
    if (action == "remove" && !candidates.file.empty()) {
        throw UsageError{"--file is for set and add; remove wants names"};
    }
}

}  // namespace cli
