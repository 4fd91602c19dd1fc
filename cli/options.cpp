#include "cli/options.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <utility>

#include <CLI/CLI.hpp>

#include "base/text.hpp"
#include "chain/spec.hpp"
#include "cli/help.hpp"
#include "config/node_options.hpp"
#include "config/settings_table.hpp"

namespace cli {
namespace {

using std::chrono::milliseconds;

constexpr std::uint64_t kAny = std::numeric_limits<std::uint64_t>::max();

void refuse_empty(const std::string& flag, const std::vector<std::string>& typed) {
    if (std::find(typed.begin(), typed.end(), "") != typed.end()) {
        throw UsageError{flag + " has an empty value; give one, or leave the option out"};
    }
}

milliseconds parse_seconds(const std::string& flag, const std::string& text) {
    const auto value = base::parse_seconds(text);
    if (!value) {
        throw UsageError{flag + " wants seconds, such as 60 or 0.5"};
    }
    return *value;
}

std::uint64_t parse_number(const std::string& flag, const std::string& text, std::uint64_t min,
                           std::uint64_t max) {
    const auto value = base::parse_number(text, min, max);
    if (!value) {
        std::string range = " wants a whole number";
        if (max != kAny) {
            range += " from " + std::to_string(min) + " to " + std::to_string(max);
        } else if (min > 0) {
            range += ", " + std::to_string(min) + " or more";
        }
        throw UsageError{flag + range};
    }
    return *value;
}

WatchFormat parse_format(const std::string& flag, const std::string& text) {
    if (text != "table" && text != "json") {
        throw UsageError{flag + " wants table or json"};
    }
    return text == "table" ? WatchFormat::kTable : WatchFormat::kJson;
}

/// Declares the options of one command.
class Command {
  public:
    using Use = std::function<void(const std::string& text)>;

    Command(CLI::App& app, RawOptions& raw, const std::string& name, const char* help,
            const char* footer)
        : name_{name}, app_{*app.add_subcommand(name, help)}, raw_{raw} {
        app_.footer(footer);
    }

    /// `use` checks the value and puts it where it belongs.
    void add(const std::string& flag, const char* type, const std::string& help, Use use) {
        const auto take = [flag, use = std::move(use), &raw = raw_](const std::string& typed) {
            refuse_empty(flag, {typed});
            raw.values.emplace_back([use, typed] { use(typed); });
        };
        app_.add_option_function<std::string>(flag, take, help)->type_name(type);
    }

    void add(const std::string& flag, const char* type, const std::string& help,
             std::string& value) {
        add(flag, type, help, [&value](const std::string& text) { value = text; });
    }

    /// The same for an option that may come again and again.
    void add_each(const std::string& flag, const char* type, const std::string& help,
                  std::vector<std::string>& values) {
        const auto take = [flag, &values](const std::vector<std::string>& typed) {
            refuse_empty(flag, typed);
            values = typed;
        };
        app_.add_option_function<std::vector<std::string>>(flag, take, help)
            ->type_name(type)
            ->expected(1)
            ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    }

    void add_flag(const std::string& flag, const std::string& help, bool& value) {
        app_.add_flag(flag, value, help);
    }

    template <class T>
    void add_seconds(const std::string& flag, const std::string& help, T& value) {
        add(flag, "SECONDS", help,
            [flag, &value](const std::string& text) { value = parse_seconds(flag, text); });
    }

    template <class T>
    void add_number(const std::string& flag, const char* type, const std::string& help,
                    std::uint64_t min, std::uint64_t max, T& value) {
        add(flag, type, help,
            [=, &value](const std::string& text) { value = parse_number(flag, text, min, max); });
    }

    template <class T>
    void add_format(const std::string& help, T& value) {
        add("--format", "table|json", help,
            [&value](const std::string& text) { value = parse_format("--format", text); });
    }

    void add_slot_duration(std::optional<milliseconds>& value) {
        add("--slot-ms", "MS", "Slot length", [&value](const std::string& text) {
            const auto number = parse_number("--slot-ms", text, chain::kSlotDurationMin.count(),
                                             chain::kSlotDurationMax.count());
            value = milliseconds{static_cast<std::int64_t>(number)};
        });
    }

