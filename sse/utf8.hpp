#pragma once

#include <string>
#include <string_view>

namespace sse {

/// Appends `bytes` decoded as UTF-8 and encoded again: well-formed text as it is, and U+FFFD for
/// each maximal part of a sequence that is not well formed. `bytes` are a whole text: a sequence
/// that its end cuts off is malformed. A byte order mark is text like any other here.
/// https://encoding.spec.whatwg.org/#utf-8-decoder
void append_well_formed(std::string& out, std::string_view bytes);

}  // namespace sse
