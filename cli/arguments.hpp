#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "chain/slot.hpp"
#include "config/config.hpp"
#include "fleet/assessment.hpp"
#include "history/export.hpp"
#include "history/file.hpp"
#include "history/report.hpp"
#include "http/request.hpp"

namespace cli {

/// `headmon run`: the daemon.
struct RunArguments {
    config::Settings settings;
    /// Only say what is wrong with them.
    bool is_check = false;
};

enum class WatchFormat : std::uint8_t { kTable, kJson };

/// `headmon watch`.
struct WatchArguments {
    config::Settings settings;
    /// Absent: a table on a terminal, JSON elsewhere.
    std::optional<WatchFormat> format;
    std::optional<std::chrono::milliseconds> duration;
    std::optional<chain::Slot> until_slot;
    bool exit_on_give_up = false;
};

/// How long `check` and `doctor` take at most, not counting `--wait`.
inline constexpr std::chrono::milliseconds kProbeTimeout{10'000};

/// `headmon check`.
struct CheckArguments {
    config::Settings settings;
    WatchFormat format = WatchFormat::kTable;
    std::chrono::milliseconds timeout = kProbeTimeout;
    /// Wait for heads, up to two slots more.
    bool wait = false;
};

/// `headmon doctor`.
struct DoctorArguments {
    /// Its one node, and the network's options.
    config::Settings settings;
    std::chrono::milliseconds timeout = kProbeTimeout;
    bool wait = false;
};

/// `headmon events`.
struct EventsArguments {
    http::Endpoint endpoint;
    std::optional<std::uint64_t> max_events;
    /// The total time.
    std::optional<std::chrono::milliseconds> timeout;
    std::size_t event_bytes_max = std::size_t{16} * 1024 * 1024;
};

/// `headmon simulate`.
struct SimulateArguments {
    /// Empty: healthy nodes.
    std::string scenario_file;
    std::optional<std::size_t> nodes;
    std::optional<std::chrono::milliseconds> slot_duration;
};

/// `headmon demo`.
struct DemoArguments {
    std::optional<std::chrono::milliseconds> duration;
    std::optional<std::chrono::milliseconds> slot_duration;
    /// Where the API and the web page are served; nothing where they are not.
    config::AddressOrOff api_address =
        config::ListenAddress{boost::asio::ip::address_v4::loopback(), 0};
};

/// `headmon report`.
struct ReportArguments {
    /// Empty: the API is asked.
    std::string file;
    std::optional<http::Endpoint> api;
    history::WindowChoice window;
    history::ReportFormat format = history::ReportFormat::kText;
};

enum class HistoryAction : std::uint8_t { kCheck, kVacuum, kExport };

/// `headmon history`.
struct HistoryArguments {
    HistoryAction action = HistoryAction::kCheck;
    std::string file;
    /// One of history::export_names().
    std::string kind = "slots";
    history::ExportFormat format = history::ExportFormat::kNdjson;
    std::optional<base::WallTime> from;
    std::optional<base::WallTime> to;
};

/// `headmon candidates`.
struct CandidatesArguments {
    /// get, set, add or remove.
    std::string action;
    /// NAME=URL, URL or NAME.
    std::vector<std::string> entries;
    /// More of them, as the body of a request: a path, or "-" for standard input; empty: none.
    std::string file;
    /// Where the API and its token are: a config file, and what comes before it.
    std::string config_file;
    std::string api_url;
    std::string token_file;
    bool is_dry_run = false;
    bool is_json = false;
};

/// Where HAProxy serves validator clients unless told otherwise.
inline constexpr std::uint16_t kFrontendPort = 9467;

/// `headmon haproxy`.
struct HaproxyArguments {
    config::Settings settings;
    config::ListenAddress address{boost::asio::ip::address_v4::loopback(), kFrontendPort};
    /// Where the secrets go; empty: nowhere.
    std::string secrets_file;
    /// They go to standard output.
    bool show_secrets = false;
};

enum class ConfigAction : std::uint8_t { kCheck, kExample, kNodes };

/// `headmon config`.
struct ConfigArguments {
    ConfigAction action = ConfigAction::kExample;
    std::string file;
};

/// `headmon healthcheck`.
struct HealthcheckArguments {
    /// Where the API is: a config file, and what comes before it.
    std::string config_file;
    std::string api_url;
    /// /readyz, in place of /healthz.
    bool is_ready = false;
    std::chrono::milliseconds timeout{3000};
};

/// `headmon record`.
struct RecordArguments {
    config::Settings settings;
    std::string directory;
    std::optional<std::chrono::milliseconds> duration;
};

enum class ReplayFormat : std::uint8_t { kTable, kJson, kReport };

/// `headmon replay`.
struct ReplayArguments {
    std::string directory;
    /// Absent: a table on a terminal, JSON elsewhere.
    std::optional<ReplayFormat> format;
    /// 0: as fast as it goes.
    std::optional<double> speed;
    std::optional<base::WallTime> from;
    std::optional<base::WallTime> to;
    /// Empty: nowhere.
    std::string metrics_file;
    /// Of other settings; empty: none.
    std::string config_file;
    /// Updates of another headmon; empty: none.
    std::string against_file;
    bool serve = false;
};

enum class RecordingAction : std::uint8_t { kInfo, kCut, kMerge, kAnonymise };

/// `headmon recording`.
struct RecordingArguments {
    RecordingAction action = RecordingAction::kInfo;
    std::vector<std::string> directories;
    std::optional<base::WallTime> from;
    std::optional<base::WallTime> to;
};

enum class FleetAction : std::uint8_t { kWatch, kReport, kCheck };

/// `headmon fleet`.
struct FleetArguments {
    FleetAction action = FleetAction::kWatch;
    /// Where `[fleet]` is.
    std::string config_file;
    /// With the instances that are meant.
    fleet::Thresholds thresholds;
    /// The label by which sites are told apart.
    std::string site_label = "site";
    /// Of watch: absent, a table on a terminal, JSON elsewhere. Of check: absent, text.
    std::optional<WatchFormat> format;
    history::ReportFormat report_format = history::ReportFormat::kText;
    bool all_nodes = false;
    std::optional<std::chrono::milliseconds> duration;
    /// Absent: watch begins with the present state; 24 h of a report, 15 min of a check.
    std::optional<std::chrono::seconds> since;
    std::optional<base::WallTime> until;
    /// Of a check.
    std::chrono::milliseconds timeout{30'000};
};

/// Nothing to run: text for standard output (help, version), or one error line.
struct Finished {
    int exit_code = 0;
    std::string text;
};

struct Arguments {
    std::variant<Finished, RunArguments, WatchArguments, CheckArguments, DoctorArguments,
                 EventsArguments, SimulateArguments, DemoArguments, ReportArguments,
                 HistoryArguments, CandidatesArguments, HaproxyArguments, ConfigArguments,
                 HealthcheckArguments, RecordArguments, ReplayArguments, RecordingArguments,
                 FleetArguments>
        command;
    /// The program may write core files, which hold secrets.
    bool core_files = false;
};

/// Reads the command line (`argv[0]` included) without touching files of nodes or networks.
/// Usage errors come as Finished with exit code 2, of `check` and `doctor` with 3; their text
/// repeats no value, for it may be secret.
[[nodiscard]] Arguments parse_arguments(const std::vector<std::string>& argv);

}  // namespace cli
