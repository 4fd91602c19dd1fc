#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.hpp"
#include "base/end_reason.hpp"
#include "base/result.hpp"
#include "beacon_api/events.hpp"
#include "monitor/candidate.hpp"
#include "monitor/head_cache.hpp"
#include "monitor/update.hpp"

namespace monitor {

/// One run of the monitor over one candidate list: which streams to open, what to publish, when to
/// give up. Pure state: never waits, never does I/O. Lives on the event loop; not thread-safe.
class HeadMonitor;
}  // namespace monitor
