#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "http/query.hpp"
#include "http/request.hpp"

namespace api {

/// More topics, kinds or nodes in one request are rejected.
inline constexpr std::size_t kFilterWordsMax = 64;

/// What is shown to a client of a word that it sent.
inline constexpr std::size_t kShownBytesMax = 60;

/// The value of the first header of that name, in any case of letters; empty when there is none.
[[nodiscard]] std::string_view find_header(const std::vector<http::Header>& headers,
                                           std::string_view name);

/// Whether a request's `Host` headers name us: an address, `localhost`, a name below it, or one of
/// `names`. A page of another site that lets its own name lead to our address (DNS rebinding) sends
/// its name. No `Host` at all comes from no browser.
[[nodiscard]] bool is_our_host(const std::vector<http::Header>& headers,
                               const std::vector<std::string>& names);

/// Whether the request takes `text/event-stream`: by its `Accept`, or without one.
/// https://www.rfc-editor.org/rfc/rfc9110#section-12.5.1
[[nodiscard]] bool accepts_event_stream(const std::vector<http::Header>& headers);

/// The words of a parameter, which may be given several times and hold several, comma-separated;
/// each once. Fails with kTooLong beyond kFilterWordsMax.
[[nodiscard]] base::Result<std::vector<std::string>> parse_words(const http::Query& query,
                                                                 std::string_view parameter);

/// The topics of a request for the Beacon API's events: of kTopics, or `extra`. Fails with
/// kBadValue; the detail is the specification's message: "Invalid topic: weather_forecast".
[[nodiscard]] base::Result<std::vector<std::string>> parse_topics(
    const http::Query& query, const std::vector<std::string>& extra = {});

}  // namespace api
