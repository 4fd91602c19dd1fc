#include <CLI/CLI.hpp>

#include "base/text.hpp"
#include "cli/help.hpp"
#include "cli/options.hpp"

namespace cli {
namespace {

/// Like the options of the other commands: one that is given has a value.
void add(CLI::App& command, const std::string& flag, const char* type, const char* help,
         std::string& value) {
    const auto take = [flag, &value](const std::string& typed) {
        if (typed.empty()) {
            throw UsageError{flag + " has an empty value; give one, or leave the option out"};
        }
        value = typed;
    };
    command.add_option_function<std::string>(flag, take, help)->type_name(type);
}

}  // namespace

void declare_config(CLI::App& app, RawOptions& raw) {
    CLI::App& config =
        *app.add_subcommand("config", "Check a config file, or print one to begin with");
    config.footer(kConfigFooter);
    add(config, "ACTION", "check|example|nodes", "What to do, see below", raw.config_action);
    add(config, "FILE", "FILE", "A config file, for check and nodes", raw.config.file);

    CLI::App& health = *app.add_subcommand(
        "healthcheck", "Ask a headmon that runs whether it is well, as containers do");
    health.footer(kHealthcheckFooter);
    add(health, "--config", "FILE", "Of the headmon that runs: where its API is",
        raw.healthcheck.config_file);
    add(health, "--api", "URL", "Where its API is (default http://127.0.0.1:9465)",
        raw.healthcheck.api_url);
    health.add_flag("--ready", raw.healthcheck.is_ready,
                    "Ask whether it has a node that can be used, too");
    add(health, "--timeout", "SECONDS", "The longest it may take (default 3)",
        raw.healthcheck_timeout);
}

void take_config(RawOptions& raw) {
    const std::string& action = raw.config_action;
    if (action == "check") {
        raw.config.action = ConfigAction::kCheck;
    } else if (action == "nodes") {
        raw.config.action = ConfigAction::kNodes;
    } else if (action == "example") {
        raw.config.action = ConfigAction::kExample;
    } else {
        throw UsageError{"headmon config wants check, example or nodes; see --help"};
    }
    const bool wants_file = raw.config.action != ConfigAction::kExample;
    if (wants_file && raw.config.file.empty()) {
        throw UsageError{"no file; give it: headmon config " + action + " FILE"};
    }
    if (!wants_file && !raw.config.file.empty()) {
        throw UsageError{"headmon config example prints to standard output: it takes no file"};
    }
}

void take_healthcheck(RawOptions& raw) {
    if (raw.healthcheck_timeout.empty()) {
        return;
    }
    const auto timeout = base::parse_seconds(raw.healthcheck_timeout);
    if (!timeout || *timeout < std::chrono::milliseconds{100} ||
        *timeout > std::chrono::minutes{5}) {
        throw UsageError{"--timeout wants seconds from 0.1 to 300, such as 3"};
    }
    raw.healthcheck.timeout = *timeout;
}

}  // namespace cli
