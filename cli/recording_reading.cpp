#include "cli/recording_reading.hpp"

#include <utility>

#include "app/error_line.hpp"
#include "base/printable.hpp"

namespace cli {

recording::FileReader open_recording(const std::string& directory) {
    auto reader = recording::FileReader::open(directory);
    if (!reader) {
        throw RecordingError{reader.error().detail};
    }
    return std::move(*reader);
}

std::optional<recording::Entry> next_entry(recording::FileReader& reader) {
    auto entry = reader.next();
    if (!entry) {
        throw RecordingError{entry.error().detail};
    }
    return std::move(*entry);
}

void tell_torn(const recording::FileReader& reader) {
    for (const recording::FileReader::Torn& torn : reader.torn()) {
        app::write_error(base::printable(torn.path, 400) + ": " + torn.why +
                         "; it was read up to there");
    }
}

}  // namespace cli
