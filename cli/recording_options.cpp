#include <cstdlib>

#include <CLI/CLI.hpp>

#include "base/text.hpp"
#include "cli/help.hpp"
#include "cli/options.hpp"

namespace cli {
namespace {

/// Like the options of the other commands: one that is given has a value.
CLI::Option* add(CLI::App& command, const std::string& flag, const char* type, const char* help,
                 std::function<void(const std::string& text)> use) {
    const auto take = [flag, use = std::move(use)](const std::string& typed) {
        if (typed.empty()) {
            throw UsageError{flag + " has an empty value; give one, or leave the option out"};
        }
        use(typed);
    };
    return command.add_option_function<std::string>(flag, take, help)->type_name(type);
}

auto put(std::string& value) {
    return [&value](const std::string& text) { value = text; };
}

void add_moments(CLI::App& command, std::optional<base::WallTime>& from,
                 std::optional<base::WallTime>& to) {
    add(command, "--from", "MOMENT", "Begin, such as 2026-01-31T00:00:00Z",
        [&from](const std::string& text) { from = parse_moment("--from", text); });
    add(command, "--to", "MOMENT", "End",
        [&to](const std::string& text) { to = parse_moment("--to", text); });
}

/// 0: as fast as it goes.
double parse_speed(const std::string& text) {
    if (text == "max") {
        return 0;
    }
    const auto speed = base::parse_seconds(text);
    constexpr std::chrono::milliseconds kLeast{10};
    constexpr std::chrono::seconds kMost{10'000};
    if (!speed || *speed < kLeast || *speed > kMost) {
        throw UsageError{"--speed wants a number from 0.01 to 10000, or max"};
    }
    return std::chrono::duration<double>(*speed).count();
}

ReplayFormat parse_replay_format(const std::string& text) {
    if (text == "table") {
        return ReplayFormat::kTable;
    }
    if (text == "json") {
        return ReplayFormat::kJson;
    }
    if (text == "report") {
        return ReplayFormat::kReport;
    }
    throw UsageError{"--format wants table, json or report"};
}

}  // namespace

void declare_recording(CLI::App& app, RawOptions& raw) {
    CLI::App& replay = *app.add_subcommand("replay", "Run the monitor again on what was recorded");
    replay.footer(kReplayFooter);
    ReplayArguments& arguments = raw.replay;
    add(replay, "DIR", "DIR", "What --record keeps", put(arguments.directory));
    add(replay, "--format", "table|json|report", "Default: table on a terminal, json elsewhere",
        [&arguments](const std::string& text) { arguments.format = parse_replay_format(text); });
    add(replay, "--speed", "N|max",
        "So many times as fast as it was (default: 1 for the table and --serve, else max)",
        [&arguments](const std::string& text) { arguments.speed = parse_speed(text); });
    add_moments(replay, arguments.from, arguments.to);
    add(replay, "--metrics-out", "FILE", "Write the metrics there as they are at the end",
        put(arguments.metrics_file));
    add(replay, "--with-config", "FILE", "Show which facts would be other ones with this config",
        put(arguments.config_file));
    add(replay, "--against", "FILE",
        "Show which facts are other ones than in the updates of this file",
        put(arguments.against_file));
    replay.add_flag("--serve", arguments.serve,
                    "Be the recorded beacon nodes on this machine instead");

    CLI::App& recording =
        *app.add_subcommand("recording", "Look into a recording, or make another one of it");
    recording.footer(kRecordingFooter);
    add(recording, "ACTION", "info|cut|merge|anonymise", "What to do, see below",
        put(raw.recording_action));
    recording
        .add_option_function<std::vector<std::string>>(
            "DIRS",
            [&raw](const std::vector<std::string>& typed) { raw.recording.directories = typed; },
            "Directories, see below")
        ->type_name("DIR");
    add_moments(recording, raw.recording.from, raw.recording.to);
}

void take_replay(RawOptions& raw) {
    ReplayArguments& replay = raw.replay;
    if (replay.directory.empty()) {
        throw UsageError{"no directory; give it: headmon replay DIR"};
    }
    if (replay.from && replay.to && *replay.from >= *replay.to) {
        throw UsageError{"--from must be before --to"};
    }
    const bool shows = replay.format || replay.from || replay.to || !replay.metrics_file.empty();
    const bool compares = !replay.config_file.empty() || !replay.against_file.empty();
    if (replay.serve && (shows || compares)) {
        throw UsageError{"--serve goes with --speed alone"};
    }
    if (!replay.config_file.empty() && !replay.against_file.empty()) {
        throw UsageError{"--with-config and --against are two questions; ask one of them"};
    }
    const bool is_json = !replay.format || replay.format == ReplayFormat::kJson;
    if (compares && (!is_json || replay.speed || !replay.metrics_file.empty())) {
        throw UsageError{
            "--with-config and --against go with --from, --to and --format json alone"};
    }
    if (replay.serve && replay.speed == 0.0) {
        throw UsageError{"--serve wants a --speed that somebody can follow, such as 1 or 10"};
    }
}

void take_recording(RawOptions& raw) {
    RecordingArguments& recording = raw.recording;
    const std::string& action = raw.recording_action;
    const std::size_t count = recording.directories.size();
    const auto wants = [&](bool is_right, const char* usage) {
        if (!is_right) {
            throw UsageError{std::string{"it is called so: headmon recording "} + usage};
        }
    };
    if (action == "info") {
        recording.action = RecordingAction::kInfo;
        wants(count == 1, "info DIR");
    } else if (action == "cut") {
        recording.action = RecordingAction::kCut;
        wants(count == 2 && (recording.from || recording.to),
              "cut DIR OUT --from MOMENT --to MOMENT");
    } else if (action == "merge") {
        recording.action = RecordingAction::kMerge;
        wants(count >= 2, "merge OUT DIR DIR");
    } else if (action == "anonymise") {
        recording.action = RecordingAction::kAnonymise;
        wants(count == 2, "anonymise DIR OUT");
    } else {
        throw UsageError{"headmon recording wants info, cut, merge or anonymise; see --help"};
    }
    if (recording.action != RecordingAction::kCut && (recording.from || recording.to)) {
        throw UsageError{"--from and --to are for cut"};
    }
}

}  // namespace cli
