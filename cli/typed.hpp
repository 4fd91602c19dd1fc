#pragma once

#include <string>
#include <vector>

#include "cli/arguments.hpp"

namespace cli {

/// What is typed, before it is checked; empty where not given. CLI11 repeats bad values in its
/// errors, so it gets none to check.
struct Typed {
    config::NodeArguments nodes;
    std::string format;
    std::string duration;
    std::string until_slot;
    bool exit_on_give_up = false;
    std::string url;
    std::string topics;
    std::string max_events;
    std::string timeout;
    std::string max_event_bytes;
    std::vector<std::string> headers;
    http::TlsFiles tls;
    std::string scenario_file;
    std::string node_count;
    std::string slot_ms;
    bool wait = false;
    bool core_files = false;
};

/// A usage error: thrown by what follows, caught by `parse_arguments`. Repeats no value.
struct UsageError {
    std::string text;
};

[[nodiscard]] WatchArguments watch_arguments(Typed& typed);
[[nodiscard]] CheckArguments check_arguments(Typed& typed);
[[nodiscard]] DoctorArguments doctor_arguments(Typed& typed);
[[nodiscard]] EventsArguments events_arguments(Typed& typed);
[[nodiscard]] SimulateArguments simulate_arguments(Typed& typed);
[[nodiscard]] DemoArguments demo_arguments(const Typed& typed);

}  // namespace cli
