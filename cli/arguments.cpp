#include "cli/arguments.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include <CLI/CLI.hpp>

#include "cli/exit_code.hpp"
#include "cli/help.hpp"
#include "cli/text.hpp"

namespace cli {
namespace {

/// What is typed, before it is checked. CLI11 repeats bad values in its errors, so it gets none to
/// check.
struct Typed {
    NodeArguments nodes;
    std::string format;
    std::string duration;
    std::string until_slot;
    bool exit_on_give_up = false;
    std::string url;
    std::string topics;
    std::string max_events;
    std::string timeout;
    std::string max_event_bytes;
    std::vector<std::string> headers;
    http::TlsFiles tls;
    std::string scenario_file;
    std::string node_count;
    std::string slot_ms;
    bool core_files = false;
};

/// A usage error; never leaves this file.
struct UsageError {
    std::string text;
};

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

void add_node_options(CLI::App* app, Typed& typed) {
    add(app, "--config", typed.nodes.config_file, "FILE", "Nodes and settings, see the example");
    add_each(app, "--beacon-node", typed.nodes.beacon_node, "NAME=URL",
             "A node to follow; once for each node");
    add(app, "--beacon-nodes", typed.nodes.beacon_nodes, "URL,URL",
        "Nodes to follow, named after host and port");
    add(app, "--network", typed.nodes.network, "NAME",
        "auto (ask the nodes), mainnet, sepolia, hoodi or gnosis");
    add(app, "--genesis-time", typed.nodes.genesis_time, "SECONDS",
        "Genesis of another network, since 1970");
    add(app, "--slot-duration-ms", typed.nodes.slot_duration_ms, "MS",
        "Slot length of another network");
    add(app, "--log-format", typed.nodes.log_format, "text|json", "Log lines on standard error");
    add(app, "--log-level", typed.nodes.log_level, "LEVEL", "debug, info, warning or error");
}

void add_commands(CLI::App& app, Typed& typed) {
    CLI::App* const run = app.add_subcommand("run", "Follow nodes until stopped: the daemon");
    add_node_options(run, typed);
    run->footer(kRunFooter);

    CLI::App* const watch =
        app.add_subcommand("watch", "Follow nodes and show a live table, or JSON lines");
    add_node_options(watch, typed);
    add(watch, "--format", typed.format, "table|json",
        "Default: table on a terminal, json elsewhere");
    add(watch, "--duration", typed.duration, "SECONDS", "End after this time");
    add(watch, "--until-slot", typed.until_slot, "SLOT",
        "End with the first best head of this slot or a later one");
    watch->add_flag("--exit-on-give-up", typed.exit_on_give_up,
                    "Exit 1 when five retry cycles in a row have failed");
    watch->footer(kWatchFooter);

    CLI::App* const events = app.add_subcommand("events", "Print one event stream, raw");
    add(events, "--url", typed.url, "URL", "The stream's whole URL (required)");
    add(events, "--topics", typed.topics, "A,B", "Adds topics=A,B to the URL");
    add(events, "--max-events", typed.max_events, "N", "End after N events");
    add(events, "--timeout", typed.timeout, "SECONDS", "The total time");
    add(events, "--max-event-bytes", typed.max_event_bytes, "BYTES",
        "A larger event is a failure (default 16777216)");
    add_each(events, "--header", typed.headers, "'NAME: VALUE'",
             "A header to send; once for each header");
    add(events, "--ca-file", typed.tls.ca_file, "FILE", "PEM file of the CA to trust");
    add(events, "--client-certificate-file", typed.tls.client_certificate_file, "FILE",
        "PEM file of the certificate to show");
    add(events, "--client-key-file", typed.tls.client_key_file, "FILE", "PEM file of its key");
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

std::optional<std::chrono::milliseconds> seconds(const std::string& text, const char* option) {
    if (text.empty()) {
        return std::nullopt;
    }
    const auto value = parse_seconds(text);
    if (!value) {
        throw UsageError{std::string{option} + " wants seconds, such as 60 or 0.5"};
    }
    return value;
}

std::optional<std::uint64_t> number(const std::string& text, const char* option, std::uint64_t min,
                                    std::uint64_t max) {
    if (text.empty()) {
        return std::nullopt;
    }
    const auto value = parse_number(text, min, max);
    if (!value) {
        std::string range = " wants a whole number";
        if (max != std::numeric_limits<std::uint64_t>::max()) {
            range += " from " + std::to_string(min) + " to " + std::to_string(max);
        } else if (min > 0) {
            range += ", " + std::to_string(min) + " or more";
        }
        throw UsageError{option + range};
    }
    return value;
}

constexpr std::uint64_t kAny = std::numeric_limits<std::uint64_t>::max();

std::optional<std::chrono::milliseconds> slot_duration(const Typed& typed) {
    const auto value = number(typed.slot_ms, "--slot-ms", 50, 3'600'000);
    return value ? std::optional{std::chrono::milliseconds{static_cast<std::int64_t>(*value)}}
                 : std::nullopt;
}

WatchArguments watch_arguments(Typed& typed) {
    WatchArguments watch;
    watch.nodes = std::move(typed.nodes);
    if (typed.format == "table") {
        watch.format = WatchFormat::kTable;
    } else if (typed.format == "json") {
        watch.format = WatchFormat::kJson;
    } else if (!typed.format.empty()) {
        throw UsageError{"--format wants table or json"};
    }
    watch.duration = seconds(typed.duration, "--duration");
    if (const auto slot = number(typed.until_slot, "--until-slot", 0, kAny)) {
        watch.until_slot = base::Slot{*slot};
    }
    watch.exit_on_give_up = typed.exit_on_give_up;
    return watch;
}

std::string topics_query(const std::string& topics) {
    constexpr std::string_view kTopic =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";
    for (const std::string& topic : split(topics, ',')) {
        if (topic.empty() || topic.find_first_not_of(kTopic) != std::string::npos) {
            throw UsageError{"--topics wants names with commas between, such as head,block"};
        }
    }
    return "topics=" + topics;
}

EventsArguments events_arguments(Typed& typed) {
    if (typed.url.empty()) {
        throw UsageError{"--url is required; see headmon --help"};
    }
    const auto url = http::Url::parse_whole(typed.url);
    if (!url) {
        throw UsageError{"--url: " + url.error().detail + "; give the stream's whole URL"};
    }
    EventsArguments events;
    events.endpoint = http::Endpoint{*url, {}, typed.tls};
    if (!typed.topics.empty()) {
        events.endpoint.url = url->with_path("", topics_query(typed.topics));
    }
    for (const std::string& header : typed.headers) {
        const auto colon = header.find(':');
        const std::string name = header.substr(0, colon);
        std::string value = colon == std::string::npos ? "" : header.substr(colon + 1);
        value.erase(0, value.find_first_not_of(" \t"));
        if (colon == std::string::npos || !is_header(name, value)) {
            throw UsageError{"--header wants 'NAME: VALUE'"};
        }
        events.endpoint.headers.push_back(http::Header{name, value});
    }
    if (const auto problem = find_tls_problem(typed.tls)) {
        throw UsageError{*problem};
    }
    events.max_events = number(typed.max_events, "--max-events", 1, kAny);
    events.timeout = seconds(typed.timeout, "--timeout");
    if (const auto bytes = number(typed.max_event_bytes, "--max-event-bytes", 1, 1'073'741'824)) {
        events.event_bytes_max = *bytes;
    }
    return events;
}

SimulateArguments simulate_arguments(Typed& typed) {
    SimulateArguments simulate;
    simulate.scenario_file = std::move(typed.scenario_file);
    simulate.nodes = number(typed.node_count, "--nodes", 1, 256);
    simulate.slot_duration = slot_duration(typed);
    return simulate;
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
    if (const auto nearest =
            find_nearest(argv[1], {"run", "watch", "events", "simulate", "demo"})) {
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
        if (const auto nearest = find_nearest(flag, known)) {
            text += "; did you mean " + std::string{*nearest} + "?";
        }
        return text;
    }
    return "an argument that belongs to no option; each value follows the option it is for";
}

Finished usage(const std::string& text) {
    return Finished{kExitUsage, "headmon: " + text};
}

Arguments make_arguments(const CLI::App& app, Typed& typed) {
    Arguments arguments;
    arguments.core_files = typed.core_files;
    const std::string command = app.get_subcommands().front()->get_name();
    if (command == "run") {
        arguments.command = RunArguments{std::move(typed.nodes)};
    } else if (command == "watch") {
        arguments.command = watch_arguments(typed);
    } else if (command == "events") {
        arguments.command = events_arguments(typed);
    } else if (command == "simulate") {
        arguments.command = simulate_arguments(typed);
    } else {
        arguments.command =
            DemoArguments{seconds(typed.duration, "--duration"), slot_duration(typed)};
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
        return Arguments{usage(describe(error, app, argv) + "; see headmon --help")};
    } catch (const UsageError& error) {
        return Arguments{usage(error.text)};
    }
}

}  // namespace cli
