#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "config/bounded_file.hpp"
#include "config/listen_address.hpp"
#include "config/node_names.hpp"
#include "config/supervision.hpp"
#include "logging/log.hpp"
#include "monitor/candidate.hpp"
#include "monitor/monitor_options.hpp"

namespace config {

/// The value of an environment variable, or nothing.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;
[[nodiscard]] std::optional<std::string> process_environment(const std::string& name);

inline constexpr std::uint16_t kMetricsPort = 9464;

/// `HOST:PORT`, or `off`, which is an empty one.
using MetricsAddress = std::optional<ListenAddress>;
/// Nothing for what is neither.
[[nodiscard]] std::optional<MetricsAddress> parse_metrics_address(std::string_view text);

/// What `run` and `watch` work with.
struct Config {
    std::vector<monitor::Candidate> candidates;
    logging::LogOptions log;
    monitor::MonitorOptions monitor;
    Supervision supervision;
    /// Where `run` serves `/metrics`; nothing where it does not.
    MetricsAddress metrics;
    /// Where `run` keeps slot time from one start to the next; empty: nowhere.
    std::string state_dir;
};

/// The node options that `run` and `watch` share, as typed; empty where not given.
struct NodeArguments {
    std::string config_file;
    /// Each NAME=URL, or URL.
    std::vector<std::string> beacon_node;
    /// URL,URL,...
    std::string beacon_nodes;
    std::string network;
    std::string genesis_time;
    std::string slot_duration_ms;
    /// These two of `run` only.
    std::string state_dir;
    std::string metrics_address;
    std::string log_format;
    std::string log_level;
};

/// The settings as text, of a config file or of the command line; absent where not given.
struct Settings {
    std::vector<NodeSpec> nodes;
    std::optional<std::string> network;
    /// Seconds since 1970.
    std::optional<std::uint64_t> genesis_time;
    std::optional<std::uint64_t> slot_duration_ms;
    /// Where the last of these three was given, for errors.
    std::string slot_time_where;
    std::optional<logging::LogFormat> log_format;
    std::optional<logging::LogLevel> log_level;
    std::optional<std::uint64_t> event_bytes_max;
    std::optional<std::uint64_t> tick_twelfths;
    std::optional<std::string> state_dir;
    std::optional<MetricsAddress> metrics;
    Supervision supervision;
};

/// Reads the TOML text of a config file, which is checked whole; `path` stands for it in errors,
/// and relative files in it are beside it. Touches no file but those that it names.
/// Fails with kBadValue; the detail is `FILE:LINE: problem; what to do` and repeats no value.
[[nodiscard]] base::Result<Settings> parse_settings(std::string_view toml, const std::string& path,
                                                    const Environment& environment);
/// The same from the file, of one of the `kinds`; at most 1 MiB.
[[nodiscard]] base::Result<Settings> load_settings(const std::string& path,
                                                   const Environment& environment,
                                                   FileKinds kinds = FileKinds::kStreamsToo);

/// The config that the arguments ask for: from the file, else from the nodes on the command line;
/// settings on the command line come before those of the file. Fails with kBadValue; the detail is
/// one line for people. A config file of one of the `kinds` is read: kRegular where nothing may
/// wait.
[[nodiscard]] base::Result<Config> make_config(const NodeArguments& arguments,
                                               const Environment& environment,
                                               FileKinds kinds = FileKinds::kStreamsToo);

[[nodiscard]] std::optional<logging::LogFormat> find_log_format(std::string_view name);
[[nodiscard]] std::optional<logging::LogLevel> find_log_level(std::string_view name);

/// What is wrong with the TLS files, or nothing: each one given must be readable PEM.
[[nodiscard]] std::optional<std::string> find_tls_problem(const http::TlsFiles& files);

}  // namespace config