    /// The options of this command that set what a config file may set.
    void add_settings(config::Settings& settings) {
        for (const config::Setting& setting : config::settings_table()) {
            if (!setting.option ||
                std::find(setting.option->commands.begin(), setting.option->commands.end(),
                          name_) == setting.option->commands.end()) {
                continue;
            }
            const auto use = [&settings, &setting](const std::string& text) {
                if (const auto added = config::add_option(settings, setting, text); !added) {
                    throw UsageError{added.error().detail};
                }
            };
            const config::Option& option = *setting.option;
            add(std::string{option.flag}, std::string{option.type}.c_str(),
                std::string{option.help}, use);
        }
    }

    /// The nodes to follow, and the settings.
    void add_nodes(config::Settings& settings) {
        add("--config", "FILE", "Nodes and settings, see the example", settings.config_file);
        add_each("--beacon-node", "NAME=URL", "A node to follow; once for each node",
                 raw_.beacon_node);
        add("--beacon-nodes", "URL,URL", "Nodes to follow, named after host and port",
            raw_.beacon_nodes);
        add_settings(settings);
    }

    /// What is sent and shown to one node.
    void add_request() {
        add_each("--header", "'NAME: VALUE'", "A header to send; once for each header",
                 raw_.headers);
        add("--ca-file", "FILE", "PEM file of the CA to trust", raw_.tls.ca_file);
        add("--client-certificate-file", "FILE", "PEM file of the certificate to show",
            raw_.tls.client_certificate_file);
        add("--client-key-file", "FILE", "PEM file of its key", raw_.tls.client_key_file);
    }

    /// How long nodes are probed, which is not to take for ever.
    void add_probe(milliseconds& timeout, bool& wait) {
        const auto use = [&timeout](const std::string& text) {
            timeout = parse_seconds("--timeout", text);
            if (timeout < milliseconds{500} || timeout > std::chrono::minutes{5}) {
                throw UsageError{"--timeout wants seconds from 0.5 to 300, such as 10"};
            }
        };
        add("--timeout", "SECONDS", "The longest it may take (default 10)", use);
        add_flag("--wait", "Wait for a head on each stream too, up to two slots more", wait);
    }

