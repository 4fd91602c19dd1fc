#pragma once

#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "api/bearer_token.hpp"
#include "api/candidates.hpp"
#include "config/config.hpp"
#include "logging/log.hpp"

namespace app {

/// The token file that the operator named cannot be used.
struct TokenFileError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// Who may change the list of nodes over the API: whoever has the token.
struct CandidatesAccess {
    /// Null where nobody can.
    api::Candidates* candidates = nullptr;
    std::optional<api::BearerToken> token{};
    /// What the log says of it at the start.
    std::vector<logging::LogLine> start_lines{};
};

/// Opens the token's file: the one that the config names, else that of the state directory; with
/// neither nobody may. Throws TokenFileError for one that is named; for the other, it is a line of
/// the log.
[[nodiscard]] CandidatesAccess open_candidates_access(api::Candidates* candidates,
                                                      const config::Config& config);

/// Where the token is by this config; empty: nowhere.
[[nodiscard]] std::string token_path_of(const config::Config& config);

}  // namespace app
