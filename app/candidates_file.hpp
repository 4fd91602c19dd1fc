#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace app {

/// `candidates.json` in the state directory: the list of nodes that was set over the API, for the
/// next start. Holds URLs and headers, which are secrets.
class CandidatesFile {
  public:
    explicit CandidatesFile(std::string directory);

    /// Its text; nothing while there is no file. Fails with kBadValue when it cannot be read; the
    /// detail is `PATH: problem`.
    [[nodiscard]] base::Result<std::optional<std::string>> read() const;
    /// Replaces the file whole or not at all, and makes the directory when it is not there. Mode
    /// 0600. Waits for the disk: any thread. Fails as `read`.
    [[nodiscard]] base::Result<void> write(std::string_view text) const;
    /// The same for removing it.
    [[nodiscard]] base::Result<void> remove() const;

    [[nodiscard]] const std::string& path() const { return path_; }

  private:
    std::string directory_;
    std::string path_;
};

}  // namespace app
