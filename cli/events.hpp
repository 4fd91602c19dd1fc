#pragma once

#include <string>

#include "cli/arguments.hpp"
#include "sse/parser.hpp"

namespace cli {

/// `{"event":…,"data":…,"id":…}` and a line end. The event's bytes become well-formed UTF-8, with
/// U+FFFD for what was not.
[[nodiscard]] std::string event_line(const sse::Event& event);

/// `headmon events`. Returns the exit code.
[[nodiscard]] int run_events(const EventsArguments& arguments);

}  // namespace cli
