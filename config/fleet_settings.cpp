#include "config/fleet_settings.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include "base/printable.hpp"
#include "base/text.hpp"
#include "config/config_file.hpp"
#include "http/url.hpp"

namespace config {
namespace {

constexpr std::size_t kNameBytesMax = 64;
constexpr std::size_t kServersMax = 16;
constexpr std::size_t kLabelsMax = 16;

bool is_graphic(char byte) {
    return byte > ' ' && byte < '\x7f';
}

/// What NATS takes for the name of a stream.
bool is_stream_name(std::string_view text) {
    return is_instance_name(text) && text.find_first_of(".*>/\\") == std::string_view::npos;
}

/// `NAME=VALUE`; the name in lower-case letters, digits and '_'.
bool is_label(std::string_view text) {
    const auto equals = text.find('=');
    if (equals == std::string_view::npos) {
        return false;
    }
    const std::string_view name = text.substr(0, equals);
    return !name.empty() && is_instance_name(text.substr(equals + 1)) &&
           name.size() <= kNameBytesMax && std::all_of(name.begin(), name.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
           });
}

void put_labels(const Value& value, Config& config) {
    config.fleet.labels.clear();
    for (const std::string& label : lines_of(value)) {
        const auto equals = label.find('=');
        config.fleet.labels.insert_or_assign(label.substr(0, equals), label.substr(equals + 1));
    }
}

Setting setting(std::string_view name, Form form, void (*put)(const Value&, Config&)) {
    Setting made{.key = name, .form = std::move(form)};
    made.put = put;
    made.is_same = [](const Config& one, const Config& other) { return one.fleet == other.fleet; };
    made.changed_as = "fleet";
    return made;
}

}  // namespace

bool is_nats_url(std::string_view text) {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 2> kSchemes{
        std::pair{"nats://", "http://"}, std::pair{"tls://", "https://"}};
    for (const auto& [ours, as_http] : kSchemes) {
        if (text.starts_with(ours)) {
            const std::string url = std::string{as_http}.append(text.substr(ours.size()));
            // NATS URLs have no path; a '/' can only be one.
            return text.find_first_of("/?#", ours.size()) == std::string_view::npos &&
                   http::Url::parse(url).has_value();
        }
    }
    return false;
}

bool is_instance_name(std::string_view text) {
    return !text.empty() && text.size() <= kNameBytesMax &&
           std::all_of(text.begin(), text.end(), is_graphic);
}

std::string default_instance() {
    std::array<char, kNameBytesMax + 1> name{};
    const bool is_there = ::gethostname(name.data(), name.size() - 1) == 0;
    return is_there && is_instance_name(name.data()) ? name.data() : "";
}

std::vector<Setting> fleet_settings() {
    return {
        setting(
            "fleet.servers",
            Lines{is_nats_url, "such as \"nats://10.0.0.5:4222\" or \"tls://nats.example:4222\"",
                  kServersMax},
            [](const Value& value, Config& config) { config.fleet.servers = lines_of(value); }),
        setting("fleet.stream",
                Checked{is_stream_name,
                        "a name of up to 64 characters without blanks and . * > / \\", "a name"},
                [](const Value& value, Config& config) { config.fleet.stream = text_of(value); }),
        setting("fleet.instance",
                Checked{is_instance_name, "a name of up to 64 characters without blanks", "a name"},
                [](const Value& value, Config& config) { config.fleet.instance = text_of(value); }),
        setting("fleet.labels",
                Lines{is_label, "such as \"site=fra\", their names in lower case", kLabelsMax},
                put_labels),
        setting("fleet.credentials_file", Path{},
                [](const Value& value, Config& config) {
                    config.fleet.credentials_file = text_of(value);
                }),
        setting("fleet.ca_file", Path{},
                [](const Value& value, Config& config) { config.fleet.ca_file = text_of(value); }),
        setting("fleet.create_stream", Flag{},
                [](const Value& value, Config& config) {
                    config.fleet.create_stream = std::get<std::uint64_t>(value) == 1;
                }),
        setting("fleet.replicas", Number{1, 5, "servers"},
                [](const Value& value, Config& config) {
                    config.fleet.replicas = static_cast<int>(std::get<std::uint64_t>(value));
                }),
        setting("fleet.age_days_max", Number{1, 36'500, "days"},
                [](const Value& value, Config& config) {
                    config.fleet.age = std::chrono::hours{24 * std::get<std::uint64_t>(value)};
                }),
        setting("fleet.size_mib_max", Number{16, 16'777'216, "MiB"},
                [](const Value& value, Config& config) {
                    config.fleet.bytes = std::get<std::uint64_t>(value) * 1024 * 1024;
                }),
    };
}

base::Result<fleet::Options> read_fleet_options(const std::string& config_file,
                                                const Environment& environment) {
    const auto settings = load_settings(config_file, environment);
    if (!settings) {
        return settings.error();
    }
    Config config;
    for (const Setting& row : fleet_settings()) {
        const auto given = settings->values.find(row.key);
        if (given != settings->values.end()) {
            row.put(given->second.value, config);
        }
    }
    if (config.fleet.servers.empty()) {
        return base::bad_value(base::printable(config_file, 400) +
                               ": no [fleet] servers; add servers = [\"nats://HOST:4222\"]");
    }
    return config.fleet;
}

}  // namespace config
