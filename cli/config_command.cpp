#include "cli/config_command.hpp"

#include <string>

#include "app/error_line.hpp"
#include "app/exit_code.hpp"
#include "base/printable.hpp"
#include "cli/api_place.hpp"
#include "cli/config_reading.hpp"
#include "cli/texts.hpp"

namespace cli {
namespace {

std::string count_of(std::size_t count, const char* what) {
    return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

/// What a good config comes to: the names, as they are shown everywhere, and what is served where.
std::string summary_of(const config::Config& config) {
    std::string text = count_of(config.candidates.size(), "node") + ":";
    for (const monitor::Candidate& candidate : config.candidates) {
        text += " " + candidate.id.name();
    }
    const auto served = [&text](const char* what, const config::AddressOrOff& address) {
        text += std::string{"\n"} + what + ": " + (address ? to_string(*address) : "off");
    };
    served("metrics", config.metrics.address);
    served("API", config.api.address);
    served("agent checks", config.api.agent_address);
    text += "\nhistory: " +
            (config.history.path.empty() ? "none" : base::printable(config.history.path, 400));
    return text + "\n";
}

int print_summary(const config::Config& config, const std::string& behind) {
    return app::write_text(summary_of(config) + behind) ? app::kExitOk : app::kExitFatal;
}

int check_file(const std::string& path) {
    const FileConfig read = read_config_file(path, true);
    const std::size_t outside = read.values_from_outside;
    return print_summary(
        read.config, outside == 0
                         ? ""
                         : count_of(outside, "value") +
                               " of variables and credentials not looked at: headmon run --check "
                               "does, with its own\n");
}

int print_names(const std::string& path) {
    std::string text;
    for (const monitor::Candidate& candidate : read_config_file(path, true).config.candidates) {
        text += candidate.id.name() + "\n";
    }
    return app::write_text(text) ? app::kExitOk : app::kExitFatal;
}

}  // namespace

int check_settings(const config::Settings& settings) {
    const auto config = config::make_config(settings, config::process_environment);
    return config ? print_summary(*config, "") : app::usage_error(config.error().detail);
}

int run_config(const ConfigArguments& arguments) {
    try {
        switch (arguments.action) {
            case ConfigAction::kCheck:
                return check_file(arguments.file);
            case ConfigAction::kNodes:
                return print_names(arguments.file);
            case ConfigAction::kExample:
                break;
        }
        return app::write_text(texts::kExampleConfig) ? app::kExitOk : app::kExitFatal;
    } catch (const CommandFailure& failure) {
        app::write_error(failure.text);
        return failure.exit_code;
    }
}

}  // namespace cli
