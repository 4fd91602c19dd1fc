#pragma once

#include <string>
#include <string_view>

namespace sse {

/// Appends one event as `event:`, `id:` (only when `id` is not empty) and `data:` lines and the
/// blank line that dispatches it. No `event:` line when `type` is empty: a parser then reads the
/// type "message". `data` is cut into one `data:` line for each of its lines (LF, CR or CRLF), so a
/// parser gives it back with LF between them. `type` and `id` hold no line ends and `id` no NUL:
/// such bytes are left out.
void append_event(std::string& out, std::string_view type, std::string_view data,
                  std::string_view id = {});

/// Appends a comment and a blank line: the keep-alive. `text` follows the colon as it is, so that a
/// parser's comment sink receives the same text; line ends in it begin a new comment line.
void append_comment(std::string& out, std::string_view text = {});

}  // namespace sse
