#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <boost/asio/ip/address_v4.hpp>

#include "base/result.hpp"
#include "config/listen_address.hpp"
#include "config/settings.hpp"
#include "config/supervision.hpp"
#include "files/bounded_file.hpp"
#include "fleet/options.hpp"
#include "history/retention.hpp"
#include "http/request.hpp"
#include "logging/log.hpp"
#include "monitor/candidate.hpp"
#include "monitor/monitor_options.hpp"

namespace config {

/// What a config may take from outside of its file.
class Environment {
  public:
    /// The value of an environment variable, or nothing.
    using Variable = std::function<std::optional<std::string>(const std::string& name)>;
    /// A credential, without the line break at its end. Fails with kBadValue; the detail says what
    /// is wrong with it, and nothing of it.
    using Credential = std::function<base::Result<std::string>(const std::string& name)>;

    /// Credentials are files in the directory that `CREDENTIALS_DIRECTORY` names, as systemd's are.
    template <class F>
    requires std::is_invocable_v<F&, const std::string&> Environment(
        F variable)  // NOLINT(google-explicit-constructor): a function of variables is one
        : Environment{Variable{std::move(variable)}, Credential{}} {}
    Environment(Variable variable, Credential credential);

    [[nodiscard]] std::optional<std::string> operator()(const std::string& name) const {
        return variable_(name);
    }
    [[nodiscard]] base::Result<std::string> credential(const std::string& name) const;

  private:
    Variable variable_;
    Credential credential_;
};
[[nodiscard]] std::optional<std::string> process_environment(const std::string& name);

inline constexpr std::uint16_t kMetricsPort = 9464;

/// `HOST:PORT`, or `off`, which is an empty one.
using AddressOrOff = std::optional<ListenAddress>;
/// Nothing for what is neither.
[[nodiscard]] std::optional<AddressOrOff> parse_address_or_off(std::string_view text);

struct MetricsOptions {
    /// Where `run` serves `/metrics`; nothing where it does not.
    AddressOrOff address = ListenAddress{boost::asio::ip::address_v4::loopback(), kMetricsPort};

    friend bool operator==(const MetricsOptions&, const MetricsOptions&) = default;
};

struct HistoryOptions {
    /// The file that `run` keeps its history in; empty: none is kept.
    std::string path;
    history::RetentionLimits limits;

    friend bool operator==(const HistoryOptions&, const HistoryOptions&) = default;
};

struct RecordingOptions {
    /// The directory that `run` and `watch` record into; empty: nothing is recorded.
    std::string path;
    base::Duration age = std::chrono::hours{24 * 14};
    std::uint64_t bytes = std::uint64_t{2048} * 1024 * 1024;

    friend bool operator==(const RecordingOptions&, const RecordingOptions&) = default;
};

inline constexpr std::uint16_t kApiPort = 9465;

struct ApiOptions {
    /// Where `run` serves the API; nothing where it does not.
    AddressOrOff address = ListenAddress{boost::asio::ip::address_v4::loopback(), kApiPort};
    /// Where it answers HAProxy's agent checks; nothing where it does not.
    AddressOrOff agent_address{};
    /// The addresses may be such that others than this machine reach.
    bool allow_remote = false;
    /// Names of this machine, beside `localhost`, that requests may ask for.
    std::vector<std::string> host_names{};
    /// The nodes that are to be the best one where they can, the most preferred first.
    std::vector<std::string> preferred_nodes{};
    /// The file with the token that changes the list of nodes; empty: in the state directory.
    std::string token_file{};
    /// A web page of each slot, for readers of the API: a URL with `{slot}` or `{root}`.
    std::optional<std::string> block_explorer{};
    /// The web page of headmon itself is served.
    bool has_page = true;

    friend bool operator==(const ApiOptions&, const ApiOptions&) = default;
};

struct StateOptions {
    /// Where `run` keeps slot time from one start to the next; empty: nowhere.
    std::string directory;

    friend bool operator==(const StateOptions&, const StateOptions&) = default;
};

/// What `run` and `watch` work with: the options of each part.
struct Config {
    std::vector<monitor::Candidate> candidates;
    logging::LogOptions log;
    monitor::MonitorOptions monitor;
    MetricsOptions metrics;
    ApiOptions api;
    StateOptions state;
    HistoryOptions history;
    RecordingOptions recording;
    fleet::Options fleet;
    Supervision supervision;
    /// Differs from that of another content of the file, or of other nodes on the command line.
    std::string content_mark;
};

/// The config that the command line asks for: with the nodes of its file, else with its own; its
/// settings come before those of the file. Fails with kBadValue; the detail is one line for people.
/// A config file of one of the `kinds` is read: kRegular where nothing may wait.
[[nodiscard]] base::Result<Config> make_config(
    const Settings& command_line, const Environment& environment,
    files::FileKinds kinds = files::FileKinds::kStreamsToo);

/// The config of these settings, whatever they come from. Fails as make_config.
[[nodiscard]] base::Result<Config> build_config(Settings settings, const Environment& environment);

[[nodiscard]] std::optional<logging::LogFormat> find_log_format(std::string_view name);
[[nodiscard]] std::optional<logging::LogLevel> find_log_level(std::string_view name);

/// What is wrong with the TLS files, or nothing: each one given must be readable PEM.
[[nodiscard]] std::optional<std::string> find_tls_problem(const http::TlsFiles& files);

}  // namespace config
