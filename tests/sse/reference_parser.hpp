#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tests {

/// An event with texts of its own.
struct OwnedEvent {
    std::string type;
    std::string data;
    std::string last_event_id;

    friend bool operator==(const OwnedEvent&, const OwnedEvent&) = default;
};

/// What a whole stream holds.
struct StreamContents {
    std::vector<OwnedEvent> events;
    std::vector<std::string> comments;
};

/// Reads a whole stream, slowly, sentence by sentence as the standard has it.
/// https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
[[nodiscard]] StreamContents read_stream_slowly(std::string_view stream);

/// The fixtures that are event streams.
[[nodiscard]] const std::vector<std::string>& stream_fixtures();

}  // namespace tests
