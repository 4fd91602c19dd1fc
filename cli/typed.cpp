#include "cli/typed.hpp"

#include <cstdint>
#include <limits>
#include <optional>
#include <utility>

#include "base/text.hpp"
#include "http/header.hpp"
#include "chain/slot.hpp"

namespace cli {
namespace {

std::optional<std::chrono::milliseconds> seconds(const std::string& text, const char* option) {
    if (text.empty()) {
        return std::nullopt;
    }
    const auto value = base::parse_seconds(text);
    if (!value) {
        throw UsageError{std::string{option} + " wants seconds, such as 60 or 0.5"};
    }
    return value;
}

std::optional<std::uint64_t> number(const std::string& text, const char* option, std::uint64_t min,
                                    std::uint64_t max) {
    if (text.empty()) {
        return std::nullopt;
    }
    const auto value = base::parse_number(text, min, max);
    if (!value) {
        std::string range = " wants a whole number";
        if (max != std::numeric_limits<std::uint64_t>::max()) {
            range += " from " + std::to_string(min) + " to " + std::to_string(max);
        } else if (min > 0) {
            range += ", " + std::to_string(min) + " or more";
        }
        throw UsageError{option + range};
    }
    return value;
}

constexpr std::uint64_t kAny = std::numeric_limits<std::uint64_t>::max();

std::optional<std::chrono::milliseconds> slot_duration(const Typed& typed) {
    const auto value = number(typed.slot_ms, "--slot-ms", 50, 3'600'000);
    return value ? std::optional{std::chrono::milliseconds{static_cast<std::int64_t>(*value)}}
                 : std::nullopt;
}

std::optional<WatchFormat> format(const Typed& typed) {
    if (typed.format == "table") {
        return WatchFormat::kTable;
    }
    if (typed.format == "json") {
        return WatchFormat::kJson;
    }
    if (!typed.format.empty()) {
        throw UsageError{"--format wants table or json"};
    }
    return std::nullopt;
}

/// Of a look at nodes, which is not to take for ever.
std::chrono::milliseconds look_timeout(const Typed& typed) {
    const auto value = seconds(typed.timeout, "--timeout").value_or(kLookTimeout);
    if (value < std::chrono::milliseconds{500} || value > std::chrono::minutes{5}) {
        throw UsageError{"--timeout wants seconds from 0.5 to 300, such as 10"};
    }
    return value;
}

/// `url` with the headers and TLS files that belong to it.
http::Endpoint endpoint_of(const http::Url& url, const Typed& typed) {
    http::Endpoint endpoint{url, {}, typed.tls};
    for (const std::string& header : typed.headers) {
        const auto colon = header.find(':');
        const std::string name = header.substr(0, colon);
        std::string value = colon == std::string::npos ? "" : header.substr(colon + 1);
        value.erase(0, value.find_first_not_of(" \t"));
        if (colon == std::string::npos || !http::is_header(name, value)) {
            throw UsageError{"--header wants 'NAME: VALUE'"};
        }
        endpoint.headers.push_back(http::Header{name, value});
    }
    if (const auto problem = config::find_tls_problem(typed.tls)) {
        throw UsageError{*problem};
    }
    return endpoint;
}

std::string topics_query(const std::string& topics) {
    constexpr std::string_view kTopic =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";
    for (const std::string& topic : base::split(topics, ',')) {
        if (topic.empty() || topic.find_first_not_of(kTopic) != std::string::npos) {
            throw UsageError{"--topics wants names with commas between, such as head,block"};
        }
    }
    return "topics=" + topics;
}

}  // namespace

WatchArguments watch_arguments(Typed& typed) {
    WatchArguments watch;
    watch.nodes = std::move(typed.nodes);
    watch.format = format(typed);
    watch.duration = seconds(typed.duration, "--duration");
    if (const auto slot = number(typed.until_slot, "--until-slot", 0, kAny)) {
        watch.until_slot = chain::Slot{*slot};
    }
    watch.exit_on_give_up = typed.exit_on_give_up;
    return watch;
}

CheckArguments check_arguments(Typed& typed) {
    CheckArguments check;
    check.nodes = std::move(typed.nodes);
    check.format = format(typed).value_or(WatchFormat::kTable);
    check.timeout = look_timeout(typed);
    check.wait = typed.wait;
    return check;
}

DoctorArguments doctor_arguments(Typed& typed) {
    if (typed.url.empty()) {
        throw UsageError{"no node; give its URL: headmon doctor http://HOST:PORT"};
    }
    const auto url = http::Url::parse(typed.url);
    if (!url) {
        throw UsageError{"URL: " + url.error().detail + "; give http://HOST:PORT"};
    }
    DoctorArguments doctor;
    doctor.endpoint = endpoint_of(*url, typed);
    doctor.nodes = std::move(typed.nodes);
    doctor.nodes.beacon_node = {typed.url};
    doctor.timeout = look_timeout(typed);
    doctor.wait = typed.wait;
    return doctor;
}

EventsArguments events_arguments(Typed& typed) {
    if (typed.url.empty()) {
        throw UsageError{"--url is required; see headmon --help"};
    }
    const auto url = http::Url::parse_whole(typed.url);
    if (!url) {
        throw UsageError{"--url: " + url.error().detail + "; give the stream's whole URL"};
    }
    EventsArguments events;
    const http::Url whole =
        typed.topics.empty() ? *url : url->with_path("", topics_query(typed.topics));
    events.endpoint = endpoint_of(whole, typed);
    events.max_events = number(typed.max_events, "--max-events", 1, kAny);
    events.timeout = seconds(typed.timeout, "--timeout");
    if (const auto bytes = number(typed.max_event_bytes, "--max-event-bytes", 1, 1'073'741'824)) {
        events.event_bytes_max = *bytes;
    }
    return events;
}

SimulateArguments simulate_arguments(Typed& typed) {
    SimulateArguments simulate;
    simulate.scenario_file = std::move(typed.scenario_file);
    simulate.nodes = number(typed.node_count, "--nodes", 1, 256);
    simulate.slot_duration = slot_duration(typed);
    return simulate;
}

DemoArguments demo_arguments(const Typed& typed) {
    return DemoArguments{seconds(typed.duration, "--duration"), slot_duration(typed)};
}

}  // namespace cli