  private:
    std::string name_;
    CLI::App& app_;
    RawOptions& raw_;
};

void declare_followers(CLI::App& app, RawOptions& raw) {
    Command run{app, raw, "run", "Follow nodes until stopped: the daemon", kRunFooter};
    run.add_nodes(raw.run.settings);
    run.add_flag("--check", "Only say what is wrong with the config; start nothing",
                 raw.run.is_check);

    Command watch{app, raw, "watch", "Follow nodes and show a live table, or JSON lines",
                  kWatchFooter};
    watch.add_nodes(raw.watch.settings);
    watch.add_format("Default: table on a terminal, json elsewhere", raw.watch.format);
    watch.add_seconds("--duration", "End after this time", raw.watch.duration);
    watch.add("--until-slot", "SLOT", "End with the first best head of this slot or a later one",
              [&slot = raw.watch.until_slot](const std::string& text) {
                  slot = chain::Slot{parse_number("--until-slot", text, 0, kAny)};
              });
    watch.add_flag("--exit-on-give-up", "Exit 1 when five retry cycles in a row have failed",
                   raw.watch.exit_on_give_up);

    Command record{app, raw, "record", "Follow nodes and keep all that they send", kRecordFooter};
    record.add("DIR", "DIR", "Where it is kept (required)", raw.record.directory);
    record.add_nodes(raw.record.settings);
    record.add_seconds("--duration", "End after this time", raw.record.duration);
}

void declare_probes(CLI::App& app, RawOptions& raw) {
    Command check{app, raw, "check", "Probe each node once; exit code as a monitoring plugin",
                  kCheckFooter};
    check.add_nodes(raw.check.settings);
    check.add_format("Default: table", raw.check.format);
    check.add_probe(raw.check.timeout, raw.check.wait);

    Command doctor{app, raw, "doctor", "Probe one node, and say what is wrong and what to do",
                   kDoctorFooter};
    doctor.add("URL", "URL", "The node's URL (required)", raw.url);
    doctor.add_settings(raw.doctor.settings);
    doctor.add_request();
    doctor.add_probe(raw.doctor.timeout, raw.doctor.wait);
}

config::AddressOrOff parse_api_address(const std::string& text) {
    auto address = config::parse_address_or_off(text);
    if (!address) {
        throw UsageError{"--api-address wants ADDRESS:PORT, such as 127.0.0.1:9465, or off"};
    }
    return *address;
}

void declare_tools(CLI::App& app, RawOptions& raw) {
    Command events{app, raw, "events", "Print one event stream, raw", kEventsFooter};
    events.add("--url", "URL", "The stream's whole URL (required)", raw.url);
    events.add("--topics", "A,B", "Adds topics=A,B to the URL", raw.topics);
    events.add_number("--max-events", "N", "End after N events", 1, kAny, raw.events.max_events);
    events.add_seconds("--timeout", "The total time", raw.events.timeout);
    events.add_number("--max-event-bytes", "BYTES",
                      "A larger event is a failure (default 16777216)", 1, 1'073'741'824,
                      raw.events.event_bytes_max);
    events.add_request();

    Command simulate{app, raw, "simulate", "Be a network of beacon nodes on this machine",
                     kSimulateFooter};
    simulate.add("--scenario", "FILE", "Nodes and faults (TOML)", raw.simulate.scenario_file);
    simulate.add_number(
        "--nodes", "N",
        "This many nodes: the first of the scenario, then healthy ones (default without one: 4)", 1,
        256, raw.simulate.nodes);
    simulate.add_slot_duration(raw.simulate.slot_duration);

    Command demo{app, raw, "demo", "Watch four simulated nodes with faults, all in one process",
                 kDemoFooter};
    demo.add_seconds("--duration", "End after this time (default: 60 without a terminal)",
                     raw.demo.duration);
    demo.add_slot_duration(raw.demo.slot_duration);
    demo.add(
        "--api-address", "ADDRESS:PORT",
        "Where the API and the web page are served, or off (default: a free port of 127.0.0.1)",
        [&raw](const std::string& text) { raw.demo.api_address = parse_api_address(text); });
}

void declare_history(CLI::App& app, RawOptions& raw) {
    const auto add_moments = [](Command& command, std::optional<base::WallTime>& from,
                                std::optional<base::WallTime>& to) {
        command.add("--from", "MOMENT", "Begin, such as 2026-01-31T00:00:00Z",
                    [&from](const std::string& text) { from = parse_moment("--from", text); });
        command.add("--to", "MOMENT", "End (default: now)",
                    [&to](const std::string& text) { to = parse_moment("--to", text); });
    };
    const auto one_of = [](const char* flag, const std::vector<std::string_view>& words,
                           const std::string& text) {
        if (std::find(words.begin(), words.end(), text) == words.end()) {
            throw UsageError{std::string{flag} + " has a value that it cannot take; see --help"};
        }
    };
    Command report{app, raw, "report", "Say which nodes to throw out, and why, from a history",
                   kReportFooter};
    report.add("--history", "FILE", "What headmon run keeps", raw.report.file);
    report.add("--api", "URL", "Or ask a headmon that runs, such as http://127.0.0.1:9465",
               raw.url);
    report.add("--since", "SPAN", "So long before the end: 90m, 24h (default), 7d",
               [&since = raw.report.window.since](const std::string& text) {
                   since = parse_span("--since", text);
               });
    add_moments(report, raw.report.window.from, raw.report.window.to);
    report.add("--format", "text|json|html", "Default: text",
               [&raw](const std::string& text) { raw.report.format = parse_report_format(text); });

    Command command{app, raw, "history", "Check, shrink or export a history", kHistoryFooter};
    command.add("ACTION", "check|vacuum|export", "What to do, see below", raw.history_action);
    command.add("FILE", "FILE", "What headmon run keeps", raw.history.file);
    command.add("--kind", kinds_of_rows().c_str(), "Which rows (default slots)",
                [=, &raw](const std::string& text) {
                    one_of("--kind", history::export_names(), text);
                    raw.history.kind = text;
                });
    command.add("--format", "ndjson|csv", "Default: ndjson", [=, &raw](const std::string& text) {
        one_of("--format", {"ndjson", "csv"}, text);
        raw.history.format =
            text == "csv" ? history::ExportFormat::kCsv : history::ExportFormat::kNdjson;
    });
    add_moments(command, raw.history.from, raw.history.to);
}

void declare_haproxy(CLI::App& app, RawOptions& raw) {
    Command command{app, raw, "haproxy",
                    "Print a configuration for HAProxy: one endpoint for validator clients",
                    kHaproxyFooter};
    command.add_nodes(raw.haproxy.settings);
    command.add("--address", "ADDRESS:PORT",
                "Where HAProxy serves validator clients (default 127.0.0.1:9467)",
                [&address = raw.haproxy.address](const std::string& text) {
                    const auto parsed = config::parse_listen_address(text);
                    if (!parsed) {
                        throw UsageError{
                            "--address wants an IP address and a port, such as 127.0.0.1:9467"};
                    }
                    address = *parsed;
                });
    command.add("--secrets-file", "FILE",
                "Write secrets of nodes to it (mode 0600), for HAProxy to read first",
                raw.haproxy.secrets_file);
    command.add_flag("--show-secrets", "Print secrets of nodes as part of the configuration",
                     raw.haproxy.show_secrets);
}

void take_nodes(const RawOptions& raw, config::Settings& settings) {
    auto nodes = config::parse_nodes(raw.beacon_node, raw.beacon_nodes);
    if (!nodes) {
        throw UsageError{nodes.error().detail};
    }
    settings.nodes = std::move(*nodes);
}

}  // namespace

void declare_commands(CLI::App& app, RawOptions& raw) {
    app.add_flag("--core-files", raw.core_files,
                 "Let a crash write a core file; it would hold URLs and headers");
    declare_followers(app, raw);
    declare_probes(app, raw);
    declare_tools(app, raw);
    declare_history(app, raw);
    declare_candidates(app, raw);
    declare_haproxy(app, raw);
    declare_config(app, raw);
    declare_recording(app, raw);
    declare_fleet(app, raw);
}

Arguments take_arguments(RawOptions& raw, const std::string& command) {
    for (const auto& use : raw.values) {
        use();
    }
    if (command == "run") {
        take_nodes(raw, raw.run.settings);
        return {std::move(raw.run), raw.core_files};
    }
    if (command == "watch") {
        take_nodes(raw, raw.watch.settings);
        return {std::move(raw.watch), raw.core_files};
    }
    if (command == "check") {
        take_nodes(raw, raw.check.settings);
        return {std::move(raw.check), raw.core_files};
    }
    if (command == "doctor") {
        take_doctor(raw, raw.doctor);
        return {std::move(raw.doctor), raw.core_files};
    }
    if (command == "events") {
        take_events(raw, raw.events);
        return {std::move(raw.events), raw.core_files};
    }
    if (command == "simulate") {
        return {std::move(raw.simulate), raw.core_files};
    }
    if (command == "report") {
        take_report(raw);
        return {std::move(raw.report), raw.core_files};
    }
    if (command == "history") {
        take_history(raw);
        return {std::move(raw.history), raw.core_files};
    }
    if (command == "candidates") {
        take_candidates(raw.candidates);
        return {std::move(raw.candidates), raw.core_files};
    }
    if (command == "haproxy") {
        take_nodes(raw, raw.haproxy.settings);
        if (raw.haproxy.show_secrets && !raw.haproxy.secrets_file.empty()) {
            throw UsageError{"give --secrets-file or --show-secrets, not both"};
        }
        return {std::move(raw.haproxy), raw.core_files};
    }
    if (command == "config") {
        take_config(raw);
        return {std::move(raw.config), raw.core_files};
    }
    if (command == "healthcheck") {
        take_healthcheck(raw);
        return {std::move(raw.healthcheck), raw.core_files};
    }
    if (command == "record") {
        take_nodes(raw, raw.record.settings);
        if (raw.record.directory.empty()) {
            throw UsageError{"no directory; give it: headmon record DIR"};
        }
        return {std::move(raw.record), raw.core_files};
    }
    if (command == "replay") {
        take_replay(raw);
        return {std::move(raw.replay), raw.core_files};
    }
    if (command == "recording") {
        take_recording(raw);
        return {std::move(raw.recording), raw.core_files};
    }
    if (command == "fleet") {
        take_fleet(raw);
        return {std::move(raw.fleet), raw.core_files};
    }
    return {raw.demo, raw.core_files};
}

}  // namespace cli
