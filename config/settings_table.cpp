#include "config/settings_table.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <chrono>
#include <utility>

#include "base/text.hpp"
#include "chain/spec.hpp"
#include "config/block_explorer.hpp"
#include "config/fleet_settings.hpp"
#include "updates/node_id.hpp"

namespace config {
namespace {

constexpr std::uint64_t kYear = std::uint64_t{365} * 24 * 3600;
constexpr Number kGenesis{chain::kGenesisMin.time_since_epoch().count(),
                          chain::kGenesisMax.time_since_epoch().count(), "seconds since 1970"};
constexpr Number kSlotDuration{chain::kSlotDurationMin.count(), chain::kSlotDurationMax.count(),
                               "milliseconds"};

bool is_address_or_off(std::string_view text) {
    return parse_address_or_off(text).has_value();
}

bool is_node_name(std::string_view text) {
    return !updates::find_node_name_problem(text);
}

/// Letters, digits, '-' and '.', as host names are.
bool is_host_name(std::string_view text) {
    return !text.empty() && text.size() <= 253 && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '-' || c == '.';
    });
}

/// A topic of the Beacon API that is neither ours nor a type that streams have on their own.
bool is_extra_topic(std::string_view text) {
    constexpr std::size_t kBytesMax = 64;
    constexpr std::array<std::string_view, 7> kTaken{
        "head", "head_v2", "block", "chain_reorg", "finalized_checkpoint", "error", "message"};
    return !text.empty() && text.size() <= kBytesMax &&
           std::all_of(text.begin(), text.end(),
                       [](char c) {
                           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
                       }) &&
           std::find(kTaken.begin(), kTaken.end(), text) == kTaken.end();
}
constexpr std::size_t kExtraTopicsMax = 16;

bool has_same_slot_time(const Config& one, const Config& other) {
    const auto& a = one.monitor.slot_time;
    const auto& b = other.monitor.slot_time;
    return a.has_value() == b.has_value() && (!a || a->clock == b->clock);
}
constexpr std::string_view kSlotTime = "network, genesis_time or slot_duration_ms";

const std::vector<std::string_view> kNodeCommands{"run", "watch", "check", "doctor"};
const std::vector<std::string_view> kLogCommands{"run", "watch"};
const std::vector<std::string_view> kRunOnly{"run"};
const std::vector<std::string_view> kApiCommands{"run", "haproxy"};

std::vector<Setting> chain_settings() {
    return {
        {.key = "network",
         .form = Text{},
         .option = Option{"--network", "auto|mainnet|sepolia|hoodi|gnosis",
                          "auto (default): ask the nodes", kNodeCommands},
         .is_same = has_same_slot_time,
         .changed_as = kSlotTime},
        {.key = "genesis_time",
         .form = kGenesis,
         .option = Option{"--genesis-time", "SECONDS", "Genesis of another network, since 1970",
                          kNodeCommands},
         .is_same = has_same_slot_time,
         .changed_as = kSlotTime},
        {.key = "slot_duration_ms",
         .form = kSlotDuration,
         .option =
             Option{"--slot-duration-ms", "MS", "Slot length of another network", kNodeCommands},
         .is_same = has_same_slot_time,
         .changed_as = kSlotTime},
    };
}

