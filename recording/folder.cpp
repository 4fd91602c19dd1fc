#include "recording/folder.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <system_error>

#include "base/printable.hpp"
#include "base/text.hpp"

namespace recording {
namespace {

constexpr std::string_view kEnding = ".jsonl.zst";
constexpr std::size_t kDigits = 8;

}  // namespace

std::string file_name(std::uint64_t number) {
    std::string digits = std::to_string(number);
    digits.insert(0, kDigits - std::min(kDigits, digits.size()), '0');
    return digits.append(kEnding);
}

base::Result<std::vector<RecordingFile>> list_files(const std::string& directory) {
    namespace fs = std::filesystem;
    std::vector<RecordingFile> files;
    std::error_code error;
    for (fs::directory_iterator entry{directory, error};
         !error && entry != fs::directory_iterator{}; entry.increment(error)) {
        const std::string name = entry->path().filename();
        if (!name.ends_with(kEnding)) {
            continue;
        }
        const auto number = base::parse_number(
            std::string_view{name}.substr(0, name.size() - kEnding.size()), 0, UINT64_MAX);
        std::error_code gone;
        const auto bytes = entry->file_size(gone);
        const auto changed = entry->last_write_time(gone);
        if (number && !gone) {
            const auto since = std::chrono::file_clock::to_sys(changed).time_since_epoch();
            files.push_back({*number, entry->path(), bytes,
                             std::chrono::duration_cast<std::chrono::seconds>(since).count()});
        }
    }
    if (error) {
        return base::bad_value("the recording " + base::printable(directory, 400) + ": " +
                               error.message());
    }
    std::sort(files.begin(), files.end(),
              [](const auto& one, const auto& other) { return one.number < other.number; });
    return files;
}

}  // namespace recording
