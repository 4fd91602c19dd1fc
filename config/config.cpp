#include "config/config.hpp"

#include <cstdlib>
#include <utility>

#include "base/printable.hpp"
#include "base/text.hpp"
#include "updates/update.hpp"

namespace config {
namespace {

using updates::SlotTime;

/// At most so far from 1970 that nanoseconds still fit.
constexpr std::uint64_t kGenesisMax = 4'000'000'000;

base::Error bad(std::string detail) {
    return base::Error{base::ErrorCode::kBadValue, std::move(detail)};
}

std::optional<std::string> find_pem_problem(const std::string& path, std::string_view what) {
    if (path.empty()) {
        return std::nullopt;
    }
    const std::string file = std::string{what} + " " + base::printable(path, 400);
    // Only regular files: whoever makes a connection reads them again.
    const auto text = read_bounded_file(path, FileKinds::kRegular);
    if (!text) {
        return file + " " + text.error().detail;
    }
    if (text->find("-----BEGIN ") == std::string::npos) {
        return file + " is no PEM file; convert it to PEM";
    }
    return std::nullopt;
}

base::Result<NodeSpec> parse_node(std::string_view text, std::string where) {
    std::string name;
    const auto equals = text.find('=');
    // A URL may hold '=' as well; a name never holds "://".
    const bool has_name = equals != std::string_view::npos &&
                          text.substr(0, equals).find("://") == std::string_view::npos;
    if (has_name) {
        name = text.substr(0, equals);
        text.remove_prefix(equals + 1);
        if (const auto problem = find_name_problem(name)) {
            return bad(where + ": " + *problem);
        }
    }
    const auto url = http::Url::parse(text);
    if (!url) {
        return bad(where + ": " + url.error().detail + "; give NAME=http://HOST:PORT");
    }
    return NodeSpec{std::move(name), http::Endpoint{*url, {}, {}}, std::move(where)};
}

base::Result<std::vector<NodeSpec>> parse_nodes(const NodeArguments& arguments) {
    std::vector<NodeSpec> nodes;
    const auto add = [&](std::string_view text, std::string where) -> base::Result<void> {
        auto node = parse_node(text, std::move(where));
        if (!node) {
            return node.error();
        }
        nodes.push_back(std::move(*node));
        return {};
    };
    for (std::size_t i = 0; i < arguments.beacon_node.size(); ++i) {
        std::string where = "--beacon-node";
        if (arguments.beacon_node.size() > 1) {
            where += " (number " + std::to_string(i + 1) + ")";
        }
        if (auto added = add(arguments.beacon_node[i], std::move(where)); !added) {
            return added.error();
        }
    }
    if (!arguments.beacon_nodes.empty()) {
        const auto urls = base::split(arguments.beacon_nodes, ',');
        for (std::size_t i = 0; i < urls.size(); ++i) {
            std::string where = "--beacon-nodes (number " + std::to_string(i + 1) + ")";
            if (auto added = add(urls[i], std::move(where)); !added) {
                return added.error();
            }
        }
    }
    return nodes;
}

/// Puts what the command line says in the place of what the file says.
base::Result<void> override_settings(Settings& settings, const NodeArguments& arguments) {
    if (!arguments.network.empty()) {
        settings.network = arguments.network;
        settings.slot_time_where = "--network";
    }
    if (!arguments.genesis_time.empty()) {
        settings.genesis_time = base::parse_number(arguments.genesis_time, 1, kGenesisMax);
        if (!settings.genesis_time) {
            return bad("--genesis-time wants seconds since 1970");
        }
        settings.slot_time_where = "--genesis-time";
    }
    if (!arguments.slot_duration_ms.empty()) {
        settings.slot_duration_ms = base::parse_number(arguments.slot_duration_ms, 1, 3'600'000);
        if (!settings.slot_duration_ms) {
            return bad("--slot-duration-ms wants milliseconds, 1 to 3600000");
        }
        settings.slot_time_where = "--slot-duration-ms";
    }
    if (!arguments.log_format.empty()) {
        settings.log_format = find_log_format(arguments.log_format);
        if (!settings.log_format) {
            return bad("--log-format wants text or json");
        }
    }
    if (!arguments.log_level.empty()) {
        settings.log_level = find_log_level(arguments.log_level);
        if (!settings.log_level) {
            return bad("--log-level wants debug, info, warning or error");
        }
    }
    if (!arguments.metrics_address.empty()) {
        settings.metrics = parse_metrics_address(arguments.metrics_address);
        if (!settings.metrics) {
            return bad("--metrics-address wants ADDRESS:PORT, such as 127.0.0.1:9464, or off");
        }
    }
    return {};
}

base::Result<std::optional<SlotTime>> make_slot_time(const Settings& settings) {
    const std::string network = settings.network.value_or("auto");
    const bool has_time = settings.genesis_time || settings.slot_duration_ms;
    if (network == "auto") {
        if (!has_time) {
            return std::optional<SlotTime>{};
        }
        if (!settings.genesis_time || !settings.slot_duration_ms) {
            return bad(
                "genesis time and slot duration belong together; give both, or neither and let "
                "the nodes be asked");
        }
        const base::WallTime genesis{
            std::chrono::seconds{static_cast<std::int64_t>(*settings.genesis_time)}};
        const std::chrono::milliseconds slot{static_cast<std::int64_t>(*settings.slot_duration_ms)};
        return std::optional<SlotTime>{SlotTime{chain::SlotClock{genesis, slot},
                                                updates::SlotTimeSource::kConfiguration,
                                                std::nullopt}};
    }
    if (has_time) {
        return bad(
            "a network's name and a genesis time or slot duration exclude each other; "
            "leave one out");
    }
    const auto preset = chain::find_network_preset(network);
    if (!preset) {
        return bad(
            "unknown network; one of auto, mainnet, sepolia, hoodi, gnosis, or give "
            "genesis time and slot duration");
    }
    return std::optional<SlotTime>{
        SlotTime{*preset, updates::SlotTimeSource::kPreset, std::nullopt}};
}

/// The command line's, else the file's, else the first that systemd names.
std::string state_directory(const Settings& settings, const NodeArguments& arguments,
                            const Environment& environment) {
    if (!arguments.state_dir.empty()) {
        return arguments.state_dir;
    }
    if (settings.state_dir) {
        return *settings.state_dir;
    }
    const std::string named = environment("STATE_DIRECTORY").value_or("");
    return named.substr(0, named.find(':'));
}

}  // namespace

std::optional<std::string> process_environment(const std::string& name) {
    const char* const value = std::getenv(name.c_str());  // NOLINT(concurrency-mt-unsafe)
    return value == nullptr ? std::nullopt : std::optional<std::string>{value};
}

std::optional<MetricsAddress> parse_metrics_address(std::string_view text) {
    if (text == "off") {
        return MetricsAddress{};
    }
    const auto address = parse_listen_address(text);
    return address ? std::optional<MetricsAddress>{address} : std::nullopt;
}

std::optional<logging::LogFormat> find_log_format(std::string_view name) {
    if (name == "text") {
        return logging::LogFormat::kText;
    }
    if (name == "json") {
        return logging::LogFormat::kJson;
    }
    return std::nullopt;
}

std::optional<logging::LogLevel> find_log_level(std::string_view name) {
    if (name == "debug") {
        return logging::LogLevel::kDebug;
    }
    if (name == "info") {
        return logging::LogLevel::kInfo;
    }
    if (name == "warning") {
        return logging::LogLevel::kWarning;
    }
    if (name == "error") {
        return logging::LogLevel::kError;
    }
    return std::nullopt;
}

std::optional<std::string> find_tls_problem(const http::TlsFiles& files) {
    if (auto problem = find_pem_problem(files.ca_file, "CA file")) {
        return problem;
    }
    if (auto problem = find_pem_problem(files.client_certificate_file, "client certificate file")) {
        return problem;
    }
    if (auto problem = find_pem_problem(files.client_key_file, "client key file")) {
        return problem;
    }
    if (files.client_certificate_file.empty() != files.client_key_file.empty()) {
        return "client certificate file and client key file belong together; give both";
    }
    return std::nullopt;
}

base::Result<Settings> load_settings(const std::string& path, const Environment& environment,
                                     FileKinds kinds) {
    const auto text = read_bounded_file(path, kinds);
    if (!text) {
        return bad(base::printable(path, 400) + ": " + text.error().detail);
    }
    return parse_settings(*text, path, environment);
}

base::Result<Config> make_config(const NodeArguments& arguments, const Environment& environment,
                                 FileKinds kinds) {
    const bool has_nodes = !arguments.beacon_node.empty() || !arguments.beacon_nodes.empty();
    if (arguments.config_file.empty() && !has_nodes) {
        return bad(
            "no nodes; give --config FILE, --beacon-node NAME=URL or --beacon-nodes URL,URL");
    }
    if (!arguments.config_file.empty() && has_nodes) {
        return bad(
            "--config and --beacon-node or --beacon-nodes exclude each other; put the nodes "
            "into the file");
    }
    Settings settings;
    std::string file;
    if (has_nodes) {
        auto nodes = parse_nodes(arguments);
        if (!nodes) {
            return nodes.error();
        }
        settings.nodes = std::move(*nodes);
    } else {
        auto loaded = load_settings(arguments.config_file, environment, kinds);
        if (!loaded) {
            return loaded.error();
        }
        settings = std::move(*loaded);
        file = base::printable(arguments.config_file, 400) + ":1: ";
    }
    if (settings.nodes.empty()) {
        return bad(file + "no nodes; add a [[node]] table with a url");
    }
    if (auto overridden = override_settings(settings, arguments); !overridden) {
        return overridden.error();
    }
    auto candidates = name_nodes(std::move(settings.nodes), machine_salt());
    if (!candidates) {
        return candidates.error();
    }
    auto slot_time = make_slot_time(settings);
    if (!slot_time) {
        return bad(settings.slot_time_where + ": " + slot_time.error().detail);
    }
    Config config;
    config.candidates = std::move(*candidates);
    config.log.format = settings.log_format.value_or(config.log.format);
    config.log.level = settings.log_level.value_or(config.log.level);
    config.monitor.slot_time = std::move(*slot_time);
    config.monitor.event_bytes_max =
        settings.event_bytes_max.value_or(config.monitor.event_bytes_max);
    if (settings.tick_twelfths) {
        config.monitor.tick_twelfths = static_cast<int>(*settings.tick_twelfths);
    }
    config.supervision = std::move(settings.supervision);
    const ListenAddress usual{boost::asio::ip::address_v4::loopback(), kMetricsPort};
    config.metrics.address = settings.metrics.value_or(MetricsAddress{usual});
    config.state.directory = state_directory(settings, arguments, environment);
    return config;
}

}  // namespace config