std::vector<Setting> part_settings() {
    return {
        {.key = "log.format",
         .form = Words{{"text", "json"}},
         .option = Option{"--log-format", "text|json", "Log lines on standard error", kLogCommands},
         .put = [](const Value& value,
                   Config& config) { config.log.format = find_log_format(text_of(value)).value(); },
         .is_same = [](const Config& one,
                       const Config& other) { return one.log.format == other.log.format; }},
        {.key = "log.level",
         .form = Words{{"debug", "info", "warning", "error"}},
         .option = Option{"--log-level", "debug|info|warning|error",
                          "The least important lines that are written", kLogCommands},
         .put = [](const Value& value,
                   Config& config) { config.log.level = find_log_level(text_of(value)).value(); },
         .is_same = [](const Config& one,
                       const Config& other) { return one.log.level == other.log.level; }},
        {.key = "monitor.event_bytes_max",
         .form = Number{1024, 1'073'741'824, "bytes"},
         .put =
             [](const Value& value, Config& config) {
                 config.monitor.event_bytes_max = std::get<std::uint64_t>(value);
             },
         .is_same =
             [](const Config& one, const Config& other) {
                 return one.monitor.event_bytes_max == other.monitor.event_bytes_max;
             }},
        {.key = "monitor.tick_twelfths",
         .form = Number{0, 11, "twelfths of a slot"},
         .put =
             [](const Value& value, Config& config) {
                 config.monitor.tick_twelfths = static_cast<int>(std::get<std::uint64_t>(value));
             },
         .is_same =
             [](const Config& one, const Config& other) {
                 return one.monitor.tick_twelfths == other.monitor.tick_twelfths;
             }},
        {.key = "monitor.extra_topics",
         .form = Lines{is_extra_topic,
                       "up to 16 topics of up to 64 lower-case letters, digits and '_', each once "
                       "and none that headmon asks for by itself",
                       kExtraTopicsMax,
                       "up to 16 topics of up to 64 lower-case letters, digits and '_', each once "
                       "and none that headmon asks for by itself, such as "
                       "attester_slashing,proposer_slashing"},
         .option =
             Option{"--extra-topics", "TOPIC,TOPIC",
                    "Topics to ask nodes for beside headmon's own, and to pass on", kLogCommands},
         .put = [](const Value& value,
                   Config& config) { config.monitor.extra_topics = lines_of(value); },
         .is_same =
             [](const Config& one, const Config& other) {
                 return one.monitor.extra_topics == other.monitor.extra_topics;
             }},
        {.key = "monitor.state_dir",
         .form = Path{},
         .option = Option{"--state-dir", "DIR",
                          "Where slot time is kept for the next start (default: systemd's "
                          "StateDirectory)",
                          kRunOnly},
         .put = [](const Value& value, Config& config) { config.state.directory = text_of(value); },
         .is_same = [](const Config& one,
                       const Config& other) { return one.state == other.state; }},
        {.key = "metrics.address",
         .form =
             Checked{is_address_or_off, "\"ADDRESS:PORT\", such as \"127.0.0.1:9464\", or \"off\"",
                     "ADDRESS:PORT, such as 127.0.0.1:9464, or off"},
         .option = Option{"--metrics-address", "ADDRESS:PORT",
                          "Where /metrics is served (default 127.0.0.1:9464), or off", kRunOnly},
         .put =
             [](const Value& value, Config& config) {
                 config.metrics.address = parse_address_or_off(text_of(value)).value();
             },
         .is_same = [](const Config& one,
                       const Config& other) { return one.metrics == other.metrics; }},
    };
}

std::vector<Setting> history_settings() {
    return {
        {.key = "history.path",
         .form = Path{},
         .option =
             Option{"--history", "FILE", "Keep every slot in this file (default: none)", kRunOnly},
         .put = [](const Value& value, Config& config) { config.history.path = text_of(value); },
         .is_same = [](const Config& one,
                       const Config& other) { return one.history.path == other.history.path; }},
        {.key = "history.age_days_max",
         .form = Number{1, 36'500, "days"},
         .put =
             [](const Value& value, Config& config) {
                 config.history.limits.age =
                     std::chrono::hours{24 * std::get<std::uint64_t>(value)};
             },
         .is_same =
             [](const Config& one, const Config& other) {
                 return one.history.limits.age == other.history.limits.age;
             }},
        {.key = "history.size_mib_max",
         .form = Number{16, 1'048'576, "MiB"},
         .put =
             [](const Value& value, Config& config) {
                 config.history.limits.bytes = std::get<std::uint64_t>(value) * 1024 * 1024;
             },
         .is_same =
             [](const Config& one, const Config& other) {
                 return one.history.limits.bytes == other.history.limits.bytes;
             }},
    };
}

std::vector<Setting> recording_settings() {
    const auto is_same_recording = [](const Config& one, const Config& other) {
        return one.recording == other.recording;
    };
    return {
        {.key = "recording.path",
         .form = Path{},
         .option = Option{"--record",
                          "DIR",
                          "Keep all that nodes send in this directory (default: none)",
                          {"run", "watch"}},
         .put = [](const Value& value, Config& config) { config.recording.path = text_of(value); },
         .is_same = is_same_recording},
        {.key = "recording.age_days_max",
         .form = Number{1, 36'500, "days"},
         .put =
             [](const Value& value, Config& config) {
                 config.recording.age = std::chrono::hours{24 * std::get<std::uint64_t>(value)};
             },
         .is_same = is_same_recording},
        {.key = "recording.size_mib_max",
         .form = Number{1, 1'048'576, "MiB"},
         .put =
             [](const Value& value, Config& config) {
                 config.recording.bytes = std::get<std::uint64_t>(value) * 1024 * 1024;
             },
         .is_same = is_same_recording},
    };
}

std::vector<Setting> api_settings() {
    const auto is_same_api = [](const Config& one, const Config& other) {
        return one.api == other.api;
    };
    return {
        {.key = "api.address",
         .form =
             Checked{is_address_or_off, "\"ADDRESS:PORT\", such as \"127.0.0.1:9465\", or \"off\"",
                     "ADDRESS:PORT, such as 127.0.0.1:9465, or off"},
         .option =
             Option{"--api-address", "ADDRESS:PORT",
                    "Where the HTTP API is served (default 127.0.0.1:9465), or off", kApiCommands},
         .put =
             [](const Value& value, Config& config) {
                 config.api.address = parse_address_or_off(text_of(value)).value();
             },
         .is_same = is_same_api,
         .changed_as = "api"},
        {.key = "api.agent_address",
         .form =
             Checked{is_address_or_off, "\"ADDRESS:PORT\", such as \"127.0.0.1:9466\", or \"off\"",
                     "ADDRESS:PORT, such as 127.0.0.1:9466, or off"},
         .option = Option{"--agent-address", "ADDRESS:PORT",
                          "Where HAProxy's agent checks are answered (default off)", kApiCommands},
         .put =
             [](const Value& value, Config& config) {
                 config.api.agent_address = parse_address_or_off(text_of(value)).value();
             },
         .is_same = is_same_api,
         .changed_as = "api"},
        {.key = "api.allow_remote",
         .form = Flag{},
         .put =
             [](const Value& value, Config& config) {
                 config.api.allow_remote = std::get<std::uint64_t>(value) == 1;
             },
         .is_same = is_same_api,
         .changed_as = "api"},
        {.key = "api.host_names",
         .form = Lines{is_host_name, "names of this machine"},
         .put = [](const Value& value, Config& config) { config.api.host_names = lines_of(value); },
         .is_same = is_same_api,
         .changed_as = "api"},
        {.key = "api.preferred_nodes",
         .form = Lines{is_node_name, "names of nodes"},
         .put = [](const Value& value,
                   Config& config) { config.api.preferred_nodes = lines_of(value); },
         .is_same = is_same_api,
         .changed_as = "api"},
        {.key = "api.page",
         .form = Flag{},
         .put = [](const Value& value,
                   Config& config) { config.api.has_page = std::get<std::uint64_t>(value) == 1; },
         .is_same = is_same_api,
         .changed_as = "api"},
        {.key = "api.block_explorer",
         .form = Checked{is_block_explorer,
                         "an http or https URL with {slot} or {root} in it, and without userinfo",
                         "a URL"},
         .put = [](const Value& value,
                   Config& config) { config.api.block_explorer = text_of(value); },
         .is_same = is_same_api,
         .changed_as = "api"},
        {.key = "api.token_file",
         .form = Path{},
         .option =
             Option{"--api-token-file", "FILE",
                    "The token that changes the list of nodes (default: in --state-dir)", kRunOnly},
         .put = [](const Value& value, Config& config) { config.api.token_file = text_of(value); },
         .is_same = is_same_api,
         .changed_as = "api"},
    };
}

std::vector<Setting> table_settings() {
    return {
        {.key = "supervision",
         .form = Tables{},
         .is_same = [](const Config& one,
                       const Config& other) { return one.supervision == other.supervision; }},
        {.key = "supervision.SERVICE.max_restarts", .form = Number{0, 1'000'000}},
        {.key = "supervision.SERVICE.within_s", .form = Number{1, kYear}},
        {.key = "supervision.SERVICE.reset_after_s", .form = Number{1, kYear}},
        {.key = "supervision.SERVICE.when_spent", .form = Words{{"fatal", "stop"}}},
        {.key = "node",
         .form = Tables{},
         .is_same = [](const Config& one,
                       const Config& other) { return one.candidates == other.candidates; },
         .effect = Effect::kAtOnce},
        {.key = "node.name", .form = Text{}},
        {.key = "node.url", .form = Text{}},
        {.key = "node.headers", .form = Tables{}},
        {.key = "node.headers_from_env", .form = Tables{}},
        {.key = "node.headers_from_credential", .form = Tables{}},
        {.key = "node.ca_file", .form = Path{}},
        {.key = "node.client_certificate_file", .form = Path{}},
        {.key = "node.client_key_file", .form = Path{}},
        {.key = "node.network_check", .form = Words{{"on", "off"}}},
        {.key = "node.silent_after_s", .form = Number{1, 86'400}},
        {.key = "node.stalled_slots", .form = Number{1, 1000}},
    };
}

}  // namespace

const std::vector<Setting>& settings_table() {
    static const std::vector<Setting> table = [] {
        std::vector<Setting> rows = chain_settings();
        for (auto* more : {part_settings, api_settings, history_settings, recording_settings,
                           fleet_settings, table_settings}) {
            for (Setting& row : more()) {
                rows.push_back(std::move(row));
            }
        }
        return rows;
    }();
    return table;
}

const Setting& find_setting(std::string_view key) {
    const auto& table = settings_table();
    const auto found = std::find_if(table.begin(), table.end(),
                                    [&](const Setting& setting) { return setting.key == key; });
    assert(found != table.end());
    return *found;
}

std::vector<std::string_view> keys_of(std::string_view table) {
    std::vector<std::string_view> keys;
    for (const Setting& setting : settings_table()) {
        std::string_view key = setting.key;
        if (!table.empty()) {
            if (!key.starts_with(table) || key.size() == table.size() || key[table.size()] != '.') {
                continue;
            }
            key.remove_prefix(table.size() + 1);
        }
        key = key.substr(0, key.find('.'));
        if (std::find(keys.begin(), keys.end(), key) == keys.end()) {
            keys.push_back(key);
        }
    }
    return keys;
}

base::Result<void> add_option(Settings& settings, const Setting& setting, const std::string& text) {
    assert(setting.option);
    const std::string flag{setting.option->flag};
    auto value = parse_value(setting.form, text);
    if (!value) {
        return base::Error{base::ErrorCode::kBadValue, flag + " wants " + typed_form(setting.form)};
    }
    settings.values.insert_or_assign(std::string{setting.key}, Given{std::move(*value), flag});
    return {};
}

std::string changed_settings(const Config& before, const Config& after) {
    std::vector<std::string_view> names;
    for (const Setting& setting : settings_table()) {
        if (setting.effect == Effect::kAfterRestart && setting.is_same != nullptr &&
            !setting.is_same(before, after)) {
            const auto name = setting.changed_as.empty() ? setting.key : setting.changed_as;
            if (std::find(names.begin(), names.end(), name) == names.end()) {
                names.push_back(name);
            }
        }
    }
    std::string text;
    for (const std::string_view name : names) {
        text.append(text.empty() ? "" : ", ").append(name);
    }
    return text;
}

}  // namespace config
