#include "sse/writer.hpp"

#include <algorithm>

namespace sse {
namespace {

/// Calls `each` with every line of `text`: one for an empty text, and an empty last one behind a
/// final line end.
template <class Each>
void for_each_line(std::string_view text, Each each) {
    while (true) {
        const std::size_t end = text.find_first_of("\r\n");
        each(text.substr(0, end));
        if (end == std::string_view::npos) {
            return;
        }
        text.remove_prefix(end + (text.substr(end).starts_with("\r\n") ? 2 : 1));
    }
}

/// Appends `name: value`, or nothing when `value` holds no byte that one line may hold.
void append_field(std::string& out, std::string_view name, std::string_view value, bool keep_nul) {
    const auto is_kept = [&](char c) { return c != '\r' && c != '\n' && (keep_nul || c != '\0'); };
    if (std::none_of(value.begin(), value.end(), is_kept)) {
        return;
    }
    out += name;
    out += ": ";
    std::copy_if(value.begin(), value.end(), std::back_inserter(out), is_kept);
    out += '\n';
}

}  // namespace

void append_event(std::string& out, std::string_view type, std::string_view data,
                  std::string_view id) {
    append_field(out, "event", type, true);
    append_field(out, "id", id, false);
    for_each_line(data, [&](std::string_view line) {
        out += "data: ";
        out += line;
        out += '\n';
    });
    out += '\n';
}

void append_comment(std::string& out, std::string_view text) {
    for_each_line(text, [&](std::string_view line) {
        out += ':';
        out += line;
        out += '\n';
    });
    out += '\n';
}

}  // namespace sse
