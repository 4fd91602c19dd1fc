#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "cli/arguments.hpp"
#include "http/request.hpp"

// The library's own header is slow, and belongs to two sources alone.
namespace CLI {  // NOLINT(readability-identifier-naming)
class App;
}

namespace cli {

/// A usage error; repeats no value.
struct UsageError {
    std::string text;
};

/// The command line while it is read: what the options of each command have set, and what is put
/// together once all of them are known.
struct RawOptions {
    bool core_files = false;
    RunArguments run;
    WatchArguments watch;
    CheckArguments check;
    DoctorArguments doctor;
    EventsArguments events;
    SimulateArguments simulate;
    DemoArguments demo;
    ReportArguments report;
    HistoryArguments history;
    std::string history_action;
    CandidatesArguments candidates;
    HaproxyArguments haproxy;
    RecordArguments record;
    ReplayArguments replay;
    RecordingArguments recording;
    std::string recording_action;
    FleetArguments fleet;
    std::string fleet_action;
    std::string fleet_format;
    ConfigArguments config;
    std::string config_action;
    HealthcheckArguments healthcheck;
    std::string healthcheck_timeout;

    // Of these, one command takes what another leaves.
    std::vector<std::string> beacon_node;
    std::string beacon_nodes;
    std::string url;
    std::string topics;
    std::vector<std::string> headers;
    http::TlsFiles tls;

    /// Checks a value and puts it where it belongs. They run once the whole line is known to be
    /// well formed, so that help and an unknown option come before a bad value. Each may throw
    /// UsageError.
    std::vector<std::function<void()>> values;
};

/// "0.2.0"
[[nodiscard]] std::string program_version();

/// Declares the whole command line, as declare_commands, with what is given before a command.
void declare_program(CLI::App& app, RawOptions& raw);

/// Declares each command with its options: the one place where an option is. Options that have a
/// setting come from its row in the table of settings. CLI11 repeats bad values in its errors, so
/// it gets none to check. `raw` outlives the parsing; an empty value throws UsageError.
void declare_commands(CLI::App& app, RawOptions& raw);

/// Of "24h": the value of `flag`. Throw UsageError.
[[nodiscard]] history::ReportFormat parse_report_format(const std::string& text);
[[nodiscard]] std::chrono::seconds parse_span(const std::string& flag, const std::string& text);
/// Of "2026-01-31T00:00:00Z".
[[nodiscard]] base::WallTime parse_moment(const std::string& flag, const std::string& text);

/// "slots|heads|…": what `history export` has.
[[nodiscard]] std::string kinds_of_rows();

/// What belongs together in the options of `report` and `history`. Throw UsageError.
void take_report(RawOptions& raw);
void take_history(RawOptions& raw);

/// What is sent to one node, of `doctor` and `events`. Throw UsageError.
void take_doctor(const RawOptions& raw, DoctorArguments& doctor);
void take_events(const RawOptions& raw, EventsArguments& events);

/// The options of `candidates`, and what belongs together in them; the latter throws UsageError.
void declare_candidates(CLI::App& app, RawOptions& raw);
void take_candidates(CandidatesArguments& candidates);

/// The same of `config` and `healthcheck`.
void declare_config(CLI::App& app, RawOptions& raw);
void take_config(RawOptions& raw);
void take_healthcheck(RawOptions& raw);

/// The options of `replay` and `recording`, and what belongs together in them; the latter throw
/// UsageError.
void declare_recording(CLI::App& app, RawOptions& raw);
void take_replay(RawOptions& raw);
void take_recording(RawOptions& raw);

/// The same of `fleet`.
void declare_fleet(CLI::App& app, RawOptions& raw);
void take_fleet(RawOptions& raw);

/// The arguments of the command with this name, when the line is read. Throws UsageError.
[[nodiscard]] Arguments take_arguments(RawOptions& raw, const std::string& command);

}  // namespace cli
