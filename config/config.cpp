#include "config/config.hpp"

#include <cstdlib>
#include <utility>

#include "base/printable.hpp"
#include "chain/network.hpp"
#include "chain/slot_clock.hpp"
#include "config/config_file.hpp"
#include "config/content_mark.hpp"
#include "config/fleet_settings.hpp"
#include "config/settings_table.hpp"
#include "updates/update.hpp"

namespace config {
namespace {

using updates::SlotTime;

std::optional<std::string> find_pem_problem(const std::string& path, std::string_view what) {
    if (path.empty()) {
        return std::nullopt;
    }
    const std::string file = std::string{what} + " " + base::printable(path, 400);
    // Only regular files: whoever makes a connection reads them again.
    const auto text = files::read_bounded_file(path, files::FileKinds::kRegular);
    if (!text) {
        return file + " " + text.error().detail;
    }
    if (text->find("-----BEGIN ") == std::string::npos) {
        return file + " is no PEM file; convert it to PEM";
    }
    return std::nullopt;
}

/// The value that was given for this key, or null.
const Value* find(const Settings& settings, std::string_view key) {
    const auto found = settings.values.find(key);
    return found == settings.values.end() ? nullptr : &found->second.value;
}

std::optional<std::int64_t> find_number(const Settings& settings, std::string_view key) {
    const Value* const value = find(settings, key);
    return value == nullptr
               ? std::nullopt
               : std::optional{static_cast<std::int64_t>(std::get<std::uint64_t>(*value))};
}

/// Where the last of the three settings of slot time was given.
std::string slot_time_where(const Settings& settings) {
    std::string where;
    for (const char* key : {"network", "genesis_time", "slot_duration_ms"}) {
        if (const auto found = settings.values.find(key); found != settings.values.end()) {
            // An option comes before a line of the file, wherever both are.
            if (!where.starts_with("--") || found->second.where.starts_with("--")) {
                where = found->second.where;
            }
        }
    }
    return where;
}

base::Result<std::optional<SlotTime>> make_slot_time(const Settings& settings) {
    const Value* const given = find(settings, "network");
    const std::string network = given == nullptr ? "auto" : std::get<std::string>(*given);
    const auto genesis_time = find_number(settings, "genesis_time");
    const auto slot_duration = find_number(settings, "slot_duration_ms");
    const bool has_time = genesis_time || slot_duration;
    if (network == "auto") {
        if (!has_time) {
            return std::optional<SlotTime>{};
        }
        if (!genesis_time || !slot_duration) {
            return base::bad_value(
                "genesis time and slot duration belong together; give both, or neither and let "
                "the nodes be asked");
        }
        const chain::SlotClock clock{base::WallTime{std::chrono::seconds{*genesis_time}},
                                     std::chrono::milliseconds{*slot_duration}};
        return std::optional<SlotTime>{
            SlotTime{clock, updates::SlotTimeSource::kConfiguration, std::nullopt}};
    }
    if (has_time) {
        return base::bad_value(
            "a network's name and a genesis time or slot duration exclude each other; "
            "leave one out");
    }
    const chain::Network* const preset = chain::find_network(network);
    if (preset == nullptr) {
        return base::bad_value(
            "unknown network; one of auto, mainnet, sepolia, hoodi, gnosis, or give "
            "genesis time and slot duration");
    }
    return std::optional<SlotTime>{
        SlotTime{preset->clock, updates::SlotTimeSource::kPreset, std::nullopt}};
}

std::optional<std::string> find_api_problem(const Settings& settings, const ApiOptions& api) {
    const auto where = [&](std::string_view key) {
        return settings.values.find(key)->second.where;
    };
    for (const auto& [key, address] : {std::pair{"api.address", &api.address},
                                       std::pair{"api.agent_address", &api.agent_address}}) {
        if (*address && !(*address)->host.is_loopback() && !api.allow_remote) {
            return where(key) +
                   ": the API would be open to other machines; choose a loopback address, or set "
                   "allow_remote = true in [api] if they may read all that headmon knows";
        }
    }
    if (api.agent_address && !api.address) {
        return where("api.agent_address") +
               ": agent checks are answered by the API, which is off; give it an address";
    }
    return std::nullopt;
}

/// The first directory that systemd names; empty where it names none.
std::string systemd_state_directory(const Environment& environment) {
    const std::string named = environment("STATE_DIRECTORY").value_or("");
    return named.substr(0, named.find(':'));
}

}  // namespace

std::optional<std::string> process_environment(const std::string& name) {
    const char* const value = std::getenv(name.c_str());  // NOLINT(concurrency-mt-unsafe)
    return value == nullptr ? std::nullopt : std::optional<std::string>{value};
}

Environment::Environment(Variable variable, Credential credential)
    : variable_{std::move(variable)}, credential_{std::move(credential)} {}

base::Result<std::string> Environment::credential(const std::string& name) const {
    if (credential_) {
        return credential_(name);
    }
    const std::string directory = variable_("CREDENTIALS_DIRECTORY").value_or("");
    if (directory.empty()) {
        return base::bad_value("is not there: headmon was given no CREDENTIALS_DIRECTORY");
    }
    auto text = files::read_bounded_file(directory + "/" + name, files::FileKinds::kRegular);
    if (text) {
        text->erase(text->find_last_not_of("\r\n") + 1);
    }
    return text;
}

std::optional<AddressOrOff> parse_address_or_off(std::string_view text) {
    if (text == "off") {
        return AddressOrOff{};
    }
    const auto address = parse_listen_address(text);
    return address ? std::optional<AddressOrOff>{address} : std::nullopt;
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

base::Result<Config> make_config(const Settings& command_line, const Environment& environment,
                                 files::FileKinds kinds) {
    const std::string& file = command_line.config_file;
    if (file.empty() && command_line.nodes.empty()) {
        return base::bad_value(
            "no nodes; give --config FILE, --beacon-node NAME=URL or --beacon-nodes URL,URL");
    }
    if (file.empty()) {
        Settings settings = command_line;
        settings.content_mark = content_mark(settings.nodes);
        return build_config(std::move(settings), environment);
    }
    if (!command_line.nodes.empty()) {
        return base::bad_value(
            "--config and --beacon-node or --beacon-nodes exclude each other; put the nodes "
            "into the file");
    }
    auto settings = load_settings(file, environment, kinds);
    if (!settings) {
        return settings.error();
    }
    if (settings->nodes.empty()) {
        return base::bad_value(base::printable(file, 400) +
                               ":1: no nodes; add a [[node]] table with a url");
    }
    for (const auto& [key, given] : command_line.values) {
        settings->values.insert_or_assign(key, given);
    }
    return build_config(std::move(*settings), environment);
}

base::Result<Config> build_config(Settings settings, const Environment& environment) {
    auto candidates = name_nodes(std::move(settings.nodes), machine_salt());
    if (!candidates) {
        return candidates.error();
    }
    auto slot_time = make_slot_time(settings);
    if (!slot_time) {
        return base::bad_value(slot_time_where(settings) + ": " + slot_time.error().detail);
    }
    Config config;
    config.candidates = std::move(*candidates);
    config.monitor.slot_time = *slot_time;
    config.state.directory = systemd_state_directory(environment);
    config.supervision = std::move(settings.supervision);
    config.content_mark = std::move(settings.content_mark);
    for (const Setting& setting : settings_table()) {
        if (const Value* const value = find(settings, setting.key);
            value != nullptr && setting.put != nullptr) {
            setting.put(*value, config);
        }
    }
    if (!config.fleet.servers.empty() && config.fleet.instance.empty()) {
        config.fleet.instance = default_instance();
        if (config.fleet.instance.empty()) {
            return base::bad_value(
                "[fleet] needs a name for this headmon; add instance = \"NAME\"");
        }
    }
    if (auto problem = find_api_problem(settings, config.api)) {
        return base::bad_value(std::move(*problem));
    }
    return config;
}

}  // namespace config
