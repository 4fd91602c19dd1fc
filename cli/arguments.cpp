#include "cli/arguments.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include <CLI/CLI.hpp>

#include "app/exit_code.hpp"
#include "base/text.hpp"
#include "check/assessment.hpp"
#include "cli/help.hpp"
#include "cli/options.hpp"

namespace cli {
namespace {

/// Why the first argument is no command, when it is meant to be one; nothing of what may be a
/// value.
std::optional<std::string> find_unknown_command(const std::vector<std::string>& argv,
                                                const std::vector<std::string_view>& commands) {
    constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz-";
    if (argv.size() < 2 || argv[1].empty() || argv[1].size() > 20 || argv[1].starts_with("-") ||
        argv[1].find_first_not_of(kLetters) != std::string::npos) {
        return std::nullopt;
    }
    std::string text = "unknown command " + argv[1];
    if (const auto nearest = base::find_nearest(argv[1], commands)) {
        text += "; did you mean " + std::string{*nearest} + "?";
    }
    return text;
}

/// The text of CLI11's error, as far as it can hold nothing that was typed as a value.
std::string describe(const CLI::ParseError& error, const CLI::App& app,
                     const std::vector<std::string>& argv) {
    if (app.get_subcommands().empty()) {
        std::vector<std::string> names;
        for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
            names.push_back(command->get_name());
        }
        if (const auto unknown = find_unknown_command(argv, {names.begin(), names.end()})) {
            return *unknown;
        }
    }
    if (dynamic_cast<const CLI::ExtrasError*>(&error) == nullptr) {
        const std::string text = error.what();
        const bool is_value = dynamic_cast<const CLI::ConversionError*>(&error) != nullptr ||
                              dynamic_cast<const CLI::ValidationError*>(&error) != nullptr ||
                              text.find("://") != std::string::npos;
        return is_value ? "an option has a value that it cannot take" : text;
    }
    const CLI::App* command = &app;
    for (const CLI::App* used : app.get_subcommands()) {
        command = used;
    }
    std::vector<std::string_view> known;
    std::vector<std::string> names;
    for (const CLI::Option* option : command->get_options()) {
        names.push_back(option->get_name());
    }
    known.assign(names.begin(), names.end());
    for (std::size_t i = 1; i < argv.size(); ++i) {
        const std::string flag =
            argv[i].substr(0, argv[i].find_first_not_of("-abcdefghijklmnopqrstuvwxyz"));
        if (!flag.starts_with("-") || std::find(known.begin(), known.end(), flag) != known.end() ||
            flag.size() > 40 || flag == "--core-files") {
            continue;
        }
        std::string text = "unknown option " + flag;
        if (const auto nearest = base::find_nearest(flag, known)) {
            text += "; did you mean " + std::string{*nearest} + "?";
        }
        return text;
    }
    return "an argument that belongs to no option; each value follows the option it is for";
}

/// `check` and `doctor` must not say with a wrong option that a node is unusable.
int usage_exit_code(const std::vector<std::string>& argv) {
    const auto is_command = [](const std::string& word) { return !word.starts_with("-"); };
    const auto first = argv.empty() ? argv.begin() : std::next(argv.begin());
    const auto command = std::find_if(first, argv.end(), is_command);
    const bool is_fleet_check = command != argv.end() && *command == "fleet" &&
                                std::find(command, argv.end(), "check") != argv.end();
    return command != argv.end() && (*command == "check" || *command == "doctor" || is_fleet_check)
               ? check::kExitCouldNotCheck
               : app::kExitUsage;
}

}  // namespace

std::string program_version() {
    return HEADMON_VERSION;
}

void declare_program(CLI::App& app, RawOptions& raw) {
    app.set_version_flag("--version", "headmon " + program_version());
    app.require_subcommand(1);
    app.fallthrough();
    app.footer(kFooter);
    declare_commands(app, raw);
}

Arguments parse_arguments(const std::vector<std::string>& argv) {
    RawOptions raw;
    CLI::App app{std::string{kDescription}, "headmon"};
    declare_program(app, raw);
    // CLI11 wants the arguments in reverse and without the program's name.
    std::vector<std::string> reversed(argv.rbegin(), argv.rend());
    if (!reversed.empty()) {
        reversed.pop_back();
    }
    try {
        app.parse(reversed);
        return take_arguments(raw, app.get_subcommands().front()->get_name());
    } catch (const CLI::CallForHelp&) {
        // Help belongs to the command that it was asked of.
        const auto used = app.get_subcommands();
        return Arguments{
            Finished{app::kExitOk, used.empty() ? app.help() : used.front()->help("headmon")}};
    } catch (const CLI::CallForVersion& version) {
        return Arguments{Finished{app::kExitOk, std::string{version.what()} + "\n"}};
    } catch (const CLI::ParseError& error) {
        return Arguments{Finished{usage_exit_code(argv), "headmon: " + describe(error, app, argv) +
                                                             "; see headmon --help"}};
    } catch (const UsageError& error) {
        return Arguments{Finished{usage_exit_code(argv), "headmon: " + error.text}};
    }
}

}  // namespace cli
