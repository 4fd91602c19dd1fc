#include <utility>

#include <CLI/CLI.hpp>

#include "base/text.hpp"
#include "cli/help.hpp"
#include "cli/options.hpp"

namespace cli {
namespace {

/// `use` is called once the line is known to be well formed.
void add(CLI::App& command, RawOptions& raw, const std::string& flag, const char* type,
         const char* help, std::function<void(const std::string& text)> use) {
    const auto take = [flag, use = std::move(use), &raw](const std::string& typed) {
        if (typed.empty()) {
            throw UsageError{flag + " has an empty value; give one, or leave the option out"};
        }
        raw.values.emplace_back([use, typed] { use(typed); });
    };
    command.add_option_function<std::string>(flag, take, help)->type_name(type);
}

void add_each(CLI::App& command, const std::string& flag, const char* type, const char* help,
              const std::function<void(const std::string& text)>& use) {
    const auto take = [use](const std::vector<std::string>& typed) {
        for (const std::string& one : typed) {
            use(one);
        }
    };
    command.add_option_function<std::vector<std::string>>(flag, take, help)
        ->type_name(type)
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

std::chrono::milliseconds parse_time(const std::string& flag, const std::string& text) {
    const auto value = base::parse_seconds(text);
    if (!value) {
        throw UsageError{flag + " wants seconds, such as 90"};
    }
    return *value;
}

std::uint64_t parse_count(const std::string& flag, const std::string& text, std::uint64_t most) {
    const auto value = base::parse_number(text, 1, most);
    if (!value) {
        throw UsageError{flag + " wants a whole number from 1 to " + std::to_string(most)};
    }
    return *value;
}

std::pair<std::string, std::string> parse_label(const std::string& text) {
    const std::size_t at = text.find('=');
    if (at == 0 || at == std::string::npos) {
        throw UsageError{"--label wants KEY=VALUE, such as site=fra"};
    }
    return {text.substr(0, at), text.substr(at + 1)};
}

void declare_thresholds(CLI::App& command, RawOptions& raw) {
    fleet::Thresholds& thresholds = raw.fleet.thresholds;
    add(command, raw, "--silent-after", "SECONDS",
        "An instance that sent nothing for so long is silent (default 90)",
        [&](const std::string& text) {
            thresholds.silent_after = parse_time("--silent-after", text);
        });
    add(command, raw, "--gone-after", "SPAN",
        "And no part of the fleet any more after so long (default 24h)",
        [&](const std::string& text) { thresholds.gone_after = parse_span("--gone-after", text); });
    add(command, raw, "--late-warning", "PERCENT",
        "Of check: a site that is late in more of its slots is a warning (default 10)",
        [&](const std::string& text) {
            thresholds.late_warning = static_cast<double>(parse_count("--late-warning", text, 100));
        });
    add(command, raw, "--late-critical", "PERCENT", "And critical from here on (default 50)",
        [&](const std::string& text) {
            thresholds.late_critical =
                static_cast<double>(parse_count("--late-critical", text, 100));
        });
    add(command, raw, "--slots-min", "N",
        "Of check: with fewer slots a site is not known (default 5)", [&](const std::string& text) {
            thresholds.slots_min = parse_count("--slots-min", text, 1'000'000);
        });
    add(command, raw, "--timeout", "SECONDS", "Of check: the longest it may take (default 30)",
        [&raw](const std::string& text) { raw.fleet.timeout = parse_time("--timeout", text); });
}

}  // namespace

void declare_fleet(CLI::App& app, RawOptions& raw) {
    CLI::App& command =
        *app.add_subcommand("fleet", "Watch, report or check all headmons of a fleet");
    command.footer(kFleetFooter);
    FleetArguments& fleet = raw.fleet;
    add(command, raw, "ACTION", "watch|report|check", "What to do, see below",
        [&raw](const std::string& text) { raw.fleet_action = text; });
    add(command, raw, "--config", "FILE", "Where [fleet] is (required)",
        [&fleet](const std::string& text) { fleet.config_file = text; });
    add(command, raw, "--format", "table|text|json|html",
        "Of watch table or json, of report text, json or html, of check text or json",
        [&raw](const std::string& text) { raw.fleet_format = text; });
    add_each(
        command, "--instance", "NAME", "Only this one; may be given again",
        [&fleet](const std::string& text) { fleet.thresholds.filter.instances.push_back(text); });
    add_each(command, "--label", "KEY=VALUE", "Only instances with this label; may be given again",
             [&fleet](const std::string& text) {
                 fleet.thresholds.filter.labels.push_back(parse_label(text));
             });
    add(command, raw, "--by", "LABEL", "The label by which sites are told apart (default site)",
        [&fleet](const std::string& text) { fleet.site_label = text; });
    add(command, raw, "--since", "SPAN",
        "So long back: of report 24h, of check 15m; watch begins with the present state",
        [&fleet](const std::string& text) { fleet.since = parse_span("--since", text); });
    add(command, raw, "--until", "MOMENT", "Of report: its end (default: now)",
        [&fleet](const std::string& text) { fleet.until = parse_moment("--until", text); });
    command.add_flag("--nodes", fleet.all_nodes, "Of watch: a line for each node");
    add(command, raw, "--duration", "SECONDS", "Of watch: end after this time",
        [&fleet](const std::string& text) { fleet.duration = parse_time("--duration", text); });
    declare_thresholds(command, raw);
}

void take_fleet(RawOptions& raw) {
    FleetArguments& fleet = raw.fleet;
    if (raw.fleet_action == "watch") {
        fleet.action = FleetAction::kWatch;
    } else if (raw.fleet_action == "report") {
        fleet.action = FleetAction::kReport;
    } else if (raw.fleet_action == "check") {
        fleet.action = FleetAction::kCheck;
    } else {
        throw UsageError{"headmon fleet wants watch, report or check; see --help"};
    }
    if (fleet.config_file.empty()) {
        throw UsageError{"no config; give it: headmon fleet " + raw.fleet_action +
                         " --config FILE"};
    }
    if (raw.fleet_format.empty()) {
        return;
    }
    const bool is_json = raw.fleet_format == "json";
    if (fleet.action == FleetAction::kReport) {
        fleet.report_format = parse_report_format(raw.fleet_format);
    } else if (!is_json && fleet.action == FleetAction::kWatch && raw.fleet_format != "table") {
        throw UsageError{"--format of watch wants table or json"};
    } else if (!is_json && fleet.action == FleetAction::kCheck && raw.fleet_format != "text") {
        throw UsageError{"--format of check wants text or json"};
    }
    fleet.format = is_json ? WatchFormat::kJson : WatchFormat::kTable;
}

}  // namespace cli
