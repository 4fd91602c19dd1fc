#include "app/candidates_access.hpp"

#include <utility>

#include "app/token_file.hpp"
#include "base/printable.hpp"

namespace app {

using logging::LogLevel;
using logging::LogLine;

std::string token_path_of(const config::Config& config) {
    if (!config.api.token_file.empty()) {
        return config.api.token_file;
    }
    return config.state.directory.empty() ? "" : token_path_in(config.state.directory);
}

CandidatesAccess open_candidates_access(api::Candidates* candidates, const config::Config& config) {
    CandidatesAccess access;
    access.candidates = candidates;
    const std::string path = token_path_of(config);
    if (candidates == nullptr || path.empty()) {
        return access;
    }
    auto token = open_token_file(path);
    if (!token) {
        if (!config.api.token_file.empty()) {
            throw TokenFileError{"API token file " + token.error().detail};
        }
        access.start_lines.push_back(LogLine{LogLevel::kWarning,
                                             "nobody may change the nodes over the API",
                                             {{"problem", token.error().detail}}});
        return access;
    }
    access.token = std::move(*token);
    const std::string shown_path = base::printable(path, 400);
    access.start_lines.push_back(LogLine{LogLevel::kInfo,
                                         "nodes may be changed over the API by whoever has the "
                                         "token",
                                         {{"token_file", shown_path}}});
    if (is_readable_for_all(path)) {
        access.start_lines.push_back(
            LogLine{LogLevel::kWarning,
                    "every user of this machine can read the token of the API",
                    {{"token_file", shown_path}, {"advice", "chmod 0600 the file"}}});
    }
    return access;
}

}  // namespace app
