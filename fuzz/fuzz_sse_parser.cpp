// Any cut of a stream gives the same events, and no input breaks the parser, the writer or the
// UTF-8 decoding.

#include <algorithm>
#include <string>
#include <utility>

#include "fuzz/target.hpp"
#include "sse/parser.hpp"
#include "sse/utf8.hpp"
#include "sse/writer.hpp"

namespace {

/// All that a parser made of one stream.
struct Parsed {
    /// Events and comments in one text, with lengths, so that nothing runs together.
    std::string text;
    bool failed = false;

    friend bool operator==(const Parsed&, const Parsed&) = default;
};

void append(std::string& text, char kind, std::string_view part) {
    text += kind;
    text += std::to_string(part.size());
    text += ':';
    text += part;
}

/// Feeds `stream` in chunks whose sizes `next_chunk` gives, from 1 upwards.
template <class NextChunk>
Parsed parse(std::string_view stream, std::size_t limit, NextChunk next_chunk) {
    Parsed parsed;
    sse::Parser parser{limit,
                       [&](const sse::Event& event) {
                           fuzz::require(event.data.size() <= limit,
                                         "an event is within the limit");
                           append(parsed.text, 't', event.type);
                           append(parsed.text, 'd', event.data);
                           append(parsed.text, 'i', event.last_event_id);
                       },
                       [&](std::string_view comment) { append(parsed.text, 'c', comment); }};
    while (!stream.empty() && !parsed.failed) {
        const std::string_view chunk = stream.substr(0, next_chunk());
        stream.remove_prefix(chunk.size());
        parsed.failed = parser.feed(chunk).has_error();
    }
    return parsed;
}

void check_round_trip(std::string_view data) {
    std::string text;
    sse::append_event(text, data, data, data);
    sse::append_comment(text, data);
    int events = 0;
    sse::Parser parser{text.size() + 1, [&](const sse::Event&) { ++events; }};
    fuzz::require(parser.feed(text).has_value(), "what is written can be read");
    fuzz::require(events == 1, "one written event is read as one");
}

void check_utf8(std::string_view bytes) {
    std::string once;
    sse::append_well_formed(once, bytes);
    std::string twice;
    sse::append_well_formed(twice, once);
    fuzz::require(once == twice, "well-formed text stays as it is");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view stream = fuzz::as_text(data, size);
    // Small limits are met, large ones are not.
    const std::size_t limit = size % 2 == 0 ? 4096 : 24;
    const Parsed whole = parse(stream, limit, [&] { return stream.size(); });
    fuzz::require(parse(stream, limit, [] { return std::size_t{1}; }) == whole,
                  "byte by byte gives what the whole gives");
    std::size_t at = 0;
    const auto chunk_from_input = [&] { return std::size_t{1} + data[at++ % size] % 7U; };
    fuzz::require(parse(stream, limit, chunk_from_input) == whole,
                  "any cut gives what the whole gives");
    check_round_trip(stream.substr(0, 4096));
    check_utf8(stream);
    return 0;
}
