#pragma once

#include <optional>
#include <stdexcept>
#include <string>

#include "recording/entry.hpp"
#include "recording/file_reader.hpp"

namespace cli {

/// A recording cannot be read, or what is made of it cannot be written; the text is for people.
class RecordingError : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

/// Throw RecordingError.
[[nodiscard]] recording::FileReader open_recording(const std::string& directory);
[[nodiscard]] std::optional<recording::Entry> next_entry(recording::FileReader& reader);

/// Says on standard error which files were not whole.
void tell_torn(const recording::FileReader& reader);

}  // namespace cli
