// Whatever the lines of a recording are, each is an entry or an error; and an entry is written as
// it was read.
#include <algorithm>
#include <string>

#include "fuzz/target.hpp"
#include "recording/entry_json.hpp"

namespace {

void check_line(std::string_view line) {
    static recording::LineReader reader;
    const auto entry = reader.read(line);
    if (!entry) {
        return;
    }
    std::string written;
    recording::append_line(written, *entry);
    fuzz::require(written.find('\n') == written.size() - 1, "an entry is one line");
    written.pop_back();
    const auto again = reader.read(written);
    fuzz::require(again.has_value(), "what is written can be read");
    fuzz::require(*again == *entry, "an entry is read as it was written");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view text = fuzz::as_text(data, size);
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        check_line(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return 0;
}
