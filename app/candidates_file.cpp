#include "app/candidates_file.hpp"

#include <sys/stat.h>

#include <filesystem>
#include <system_error>
#include <utility>

#include "base/printable.hpp"
#include "files/bounded_file.hpp"
#include "files/whole_file.hpp"

namespace app {
namespace {

base::Error bad_candidates_file(const std::string& path, const std::string& problem) {
    return base::bad_value(base::printable(path, 400) + ": " + problem);
}

}  // namespace

CandidatesFile::CandidatesFile(std::string directory)
    : directory_{std::move(directory)},
      path_{(std::filesystem::path{directory_} / "candidates.json").string()} {}

base::Result<std::optional<std::string>> CandidatesFile::read() const {
    std::error_code unknown;
    if (!std::filesystem::exists(path_, unknown) && !unknown) {
        return std::optional<std::string>{};
    }
    auto text = files::read_bounded_file(path_, files::FileKinds::kRegular);
    if (!text) {
        return bad_candidates_file(path_, text.error().detail);
    }
    return std::optional{std::move(*text)};
}

base::Result<void> CandidatesFile::write(std::string_view text) const {
    // When it cannot be made, the next call says why.
    (void)::mkdir(directory_.c_str(), S_IRWXU);
    if (const auto written = files::write_whole_file(path_, text); !written) {
        return bad_candidates_file(path_, written.error().detail);
    }
    return {};
}

base::Result<void> CandidatesFile::remove() const {
    if (const auto removed = files::remove_file(path_); !removed) {
        return bad_candidates_file(path_, removed.error().detail);
    }
    return {};
}

}  // namespace app
