#include "cli/arguments.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include <CLI/CLI.hpp>

#include "base/text.hpp"
#include "cli/exit_code.hpp"
#include "cli/help.hpp"
#include "cli/typed.hpp"

namespace cli {
namespace {

CLI::Option* add(CLI::App* app, const std::string& flag, std::string& value, const char* type,
                 const std::string& help) {
    const auto take = [flag, &value](const std::string& typed) {
        if (typed.empty()) {
            throw UsageError{flag + " has an empty value; give one, or leave the option out"};
        }
        value = typed;
    };
    return app->add_option_function<std::string>(flag, take, help)->type_name(type);
}

/// The same for an option that may come again and again.
void add_each(CLI::App* app, const std::string& flag, std::vector<std::string>& values,
              const char* type, const std::string& help) {
    const auto take = [flag, &values](const std::vector<std::string>& typed) {
        if (std::find(typed.begin(), typed.end(), "") != typed.end()) {
            throw UsageError{flag + " has an empty value; give one, or leave the option out"};
        }
        values = typed;
    };
    app->add_option_function<std::vector<std::string>>(flag, take, help)
        ->type_name(type)
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

void add_network_options(CLI::App* app, Typed& typed) {
    add(app, "--network", typed.nodes.network, "NAME",
        "auto (ask the nodes), mainnet, sepolia, hoodi or gnosis");
    add(app, "--genesis-time", typed.nodes.genesis_time, "SECONDS",
        "Genesis of another network, since 1970");
    add(app, "--slot-duration-ms", typed.nodes.slot_duration_ms, "MS",
        "Slot length of another network");
}

/// What is sent and shown to one node.
void add_request_options(CLI::App* app, Typed& typed) {
    add_each(app, "--header", typed.headers, "'NAME: VALUE'",
             "A header to send; once for each header");
    add(app, "--ca-file", typed.tls.ca_file, "FILE", "PEM file of the CA to trust");
    add(app, "--client-certificate-file", typed.tls.client_certificate_file, "FILE",
        "PEM file of the certificate to show");
    add(app, "--client-key-file", typed.tls.client_key_file, "FILE", "PEM file of its key");
}

void add_look_options(CLI::App* app, Typed& typed) {
    add(app, "--timeout", typed.timeout, "SECONDS", "The longest the look may take (default 10)");
    app->add_flag("--wait", typed.wait, "Wait for a head on each stream too, up to two slots more");
}

void add_node_options(CLI::App* app, Typed& typed) {
    add(app, "--config", typed.nodes.config_file, "FILE", "Nodes and settings, see the example");
    add_each(app, "--beacon-node", typed.nodes.beacon_node, "NAME=URL",
             "A node to follow; once for each node");
    add(app, "--beacon-nodes", typed.nodes.beacon_nodes, "URL,URL",
        "Nodes to follow, named after host and port");
    add_network_options(app, typed);
}

void add_log_options(CLI::App* app, Typed& typed) {
    add(app, "--log-format", typed.nodes.log_format, "text|json", "Log lines on standard error");
    add(app, "--log-level", typed.nodes.log_level, "LEVEL", "debug, info, warning or error");
}

void add_commands(CLI::App& app, Typed& typed) {
    CLI::App* const run = app.add_subcommand("run", "Follow nodes until stopped: the daemon");
    add_node_options(run, typed);
    add_log_options(run, typed);
    add(run, "--state-dir", typed.nodes.state_dir, "DIR",
        "Where slot time is kept for the next start (default: systemd's StateDirectory)");
    add(run, "--metrics-address", typed.nodes.metrics_address, "ADDRESS:PORT",
        "Where /metrics is served (default 127.0.0.1:9464), or off");
    run->footer(kRunFooter);

    CLI::App* const watch =
        app.add_subcommand("watch", "Follow nodes and show a live table, or JSON lines");
    add_node_options(watch, typed);
    add_log_options(watch, typed);
    add(watch, "--format", typed.format, "table|json",
        "Default: table on a terminal, json elsewhere");
    add(watch, "--duration", typed.duration, "SECONDS", "End after this time");
    add(watch, "--until-slot", typed.until_slot, "SLOT",
        "End with the first best head of this slot or a later one");
    watch->add_flag("--exit-on-give-up", typed.exit_on_give_up,
                    "Exit 1 when five retry cycles in a row have failed");
    watch->footer(kWatchFooter);

    CLI::App* const check =
        app.add_subcommand("check", "Look at each node once; exit code as a monitoring plugin");
    add_node_options(check, typed);
    add(check, "--format", typed.format, "table|json", "Default: table");
    add_look_options(check, typed);
    check->footer(kCheckFooter);

    CLI::App* const doctor =
        app.add_subcommand("doctor", "Look at one node, and say what is wrong and what to do");
    add(doctor, "URL", typed.url, "URL", "The node's URL (required)");
    add_network_options(doctor, typed);
    add_request_options(doctor, typed);
    add_look_options(doctor, typed);
    doctor->footer(kDoctorFooter);

    CLI::App* const events = app.add_subcommand("events", "Print one event stream, raw");
    add(events, "--url", typed.url, "URL", "The stream's whole URL (required)");
    add(events, "--topics", typed.topics, "A,B", "Adds topics=A,B to the URL");
    add(events, "--max-events", typed.max_events, "N", "End after N events");
    add(events, "--timeout", typed.timeout, "SECONDS", "The total time");
    add(events, "--max-event-bytes", typed.max_event_bytes, "BYTES",
        "A larger event is a failure (default 16777216)");
    add_request_options(events, typed);
    events->footer(kEventsFooter);

    CLI::App* const simulate =
        app.add_subcommand("simulate", "Be a network of beacon nodes on this machine");
    add(simulate, "--scenario", typed.scenario_file, "FILE", "Nodes and faults (TOML)");
    add(simulate, "--nodes", typed.node_count, "N",
        "This many nodes: the first of the scenario, then healthy ones (default without one: 4)");
    add(simulate, "--slot-ms", typed.slot_ms, "MS", "Slot length");
    simulate->footer(kSimulateFooter);

    CLI::App* const demo =
        app.add_subcommand("demo", "Watch four simulated nodes with faults, all in one process");
    add(demo, "--duration", typed.duration, "SECONDS",
        "End after this time (default: 60 without a terminal)");
    add(demo, "--slot-ms", typed.slot_ms, "MS", "Slot length");
    demo->footer(kDemoFooter);
}

/// The first argument, when it stands in the place of a command and is none; nothing that may be a
/// value.
std::optional<std::string> find_unknown_command(const std::vector<std::string>& argv) {
    constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz-";
    if (argv.size() < 2 || argv[1].empty() || argv[1].size() > 20 || argv[1].starts_with("-") ||
        argv[1].find_first_not_of(kLetters) != std::string::npos) {
        return std::nullopt;
    }
    std::string text = "unknown command " + argv[1];
    if (const auto nearest = base::find_nearest(
            argv[1], {"run", "watch", "check", "doctor", "events", "simulate", "demo"})) {
        text += "; did you mean " + std::string{*nearest} + "?";
    }
    return text;
}

/// The text of CLI11's error, as far as it can hold nothing that was typed as a value.
std::string describe(const CLI::ParseError& error, const CLI::App& app,
                     const std::vector<std::string>& argv) {
    if (app.get_subcommands().empty()) {
        if (const auto unknown = find_unknown_command(argv)) {
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
    return command != argv.end() && (*command == "check" || *command == "doctor")
               ? kExitCouldNotCheck
               : kExitUsage;
}

Arguments make_arguments(const CLI::App& app, Typed& typed) {
    Arguments arguments;
    arguments.core_files = typed.core_files;
    const std::string command = app.get_subcommands().front()->get_name();
    if (command == "run") {
        arguments.command = RunArguments{std::move(typed.nodes)};
    } else if (command == "watch") {
        arguments.command = watch_arguments(typed);
    } else if (command == "check") {
        arguments.command = check_arguments(typed);
    } else if (command == "doctor") {
        arguments.command = doctor_arguments(typed);
    } else if (command == "events") {
        arguments.command = events_arguments(typed);
    } else if (command == "simulate") {
        arguments.command = simulate_arguments(typed);
    } else {
        arguments.command = demo_arguments(typed);
    }
    return arguments;
}

}  // namespace

Arguments parse_arguments(const std::vector<std::string>& argv) {
    Typed typed;
    CLI::App app{std::string{kDescription}, "headmon"};
    app.set_version_flag("--version", std::string{"headmon "} + HEADMON_VERSION);
    app.add_flag("--core-files", typed.core_files,
                 "Let a crash write a core file; it would hold URLs and headers");
    app.require_subcommand(1);
    app.fallthrough();
    app.footer(kFooter);
    add_commands(app, typed);
    // CLI11 wants the arguments in reverse and without the program's name.
    std::vector<std::string> reversed(argv.rbegin(), argv.rend());
    if (!reversed.empty()) {
        reversed.pop_back();
    }
    try {
        app.parse(reversed);
        return make_arguments(app, typed);
    } catch (const CLI::CallForHelp&) {
        // Help belongs to the command that it was asked of.
        const auto used = app.get_subcommands();
        return Arguments{
            Finished{kExitOk, used.empty() ? app.help() : used.front()->help("headmon")}};
    } catch (const CLI::CallForVersion& version) {
        return Arguments{Finished{kExitOk, std::string{version.what()} + "\n"}};
    } catch (const CLI::ParseError& error) {
        return Arguments{Finished{usage_exit_code(argv), "headmon: " + describe(error, app, argv) +
                                                             "; see headmon --help"}};
    } catch (const UsageError& error) {
        return Arguments{Finished{usage_exit_code(argv), "headmon: " + error.text}};
    }
}

}  // namespace cli
